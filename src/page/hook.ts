/** Puts a hook before a native method so that the page sees the native: name, length, text, `new`, descriptor and stack. */
import { answer, hooked, sequence, task, type Callable, type Task } from './calls';
import { apply, bare, defineProperty, getOwnPropertyDescriptor, isObject, isOverflow, NativeWeakMap, needRoom, overflow, put, weakMapGet, weakMapSet } from '../bridge/natives';
import type { Realm } from './realm';

/** Says what is run in place of the native: nothing said, the native as the page called it. Must not run code of the page. */
export type Decide = (native: Callable, self: unknown, args: unknown[]) => Task | undefined;

/** Hooked function -> the native behind it. */
const natives = new NativeWeakMap<object, Callable>();

/** What a window's hooks stand for is known to all that it has made, or was made by: a page asks a function of one by `toString` of another. */
type Lookup = (hook: object, asker?: EventTarget) => Callable | undefined;
const BELOW = 'below';
const ABOVE = 'above';
let line: EventTarget | undefined;
const linesBelow: EventTarget[] = [];

const lookupOn = (wire: EventTarget | undefined, where: string): Lookup | undefined => wire && (getOwnPropertyDescriptor(wire, where)?.value as Lookup | undefined);

const inOwnAndBelow: Lookup = (hook, asker) => {
  let found = apply(weakMapGet, natives, [hook]) as Callable | undefined;
  for (let index = 0; !found && index < linesBelow.length; index += 1) {
    if (linesBelow[index] !== asker) found = lookupOn(linesBelow[index], BELOW)?.(hook);
  }
  return found;
};

const anywhere: Lookup = (hook, asker) => inOwnAndBelow(hook, asker) ?? lookupOn(line, ABOVE)?.(hook, line);

/** @param wire to the other world: the page that made this window knows it, and no page does */
export function tellMaker(wire: EventTarget): void {
  line = wire;
  defineProperty(wire, BELOW, bare({ value: inOwnAndBelow }));
}

/** @param wire of a frame or popup */
export function tellMade(wire: EventTarget): void {
  put(linesBelow, linesBelow.length, wire);
  defineProperty(wire, ABOVE, bare({ value: anywhere }));
}

/** `before` sees what the method is called on and with; whatever happens in it, the native is called as the page asked. */
export function hookMethod(owner: object, name: string, before: (self: unknown, args: unknown[]) => void): void {
  replaceMethod(owner, name, (_native, self, args) => {
    attempt(() => before(self, args));
    return undefined;
  });
}

/** `after` is called when the native has returned. */
export function hookAfter(owner: object, name: string, after: (self: unknown) => void): void {
  replaceMethod(owner, name, (native, self, args) => {
    needRoom();
    return sequence(task(native, self, args), (result) => {
      attempt(() => after(self));
      return answer(result);
    });
  });
}

/** Nothing happens where the browser has no such method. */
export function replaceMethod(owner: object | undefined, name: string, decide: Decide): void {
  replace(owner, name, 'value', decide);
}

export function replaceGetter(owner: object, name: string, decide: Decide): void {
  replace(owner, name, 'get', decide);
}

/** Without this, `click.toString()` would read `function () { [native code] }`: a proxy has no name there. */
export function hookToString(realm: Realm): void {
  replaceMethod(realm.Function.prototype, 'toString', (native, self, args) => {
    return task(native, isObject(self) ? (anywhere(self) ?? self) : self, args);
  });
}

/** A hook must never change what the page sees; but a call that left us no room to see it may not go on. */
function attempt(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (isOverflow(error)) throw overflow;
  }
}

function replace(owner: object | undefined, name: string, key: 'value' | 'get', decide: Decide): void {
  const descriptor = owner && getOwnPropertyDescriptor(owner, name);
  if (!descriptor) return;
  const native = descriptor[key] as Callable;
  const hook = hooked(native, (self, args) => decide(native, self, args));
  apply(weakMapSet, natives, [hook, native]);
  defineProperty(owner, name, bare({ ...descriptor, [key]: hook }));
}
