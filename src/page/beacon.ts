/** `navigator.sendBeacon()` with a body that holds a file that was held back: sent a moment later, or not at all. */
import { answer, soon, task } from './calls';
import { replaceMethod } from './hook';
import type { Realm } from './realm';
import type { BodyGuard } from './request-body';

export function hookBeacon(realm: Realm, guard: BodyGuard): void {
  replaceMethod(realm.Navigator.prototype, 'sendBeacon', (native, self, args) => {
    const send = (body: unknown): void => soon(task(native, self, [args[0], body]));
    return guard.isBarred(args[1]) && guard.check(args[1], send, () => {}) ? answer(true) : undefined;
  });
}
