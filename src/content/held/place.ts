/** Where on the page files come in, also by an input that is in no document: where its chooser was opened, by what was pressed. */
import { listen } from '../listening';
import { isElement } from '../nodes';
import type { HeldPick } from './held';

let lastPressed: Element | null = null;

export function watchPresses(): void {
  listen('click', (event) => {
    const target = event.composedPath()[0];
    if (event.isTrusted && isElement(target)) lastPressed = target;
  });
}

export function placeOf(input: HTMLInputElement): Pick<HeldPick, 'place' | 'opener'> {
  const opener = lastPressed?.isConnected ? lastPressed : null;
  return { place: input.isConnected ? input : (opener ?? document.body), opener };
}
