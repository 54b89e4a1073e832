/** The engine's life in Chrome: a hidden page, made when a picture comes and made again whenever it is gone. */
import { offscreenPage } from '../shared/browser';

const PAGE = 'src/offscreen/offscreen.html';

/** Shared by all who ask at once, since Chrome allows one such page and refuses a second `create`. */
let starting: Promise<void> | null = null;

export function ensureEngine(): Promise<void> {
  starting ??= start().finally(() => {
    starting = null;
  });
  return starting;
}

async function start(): Promise<void> {
  if (!(await offscreenPage.exists(PAGE))) await offscreenPage.create(PAGE);
}
