/**
 * Where the engine lives, which is known here alone: in Chromium in an offscreen document, in Firefox in a frame of the event page. The page
 * in it is the same, and so is how it is spoken to (jobs.ts). The background starts it and looks after it; it gives itself up when it is worn or idle.
 */
import { CloakError } from '../engine/types';
import { offscreenPage, stayAwake } from '../shared/browser';
import { send } from '../shared/messaging';
import { within } from '../shared/timeLimit';

const PAGE = 'src/offscreen/offscreen.html';
/** A page takes a second to load; where it is closed while it does, its promise may never settle. */
const START_MS = 12_000;
/** For a page that has said nothing for long: one that does answer is only busy. */
const ANSWER_MS = 5_000;

interface Place {
  exists(): Promise<boolean>;
  /** Resolves once the page is loaded, and so listens. */
  open(): Promise<void>;
  /** Nothing happens where there is none. */
  close(): Promise<void>;
}

const offscreenDocument: Place = {
  exists: () => offscreenPage.exists(PAGE),
  open: () => offscreenPage.create(PAGE),
  close: () => offscreenPage.close(),
};

const frameOfEventPage: Place = {
  exists: () => Promise.resolve(frame() !== null),
  open: () =>
    new Promise((loaded) => {
      const opened = document.createElement('iframe');
      opened.addEventListener('load', () => loaded(), { once: true });
      opened.src = `/${PAGE}`;
      document.body.append(opened);
    }),
  close: () => Promise.resolve(frame()?.remove()),
};

const frame = (): HTMLIFrameElement | null => document.querySelector('iframe');

const place = (): Place => (offscreenPage.isOffered ? offscreenDocument : frameOfEventPage);

export const engineHost = {
  /** Throws `CloakError` (`lost`) where it does not come up in time. To be called by the background, one at a time. */
  async start(): Promise<void> {
    const { exists, open, close } = place();
    if (await exists()) return;
    const opened = (): Promise<void> => within(open(), START_MS, () => new CloakError('lost'));
    try {
      await opened();
    } catch {
      await close();
      await opened();
    }
  },

  /** Whether it answers, however busy. */
  isHealthy(): Promise<boolean> {
    return within(send('engine', 'hello', {}), ANSWER_MS, () => new CloakError('lost')).then(
      () => true,
      () => false,
    );
  },

  /** By the background: the next `start` opens a fresh one. */
  drop(): Promise<void> {
    return place().close();
  },
};

/** By the engine's own page: gives it up, with all the memory that wasm has taken, which is given back in no other way. */
export function giveUp(): void {
  if (window.frameElement) window.frameElement.remove();
  else window.close();
}

/** By the engine's own page, while it works: it is not to be stopped with the event page that it is in. */
export function keepHost(): void {
  if (window.frameElement) void stayAwake();
}
