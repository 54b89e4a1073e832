/** A file input in no document: none of its events reaches the window, so it is listened to itself, before the page does. */
import { LISTENED, OPEN, PICKED } from '../../bridge/names';
import { onNode } from '../../bridge/wire';
import { chooserOpens } from '../held/returning';
import { closest, isElement } from '../nodes';
import { isOff } from '../protection';
import { warmForChooser } from '../warming';
import { asFileInput, guard, lookInto, onPick } from './file-input';

export function watchDetachedInputs(wire: EventTarget): void {
  onNode(wire, LISTENED, (node) => {
    guard(node);
    return true;
  });
  for (const type of ['input', 'change'] as const) {
    onNode(wire, PICKED[type], (node) => {
      const input = asFileInput(node);
      let isStopped = false;
      if (input) onPick({ type, isTrusted: true, stopImmediatePropagation: () => (isStopped = true) }, [input]);
      return isStopped;
    });
  }
  onNode(wire, OPEN, (node) => {
    const input = asFileInput(node) ?? inputOfLabel(node);
    if (!input) return true;
    guard(input);
    lookInto(input);
    chooserOpens(input);
    if (!isOff()) warmForChooser(input);
    return true;
  });
}

/** A click anywhere in a label goes on to its input, also from a shadow root in it. */
function inputOfLabel(node: EventTarget): HTMLInputElement | null {
  const label = isElement(node) ? (closest(node, 'label') as HTMLLabelElement | null) : null;
  return asFileInput(label?.control ?? undefined);
}
