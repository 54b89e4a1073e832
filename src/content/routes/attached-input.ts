/** A file input in the document, in a shadow root or not. */
import { chooserOpens } from '../held/returning';
import { listen } from '../listening';
import { isOff } from '../protection';
import { warmForChooser } from '../warming';
import { guard, lookInto, onPick } from './file-input';
import { inputsBehind, inputsClicked } from './shadow-root';

export function watchAttachedInputs(): void {
  listen('input', onWindow);
  listen('change', onWindow);
  listen('click', onClick);
}

function onWindow(event: Event): void {
  if (!event.isTrusted || event instanceof InputEvent) return; // that is somebody typing
  onPick(event, inputsBehind(event.composedPath()[0]));
}

/** A click on an input, or passed on to it by its label, opens the chooser: pages may remove the input meanwhile. */
function onClick(event: Event): void {
  const inputs = inputsClicked(event.composedPath()[0]);
  if (inputs.length === 0 || isOff()) return;
  for (const input of inputs) {
    guard(input);
    lookInto(input);
    chooserOpens(input);
    warmForChooser(input);
  }
}
