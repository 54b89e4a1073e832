/** The file that settings are saved to and read from: JSON, with everything but a pause. */
import { parsePatch, unsoundField, type Settings } from '../shared/settings';

const FORMAT = 'NullSwap settings';
const VERSION = 1;

export const SETTINGS_FILE_NAME = 'nullswap-settings.json';

/** `foreign`: no such file. `newer`: by a later version. `unsound`: a value that cannot be. */
export type SettingsFileProblem = 'foreign' | 'newer' | 'unsound';

export class SettingsFileError extends Error {
  /** @param field the setting whose value cannot be */
  constructor(
    readonly problem: SettingsFileProblem,
    readonly field = '',
  ) {
    super(problem);
    this.name = 'SettingsFileError';
  }
}

/** @param settings the user's own, without the organisation's */
export function makeSettingsFile({ pausedUntil: _, ...settings }: Settings): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, settings }, null, 2)}\n`;
}

/**
 * Everything or nothing.
 * @throws SettingsFileError
 */
export function parseSettingsFile(text: string): Partial<Settings> {
  const { format, version, settings } = objectOf(text);
  if (format !== FORMAT || typeof version !== 'number') throw new SettingsFileError('foreign');
  if (version > VERSION) throw new SettingsFileError('newer');
  const patch = parsePatch(settings);
  if (!patch) throw new SettingsFileError('unsound', unsoundField(settings) ?? '');
  return patch;
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // no JSON at all
  }
  throw new SettingsFileError('foreign');
}

/**
 * What changes when a file is taken over: its values in place of the user's, but sites that the user has added stay, with what is
 * remembered of them.
 */
export function takeOver(settings: Settings, patch: Partial<Settings>): Partial<Settings> {
  const ownSites = [...new Set([...settings.ownSites, ...(patch.ownSites ?? [])])];
  const kept = settings.ownSites.filter((id) => !patch.ownSites?.includes(id));
  return {
    ...patch,
    ownSites,
    ...(patch.disabledSites && { disabledSites: [...new Set([...patch.disabledSites, ...settings.disabledSites.filter((id) => kept.includes(id))])] }),
    ...(patch.failureChoices && { failureChoices: { ...patch.failureChoices, ...Object.fromEntries(Object.entries(settings.failureChoices).filter(([id]) => kept.includes(id))) } }),
  };
}
