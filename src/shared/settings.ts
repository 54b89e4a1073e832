/** What the user has chosen. Read by every part; written by the background alone, so that two popups cannot race. */
import * as v from 'valibot';
import { browser } from './browser';
import { defaultMetadataPolicy, metadataPolicies } from './metadataPolicies';
import { defaultStrength, strengths } from './strengths';

/** `hold`: ask. `original`: upload the original, and say so. */
const failurePolicies = ['hold', 'original'] as const;

/** A field that is missing or broken falls back to its default by itself: the others are kept. */
const settingsSchema = v.object({
  /** Off: no picture is touched anywhere. */
  enabled: v.fallback(v.boolean(), true),
  /** Ids of the sites (sites.ts) that the user switched off. */
  disabledSites: v.fallback(v.array(v.string()), []),
  failurePolicy: v.fallback(v.picklist(failurePolicies), 'hold'),
  strength: v.fallback(v.picklist(strengths), defaultStrength),
  metadata: v.fallback(v.picklist(metadataPolicies), defaultMetadataPolicy),
});

export type Settings = v.InferOutput<typeof settingsSchema>;

const KEY = 'settings';

/** Takes anything, since what is stored may come from an older or newer version. */
export function parseSettings(stored: unknown): Settings {
  return v.parse(settingsSchema, v.is(v.object({}), stored) ? stored : {});
}

export async function readSettings(): Promise<Settings> {
  return parseSettings((await browser.storage.local.get(KEY))[KEY]);
}

export async function writeSettings(settings: Settings): Promise<void> {
  await browser.storage.local.set({ [KEY]: parseSettings(settings) });
}

/** Calls back at each change, in every part of the extension and in every open tab. */
export function onSettingsChange(listener: (settings: Settings) => void): void {
  browser.storage.onChanged.addListener((changes, area) => {
    const change = area === 'local' ? changes[KEY] : undefined;
    if (change) listener(parseSettings(change.newValue));
  });
}

export function isSiteOn(settings: Settings, siteId: string): boolean {
  return settings.enabled && !settings.disabledSites.includes(siteId);
}

export function withSite(settings: Settings, siteId: string, on: boolean): Settings {
  const others = settings.disabledSites.filter((id) => id !== siteId);
  return { ...settings, disabledSites: on ? others : [...others, siteId] };
}
