/** Puts a hook before a native method so that the page sees the native: name, length, text, `new` and descriptor. */
import { apply, create, defineProperty, getOwnPropertyDescriptor, NativeProxy, NativeWeakMap, weakMapGet, weakMapSet } from './natives';

type Method = (...args: unknown[]) => unknown;

/** Hooked function -> the native behind it. */
const natives = new NativeWeakMap<object, Method>();

/** `before` sees what the method is called on and with; whatever happens in it, the native is called as the page asked. */
export function hookMethod(owner: object, name: string, before: (self: unknown, args: unknown[]) => void): void {
  replaceMethod(owner, name, (native, self, args) => {
    attempt(() => before(self, args));
    return apply(native, self, args);
  });
}

/** `after` is called when the native has returned. */
export function hookAfter(owner: object, name: string, after: (self: unknown) => void): void {
  replaceMethod(owner, name, (native, self, args) => {
    const result = apply(native, self, args);
    attempt(() => after(self));
    return result;
  });
}

/** `call` stands in for the native. Nothing happens where the browser has no such method. */
export function replaceMethod(owner: object | undefined, name: string, call: (native: Method, self: unknown, args: unknown[]) => unknown): void {
  replace(owner, name, 'value', call);
}

export function replaceGetter(owner: object, name: string, call: (native: Method, self: unknown, args: unknown[]) => unknown): void {
  replace(owner, name, 'get', call);
}

/** Without this, `click.toString()` would read `function () { [native code] }`: a proxy has no name there. */
export function hookToString(): void {
  replaceMethod(Function.prototype, 'toString', (native, self, args) => {
    const behind = apply(weakMapGet, natives, [self]) as Method | undefined;
    return apply(native, behind ?? self, args);
  });
}

/** A hook must never change what the page sees. */
function attempt(run: () => void): void {
  try {
    run();
  } catch {
    // as without the extension
  }
}

function replace(
  owner: object | undefined,
  name: string,
  key: 'value' | 'get',
  call: (native: Method, self: unknown, args: unknown[]) => unknown,
): void {
  const descriptor = owner && getOwnPropertyDescriptor(owner, name);
  if (!descriptor) return;
  const native = descriptor[key] as Method;
  // no prototype: a trap that the page puts on Object.prototype must not become one of ours
  const traps = create(null) as ProxyHandler<Method>;
  traps.apply = call;
  const hooked = new NativeProxy(native, traps);
  apply(weakMapSet, natives, [hooked, native]);
  defineProperty(owner, name, { ...descriptor, [key]: hooked });
}
