/** Puts a hook before a native method so that the page sees the native: name, length, text, `new` and descriptor. */
import { apply, create, defineProperty, getOwnPropertyDescriptor, NativeProxy, weakMapGet, weakMapSet } from './natives';

type Method = (...args: unknown[]) => unknown;

/** Hooked function -> the native behind it. */
const natives = new WeakMap<object, Method>();

/** `before` sees what the method is called on and with; whatever happens in it, the native is called as the page asked. */
export function hookMethod(owner: object, name: string, before: (self: unknown, args: unknown[]) => void): void {
  replace(owner, name, (native, self, args) => {
    try {
      before(self, args);
    } catch {
      // a hook must never change what the page sees
    }
    return apply(native, self, args);
  });
}

/** Without this, `click.toString()` would read `function () { [native code] }`: a proxy has no name there. */
export function hookToString(): void {
  replace(Function.prototype, 'toString', (native, self, args) => {
    const behind = apply(weakMapGet, natives, [self]) as Method | undefined;
    return apply(native, behind ?? self, args);
  });
}

function replace(owner: object, name: string, call: (native: Method, self: unknown, args: unknown[]) => unknown): void {
  const descriptor = getOwnPropertyDescriptor(owner, name)!;
  const native = descriptor.value as Method;
  // no prototype: a trap that the page puts on Object.prototype must not become one of ours
  const traps = create(null) as ProxyHandler<Method>;
  traps.apply = call;
  const hooked = new NativeProxy(native, traps);
  apply(weakMapSet, natives, [hooked, native]);
  defineProperty(owner, name, { ...descriptor, value: hooked });
}
