/** `input.dispatchEvent(new MouseEvent('click'))` opens the chooser too. */
import { fileInputBehind } from './file-input';
import { hookMethod } from './hook';
import { apply, eventType } from './natives';

export function hookDispatchEvent(onOpen: (input: EventTarget) => void): void {
  hookMethod(EventTarget.prototype, 'dispatchEvent', (self, [event]) => {
    if (apply(eventType, event as Event, []) !== 'click') return;
    const input = fileInputBehind(self);
    if (input) onOpen(input);
  });
}
