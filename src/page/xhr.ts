/** `XMLHttpRequest.send()` with a body that holds a file that was held back. */
import { answer, sequence, soon, task, type Task } from './calls';
import { replaceMethod } from './hook';
import { apply, bare, dispatchEvent, NativeDOMException, NativeProgressEvent, NativeWeakMap, weakMapDelete, weakMapGet, weakMapSet } from '../bridge/natives';
import type { Realm } from './realm';
import type { BodyGuard } from './request-body';

/** Requests that wait, each with what it waits for. */
const waiting = new NativeWeakMap<object, object>();
/** Requests opened to block until they are answered: nothing can be waited for there. */
const blocking = new NativeWeakMap<object, boolean>();

export function hookXhr(realm: Realm, guard: BodyGuard): void {
  const { prototype } = realm.XMLHttpRequest;
  replaceMethod(prototype, 'open', (native, self, args) =>
    sequence(task(native, self, args), (result) => {
      forget(self as object);
      apply(weakMapSet, blocking, [self as object, args.length > 2 && !args[2]]);
      return answer(result);
    }),
  );
  replaceMethod(prototype, 'send', (native, self, args) => {
    const xhr = self as XMLHttpRequest;
    if (apply(weakMapGet, waiting, [xhr])) throw new NativeDOMException("Failed to execute 'send' on 'XMLHttpRequest': The object's state must be OPENED.", 'InvalidStateError');
    const turn = {};
    /** Unless it was aborted or opened anew meanwhile. */
    const goOn = (rest: () => Task): void =>
      soon(
        sequence(answer(undefined), () => {
          if (apply(weakMapGet, waiting, [xhr]) !== turn) return answer(undefined);
          forget(xhr);
          return rest();
        }),
      );
    const send = (body: unknown): void => goOn(() => task(native, xhr, [body]));
    const fail = (): void => goOn(() => ending(xhr, 'error', answer(undefined)));
    if (apply(weakMapGet, blocking, [xhr])) {
      if (guard.isBarred(args[0])) throw new NativeDOMException("Failed to execute 'send' on 'XMLHttpRequest': Failed to load.", 'NetworkError');
      return undefined;
    }
    const body = guard.named(args[0]);
    if (!guard.check(body, send, fail)) return body === args[0] ? undefined : task(native, xhr, [body]);
    apply(weakMapSet, waiting, [xhr, turn]);
    return answer(undefined);
  });
  replaceMethod(prototype, 'abort', (native, self, args) => {
    if (!apply(weakMapGet, waiting, [self as object])) return undefined;
    forget(self as object);
    return ending(self as XMLHttpRequest, 'abort', task(native, self, args));
  });
}

/** The events of a request that was never sent, then `last`. */
function ending(xhr: XMLHttpRequest, type: 'abort' | 'error', last: Task): Task {
  const fire = (name: string): Task => task(dispatchEvent, xhr, [new NativeProgressEvent(name, bare({}))]);
  return sequence(fire(type), () => sequence(fire('loadend'), () => last));
}

function forget(xhr: object): void {
  apply(weakMapDelete, waiting, [xhr]);
}
