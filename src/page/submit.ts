/** `form.submit()`, which fires no `submit`: the extension's world is shown the form, and sends it later where a file of it is held. */
import { answer } from './calls';
import { replaceMethod } from './hook';
import { SUBMIT } from '../bridge/names';
import type { Realm } from './realm';
import { sendNode } from '../bridge/wire';

export function hookSubmit(realm: Realm, wire: EventTarget): void {
  replaceMethod(realm.HTMLFormElement.prototype, 'submit', (_native, self) => (sendNode(wire, SUBMIT, self as EventTarget) ? answer(undefined) : undefined));
}
