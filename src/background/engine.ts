/** The engine's life in Chrome: a hidden page, made when a picture comes and made again whenever it is gone. */
import { CloakError } from '../engine/types';
import { offscreenPage } from '../shared/browser';
import { send } from '../shared/messaging';
import { within } from '../shared/timeLimit';

const PAGE = 'src/offscreen/offscreen.html';
/** A page takes a second to load; where it is closed while it does, its promise may never settle. */
const START_MS = 12_000;
/** For a page that has said nothing for long: one that does answer is only busy. */
const ANSWER_MS = 5_000;

/** Shared by all who ask at once, since Chrome allows one such page and refuses a second `create`. */
let starting: Promise<void> | null = null;

/**
 * Throws `CloakError` (`lost`) where the page does not come up in time.
 * @param isSilent the page has answered nothing for long: it is replaced where it still does not
 */
export function ensureEngine(isSilent = false): Promise<void> {
  starting ??= start(isSilent).finally(() => {
    starting = null;
  });
  return starting;
}

async function start(isSilent: boolean): Promise<void> {
  if (isSilent && !(await answers())) await offscreenPage.close();
  if (await offscreenPage.exists(PAGE)) return;
  try {
    await within(offscreenPage.create(PAGE), START_MS, () => new CloakError('lost'));
  } catch {
    await offscreenPage.close();
    await within(offscreenPage.create(PAGE), START_MS, () => new CloakError('lost'));
  }
}

function answers(): Promise<boolean> {
  return within(send('engine', 'progress', { id: '' }), ANSWER_MS, () => new CloakError('lost')).then(
    () => true,
    () => false,
  );
}
