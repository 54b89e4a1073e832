/** Whether this page is protected, known at the moment of an event, without asking anybody. */
import { browser, isConnected } from '../shared/browser';
import { CameBack, disconnected, send, serve } from '../shared/messaging';
import { within } from '../shared/timeLimit';
import { isPageOn, type PageSettings } from '../shared/settings';
import { isWhole } from './whole';

/** Asking takes milliseconds, or as long as the background needs to start; where the extension goes meanwhile, it has no end. */
const READING_MS = 10_000;

/** True once the page has been of a known site. */
let wasKnown = false;
/** True on a page of a site that was on the user's own list when it was loaded. */
let wasRemoved = false;

/** Whether the badge was last told that nothing is done here. */
let isShownOff = false;

/** Null until they are known, a few milliseconds after the page began: what comes earlier is held until then. */
let settings: PageSettings | null = null;
/** Null where nobody has asked, or there was no answer. */
let reading: Promise<PageSettings> | null = null;

function read(): Promise<PageSettings> {
  settings = null;
  const latest: Promise<PageSettings> = send('background', 'pageSettings', {}).then(
    (answer) => (reading === latest || !reading ? take(answer) : reading),
    (error: unknown) => {
      if (reading === latest) reading = null;
      throw isConnected() ? error : disconnected();
    },
  );
  latest.catch(() => {}); // those who wait for it are told
  return (reading = latest);
}

function take(latest: PageSettings): PageSettings {
  settings = latest;
  wasRemoved = wasKnown && latest.site === null;
  wasKnown ||= latest.site !== null;
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

function isOn(known: PageSettings): boolean {
  return !wasRemoved && isPageOn(known);
}

export interface SiteSettings extends PageSettings {
  isOn: boolean;
}

/** Rejects when the extension is gone from this page. */
export async function protectionSettings(): Promise<SiteSettings> {
  if (!settings && !isConnected()) throw disconnected(); // what is being read then never arrives
  try {
    const known = settings ?? (await within(reading ?? read(), READING_MS, disconnected));
    return { ...known, isOn: isOn(known) };
  } catch (error) {
    if (error instanceof CameBack) return protectionSettings();
    throw error;
  }
}

export function watchProtection(): void {
  if (!browser.runtime?.id) return;
  serve('content', {
    hello: () => ({ isWhole: isWhole() }),
    settingsChanged: () => {
      void read();
      return null;
    },
  });
  void read();
  // a page that comes back from the back/forward cache has missed the changes made meanwhile
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) void read();
  });
}
