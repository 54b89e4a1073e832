/** Whether this page is protected, known at the moment of an event, without asking anybody. */
import { browser, isConnected } from '../shared/browser';
import type { FailureChoice } from '../shared/choices';
import { disconnected, send, serve } from '../shared/messaging';
import { within } from '../shared/timeLimit';
import { isSiteOn, onSettingsChange, readSettings, sitesOf, type Settings } from '../shared/settings';
import { siteOf } from '../shared/sites';

/** Frames without an address of their own (about:blank, srcdoc, sandboxed) belong to the page they are in. */
function siteOfFrame(settings: Settings): string | undefined {
  const known = sitesOf(settings);
  const origins = [self.origin, ...(location.ancestorOrigins ?? [])];
  return origins.map((origin) => siteOf(origin, known)?.id).find(Boolean);
}

/** Reading settings takes milliseconds; where the extension goes meanwhile, it has no end. */
const READING_MS = 10_000;

/** Its id; empty until it is known. */
let site = '';
/** True on a page of a site that was on the user's own list when it was loaded. */
let wasRemoved = false;

/** Whether the badge was last told that nothing is done here. */
let isShownOff = false;

/** Null until they are read, a few milliseconds after the page began: what comes earlier is held until then. */
let settings: Settings | null = null;
let reading: Promise<Settings> = read();

function read(): Promise<Settings> {
  settings = null;
  reading = readSettings().then(take, () => Promise.reject(disconnected()));
  reading.catch(() => {}); // those who wait for it are told
  return reading;
}

function take(latest: Settings): Settings {
  settings = latest;
  const found = siteOfFrame(latest);
  wasRemoved = site !== '' && !found;
  site = found ?? site;
  // not what was off a moment ago: a pause ends by the clock
  if (window === window.top && (isShownOff || isOff())) showState(!isOff());
  return latest;
}

function showState(on: boolean): void {
  isShownOff = !on;
  send('background', 'showState', { on }).catch(() => {}); // only the badge
}

/** True only when the user is known to have switched it off: then nothing is touched. */
export function isOff(): boolean {
  return settings !== null && !isOn(settings);
}

function isOn(known: Settings): boolean {
  return !wasRemoved && isSiteOn(known, site);
}

export interface SiteSettings extends Settings {
  isOn: boolean;
  /** What the user had remembered for pictures that cannot be cloaked here. */
  siteChoice: FailureChoice | undefined;
}

/** Rejects when the extension is gone from this page. */
export async function protectionSettings(): Promise<SiteSettings> {
  if (!settings && !isConnected()) throw disconnected(); // what is being read then never arrives
  const known = settings ?? (await within(reading, READING_MS, disconnected));
  return { ...known, isOn: isOn(known), siteChoice: known.failureChoices[site] };
}

export function watchProtection(): void {
  if (!browser.runtime?.id) return;
  serve('content', { hello: () => null });
  onSettingsChange((latest) => {
    reading = Promise.resolve(take(latest));
  });
  // a page that comes back from the back/forward cache has missed the changes made meanwhile
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) void read().catch(() => {});
  });
}
