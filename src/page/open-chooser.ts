/**
 * `click()`, `showPicker()` and a dispatched click open the chooser of an input that is in no document, of which no event
 * reaches the window: the extension's world is shown what is clicked.
 */
import { hookMethod } from './hook';
import { OPEN } from './names';
import { apply, eventType, nodeIsConnected, read } from './natives';
import { sendNode } from './wire';

export function hookChooser(wire: EventTarget): void {
  const show = (self: unknown): void => {
    if (read(nodeIsConnected, self) === false) sendNode(wire, OPEN, self as EventTarget);
  };
  hookMethod(HTMLElement.prototype, 'click', show);
  hookMethod(HTMLInputElement.prototype, 'showPicker', (self) => sendNode(wire, OPEN, self as EventTarget));
  hookMethod(EventTarget.prototype, 'dispatchEvent', (self, args) => {
    if (apply(eventType, args[0] as Event, []) === 'click') show(self);
  });
}
