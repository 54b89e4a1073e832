/** A file input in the document, in a shadow root or not. */
import { warmEngine } from '../../shared/engine-client';
import { listen } from '../listening';
import { isOff } from '../protection';
import { asFileInput, guard, onPick, pickUnderWay } from './file-input';
import { inputsBehind } from './shadow-root';

export function watchAttachedInputs(): void {
  listen('input', onWindow);
  listen('change', onWindow);
  listen('click', onClick);
  listen('submit', onSubmit);
}

function onWindow(event: Event): void {
  if (!event.isTrusted || event instanceof InputEvent) return; // that is somebody typing
  onPick(event, inputsBehind(event.composedPath()[0]));
}

/** A click on an input, or passed on to it by its label, opens the chooser: pages may remove the input meanwhile. */
function onClick(event: Event): void {
  const inputs = inputsBehind(event.composedPath()[0]);
  if (inputs.length === 0 || isOff()) return;
  for (const input of inputs) guard(input);
  warmEngine();
}

/** Sent now, the form would go without its files: it goes when they are back in, and not at all when the user cancels. */
function onSubmit(event: SubmitEvent): void {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  const picks = [...form.elements].flatMap((control) => {
    const input = asFileInput(control);
    return (input && pickUnderWay(input)) ?? [];
  });
  if (picks.length === 0) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { submitter } = event;
  void Promise.all(picks).then((arrived) => arrived.every(Boolean) && form.requestSubmit(submitter));
}
