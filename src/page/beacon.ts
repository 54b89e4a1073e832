/** `navigator.sendBeacon()` with a body that holds a file that was held back: sent a moment later, or not at all. */
import { replaceMethod } from './hook';
import { apply } from './natives';
import type { BodyGuard } from './request-body';

export function hookBeacon(guard: BodyGuard): void {
  replaceMethod(Navigator.prototype, 'sendBeacon', (native, self, args) => {
    const send = (body: unknown): void => void apply(native, self, [args[0], body]);
    return guard.check(args[1], send, () => {}) || apply(native, self, args);
  });
}
