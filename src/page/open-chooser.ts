/**
 * `click()`, `showPicker()` and a dispatched click open the chooser of an input that is in no document, of which no event
 * reaches the window, or in a shadow tree, which a click need not leave: the extension's world is shown what is clicked.
 */
import { hookMethod } from './hook';
import { OPEN } from '../bridge/names';
import { apply, eventType, getRootNode, nodeOwner, read } from '../bridge/natives';
import type { Realm } from './realm';
import { sendNode } from '../bridge/wire';

export function hookChooser(realm: Realm, wire: EventTarget): void {
  const show = (self: unknown): void => {
    const owner = read(nodeOwner, self);
    if (owner && apply(getRootNode, self as Node, []) !== owner) sendNode(wire, OPEN, self as EventTarget);
  };
  hookMethod(realm.HTMLElement.prototype, 'click', show);
  hookMethod(realm.HTMLInputElement.prototype, 'showPicker', (self) => sendNode(wire, OPEN, self as EventTarget));
  hookMethod(realm.EventTarget.prototype, 'dispatchEvent', (self, args) => {
    if (apply(eventType, args[0] as Event, []) === 'click') show(self);
  });
}
