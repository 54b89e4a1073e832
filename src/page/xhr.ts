/** `XMLHttpRequest.send()` with a body that holds a file that was held back. */
import { replaceMethod } from './hook';
import { apply, bare, dispatchEvent, NativeDOMException, NativeProgressEvent, NativeWeakMap, weakMapDelete, weakMapGet, weakMapSet } from './natives';
import type { BodyGuard } from './request-body';

/** Requests that wait, each with what it waits for. */
const waiting = new NativeWeakMap<object, object>();
/** Requests opened to block until they are answered: nothing can be waited for there. */
const blocking = new NativeWeakMap<object, boolean>();

export function hookXhr(guard: BodyGuard): void {
  const { prototype } = XMLHttpRequest;
  replaceMethod(prototype, 'open', (native, self, args) => {
    const result = apply(native, self, args);
    forget(self as object);
    apply(weakMapSet, blocking, [self as object, args.length > 2 && !args[2]]);
    return result;
  });
  replaceMethod(prototype, 'send', (native, self, args) => {
    const xhr = self as XMLHttpRequest;
    if (apply(weakMapGet, waiting, [xhr])) throw new NativeDOMException("Failed to execute 'send' on 'XMLHttpRequest': The object's state must be OPENED.", 'InvalidStateError');
    const turn = {};
    const isMine = (): boolean => apply(weakMapGet, waiting, [xhr]) === turn;
    const send = (body: unknown): void => {
      if (!isMine()) return;
      forget(xhr);
      apply(native, xhr, [body]);
    };
    const fail = (): void => {
      if (isMine()) end(xhr, 'error');
    };
    if (!guard.check(args[0], send, fail)) return apply(native, self, args);
    if (apply(weakMapGet, blocking, [xhr])) throw new NativeDOMException("Failed to execute 'send' on 'XMLHttpRequest': Failed to load.", 'NetworkError');
    apply(weakMapSet, waiting, [xhr, turn]);
    return undefined;
  });
  replaceMethod(prototype, 'abort', (native, self, args) => {
    if (apply(weakMapGet, waiting, [self as object])) end(self as XMLHttpRequest, 'abort');
    return apply(native, self, args);
  });
}

function end(xhr: XMLHttpRequest, type: 'abort' | 'error'): void {
  forget(xhr);
  apply(dispatchEvent, xhr, [new NativeProgressEvent(type, bare({}))]);
  apply(dispatchEvent, xhr, [new NativeProgressEvent('loadend', bare({}))]);
}

function forget(xhr: object): void {
  apply(weakMapDelete, waiting, [xhr]);
}
