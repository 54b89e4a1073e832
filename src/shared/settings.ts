/**
 * What holds on this device: the user's choices with the organisation's (policy.ts) over them. Read by every part; written by the
 * background alone, so that two pages cannot race.
 */
import * as v from 'valibot';
import { browser } from './browser';
import { failureChoices, failurePolicies, noticeLevels, type FailureChoice } from './choices';
import { defaultMetadataPolicy, metadataPolicies } from './metadataPolicies';
import { isOwnSiteId, ownSite } from './ownSites';
import { readPolicy, underPolicy } from './policy';
import { sites, type Site } from './sites';
import { defaultStrength, strengthSchema } from './strengths';

const ownSiteId = v.pipe(v.string(), v.check(isOwnSiteId));

const fields = {
  /** Off: no picture is touched anywhere. */
  enabled: v.boolean(),
  /** Milliseconds since 1970 until which no picture is touched anywhere; 0, or any time that is past, for no pause. */
  pausedUntil: v.pipe(v.number(), v.finite(), v.minValue(0)),
  /** Ids of the sites that the user switched off. */
  disabledSites: v.array(v.string()),
  /** Ids of the sites that the user added (ownSites.ts). */
  ownSites: v.array(ownSiteId),
  failurePolicy: v.picklist(failurePolicies),
  /** By the site's id. Goes before `failurePolicy`. */
  failureChoices: v.record(v.string(), v.picklist(failureChoices)),
  notice: v.picklist(noticeLevels),
  /** Whether small pictures of what was cloaked are kept with the history, on this device. */
  thumbnails: v.boolean(),
  strength: strengthSchema,
  metadata: v.picklist(metadataPolicies),
};

const settingsSchema = v.strictObject(fields);
export type Settings = v.InferOutput<typeof settingsSchema>;

export const defaultSettings: Settings = {
  enabled: true,
  pausedUntil: 0,
  disabledSites: [],
  ownSites: [],
  failurePolicy: 'hold',
  failureChoices: {},
  notice: 'all',
  thumbnails: false,
  strength: defaultStrength,
  metadata: defaultMetadataPolicy,
};

/** What the content scripts of a page get to know: nothing of other sites. */
export interface PageSettings extends Omit<Settings, 'disabledSites' | 'ownSites' | 'failureChoices'> {
  /** Id of the site that the page belongs to; null where it is none that is known. */
  site: string | null;
  /** The user switched this site off. */
  isSiteDisabled: boolean;
  /** What the user had remembered for pictures that cannot be cloaked here. */
  siteChoice: FailureChoice | undefined;
}

const KEY = 'settings';

/** A pause that reaches further than this was set by a clock that was wrong. */
const LONGEST_PAUSE_MS = 24 * 3600_000;

/**
 * Takes anything, since what is stored may come from an older or newer version: a field that is missing or broken falls back to
 * its default by itself, and a list loses only what is broken in it.
 */
export function parseSettings(stored: unknown): Settings {
  const given: Record<string, unknown> = v.is(v.record(v.string(), v.unknown()), stored) ? stored : {};
  const parsed = Object.entries(fields).map(([name, schema]) => {
    const { success, output } = v.safeParse(schema, soundPart(name, given[name]));
    return [name, success ? output : defaultSettings[name as keyof Settings]];
  });
  return Object.fromEntries(parsed) as Settings;
}

function soundPart(name: string, value: unknown): unknown {
  if (name === 'ownSites' && Array.isArray(value)) return [...new Set(value.filter((id) => v.is(ownSiteId, id)))];
  if (name === 'disabledSites' && Array.isArray(value)) return [...new Set(value.filter((id) => typeof id === 'string'))];
  if (name === 'failureChoices' && v.is(v.record(v.string(), v.unknown()), value)) {
    return Object.fromEntries(Object.entries(value).filter(([, choice]) => v.is(v.picklist(failureChoices), choice)));
  }
  return value;
}

/** Takes nothing but known fields with sound values: for what comes from a message or a file. Null when there is anything else. */
export function parsePatch(given: unknown): Partial<Settings> | null {
  const { success, output } = v.safeParse(v.partial(settingsSchema), given);
  return success ? (output as Partial<Settings>) : null;
}

/** The first name in `given` that is no setting, or whose value cannot be; null where `given` is no collection of settings at all. */
export function unsoundField(given: unknown): string | null {
  const { issues = [] } = v.safeParse(v.partial(settingsSchema), given);
  return issues.flatMap(({ path }) => (path ? [String(path[0].key)] : []))[0] ?? null;
}

/** What holds. */
export async function readSettings(): Promise<Settings> {
  const [settings, policy] = await Promise.all([readUserSettings(), readPolicy()]);
  return underPolicy(settings, policy);
}

/** What the user has chosen, be it overruled or not: to be edited or saved, not to be acted upon. */
export async function readUserSettings(): Promise<Settings> {
  return parseSettings((await browser.storage.local.get(KEY))[KEY]);
}

/** @param settings the user's */
export async function writeUserSettings(settings: Settings): Promise<void> {
  await browser.storage.local.set({ [KEY]: parseSettings(settings) });
}

/** Calls back at each change of what holds, in every part of the extension but content scripts: the storage is closed to them. */
export function onSettingsChange(listener: (settings: Settings) => void): void {
  browser.storage.onChanged.addListener((changes, area) => {
    if ((area === 'local' && changes[KEY]) || area === 'managed') void readSettings().then(listener, () => {}); // gone from this page
  });
}

/** Whether nothing is protected for a while, at `now` in milliseconds since 1970. */
export function isPaused({ pausedUntil }: Pick<Settings, 'pausedUntil'>, now = Date.now()): boolean {
  return pausedUntil > now && pausedUntil <= now + LONGEST_PAUSE_MS;
}

export function isSiteOn(settings: Settings, siteId: string, now = Date.now()): boolean {
  return settings.enabled && !isPaused(settings, now) && !settings.disabledSites.includes(siteId);
}

export function isPageOn(settings: PageSettings, now = Date.now()): boolean {
  return settings.enabled && !isPaused(settings, now) && !settings.isSiteDisabled;
}

export function pageSettings({ disabledSites, ownSites: _, failureChoices, ...rest }: Settings, site: string | null): PageSettings {
  return { ...rest, site, isSiteDisabled: site !== null && disabledSites.includes(site), siteChoice: site === null ? undefined : failureChoices[site] };
}

/** The sites of this build and the user's own, to be asked with `siteOf`. */
export function sitesOf({ ownSites }: Settings): Site[] {
  return [...sites, ...ownSites.map(ownSite)];
}

export function withSite(settings: Settings, siteId: string, on: boolean): Settings {
  const others = settings.disabledSites.filter((id) => id !== siteId);
  return { ...settings, disabledSites: on ? others : [...others, siteId] };
}

/** Null forgets. */
export function withChoice(settings: Settings, siteId: string, choice: FailureChoice | null): Settings {
  const { [siteId]: _, ...others } = settings.failureChoices;
  return { ...settings, failureChoices: choice ? { ...others, [siteId]: choice } : others };
}

/** Without the user's own site and all that was remembered of it. */
export function withoutOwnSite(settings: Settings, siteId: string): Settings {
  const forgotten = withChoice(withSite(settings, siteId, true), siteId, null);
  return { ...forgotten, ownSites: settings.ownSites.filter((id) => id !== siteId) };
}
