/**
 * Pages take the window's focus for the end of a chooser: who comes back and has no files a moment later has cancelled. So while a chooser is open, and
 * while what was chosen is held, the page does not hear that the window has the focus; it hears it when it has the files.
 */
import { listen } from '../listening';
import { heldPicks } from './held';

/** From the focus to the event that says what was chosen, or that nothing was. */
const CHOICE_WITHIN_MS = 1000;

let openChooser: HTMLInputElement | null = null;
let isWaiting = false;
let isReplayed = false;

export function watchReturns(): void {
  listen('focus', (event) => {
    if (event.target !== window || isReplayed || !(openChooser || areAnyChosen())) return;
    event.stopImmediatePropagation();
    if (!isWaiting) void tellLater();
  });
  // a chooser is modal: whoever presses something is back
  for (const type of ['pointerdown', 'keydown', 'cancel'] as const) listen(type as 'keydown', () => (openChooser = null));
}

/** To be called before it opens. */
export function chooserOpens(input: HTMLInputElement): void {
  openChooser = input;
  const isOver = (): void => {
    if (openChooser === input) openChooser = null;
  };
  for (const type of ['input', 'change', 'cancel']) input.addEventListener(type, isOver, { once: true, capture: true });
}

async function tellLater(): Promise<void> {
  isWaiting = true;
  for (const until = performance.now() + CHOICE_WITHIN_MS; openChooser && performance.now() < until; ) await new Promise((resolve) => setTimeout(resolve, 20));
  while (areAnyChosen()) await Promise.all(heldPicks().map(({ over }) => over));
  isWaiting = false;
  isReplayed = true;
  window.dispatchEvent(new FocusEvent('focus'));
  isReplayed = false;
}

function areAnyChosen(): boolean {
  return heldPicks().some(({ isChosen }) => isChosen);
}
