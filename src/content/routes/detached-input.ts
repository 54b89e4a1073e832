/** A file input in no document: none of its events reaches the window, so it is listened to itself, before the page does. */
import { LISTENED, OPEN } from '../../page/names';
import { onNode } from '../../page/wire';
import { warmEngine } from '../../shared/engine-client';
import { isOff } from '../protection';
import { asFileInput, guard } from './file-input';

export function watchDetachedInputs(wire: EventTarget): void {
  onNode(wire, LISTENED, (node) => {
    guard(node);
    return true;
  });
  onNode(wire, OPEN, (node) => {
    const input = asFileInput(node) ?? inputOfLabel(node);
    if (input) guard(input);
    if (input && !isOff()) warmEngine();
    return true;
  });
}

/** A click anywhere in a label goes on to its input. */
function inputOfLabel(node: EventTarget): HTMLInputElement | null {
  const label = 'closest' in node ? (node as Element).closest('label') : null;
  return asFileInput(label?.control ?? undefined);
}
