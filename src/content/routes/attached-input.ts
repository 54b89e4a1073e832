/** A file input in the document. */
import { warmEngine } from '../engine-client';
import { isOff } from '../protection';
import { asFileInput, guard, onPick, pickUnderWay } from './file-input';

export function watchAttachedInputs(): void {
  window.addEventListener('input', onPick, true);
  window.addEventListener('change', onPick, true);
  window.addEventListener('click', onClick, true);
  window.addEventListener('submit', onSubmit, true);
}

/** A click on an input, or passed on to it by its label, opens the chooser: pages may remove the input meanwhile. */
function onClick(event: Event): void {
  const input = asFileInput(event.composedPath()[0]);
  if (!input || isOff()) return;
  guard(input);
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
