/** `input.click()`: the usual way to open the chooser of an input that is in no document. */
import { fileInputBehind } from './file-input';
import { hookMethod } from './hook';

export function hookClick(onOpen: (input: EventTarget) => void): void {
  hookMethod(HTMLElement.prototype, 'click', (self) => {
    const input = fileInputBehind(self);
    if (input) onOpen(input);
  });
}
