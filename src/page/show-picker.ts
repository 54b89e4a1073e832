/** `input.showPicker()` */
import { fileInputBehind } from './file-input';
import { hookMethod } from './hook';

export function hookShowPicker(onOpen: (input: EventTarget) => void): void {
  hookMethod(HTMLInputElement.prototype, 'showPicker', (self) => {
    const input = fileInputBehind(self);
    if (input) onOpen(input);
  });
}
