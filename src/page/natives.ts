/**
 * The page's natives as they were before any script of the page ran. A page can replace every global and every
 * prototype later: code in this folder calls these alone, by `apply`, and reads no property the page could have changed.
 */
const getter = (prototype: object, name: string): (() => unknown) =>
  Object.getOwnPropertyDescriptor(prototype, name)!.get as () => unknown;

export const { apply } = Reflect;
export const { create, defineProperty, getOwnPropertyDescriptor } = Object;
export const NativeProxy = Proxy;
export const NativeMouseEvent = MouseEvent;

export const { addEventListener, removeEventListener, dispatchEvent } = EventTarget.prototype;
export const { preventDefault, stopImmediatePropagation } = Event.prototype;
export const { get: weakMapGet, set: weakMapSet } = WeakMap.prototype;
export const createElement = Document.prototype.createElement;

/** These throw when called on anything else, in every realm: the safest test for what an object is. */
export const eventType = getter(Event.prototype, 'type');
export const eventRelatedTarget = getter(MouseEvent.prototype, 'relatedTarget');
export const inputType = getter(HTMLInputElement.prototype, 'type');
export const labelControl = getter(HTMLLabelElement.prototype, 'control');
