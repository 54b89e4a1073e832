/** A file input in no document, opened by script: src/page shows it to us, since none of its events reaches the window. */
import { meetOtherWorld, onElementShown } from '../../page/wire';
import { warmEngine } from '../engine-client';
import { isOff } from '../protection';
import { asFileInput, guard } from './file-input';

export function watchDetachedInputs(): void {
  meetOtherWorld((wire) => {
    onElementShown(wire, (element) => {
      const input = asFileInput(element);
      if (!input || isOff()) return;
      guard(input);
      warmEngine();
    });
  });
}
