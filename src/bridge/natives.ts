/**
 * The page's natives as they were before any script of the page ran. A page can replace every global and every
 * prototype later: code that runs in its world calls these alone, by `apply`, and reads no property the page could have changed.
 * That rules out iterating (`for of`, spreading or destructuring an array) and options with a prototype.
 */
type Getter = () => unknown;

/** Takes any arguments, gives undefined. */
export const doNothing = Function.prototype as () => undefined;

/** False where something is missing that hooks stand on: those that can do without it do, and the user is told that not all is held. */
export let areComplete = true;

const optionalGetter = (prototype: object, name: string): Getter | undefined => Object.getOwnPropertyDescriptor(prototype, name)?.get as Getter | undefined;

/** A script of ours must not end here: a getter that is not there gives nothing. */
const getter = (prototype: object, name: string): Getter => {
  const found = optionalGetter(prototype, name);
  areComplete &&= found !== undefined;
  return found ?? doNothing;
};

export const { apply, deleteProperty, get: getProperty, construct: reflectConstruct } = Reflect;
export const { bind, call } = Function.prototype;
export const { reduce, at: arrayAt } = Array.prototype;
export const { queueMicrotask: queueTask } = globalThis;
export const { create, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, setPrototypeOf } = Object;
export const { stringify, parse } = JSON;
export const NativeProxy = Proxy;
export const NativeWeakMap = WeakMap;
export const NativeWeakSet = WeakSet;
const NativePromise = Promise;
export const NativeDOMException = DOMException;
export const NativeTypeError = TypeError;
/** What a call throws that finds no room on the stack: Firefox has a kind of its own. */
const { InternalError: NativeInternalError } = globalThis as { InternalError?: typeof Error };
const NativeOverflow = NativeInternalError ?? RangeError;
const overflowPrototype: unknown = NativeOverflow.prototype;
export const NativeEvent = Event;
export const NativeUIEvent = UIEvent;
export const NativeMouseEvent = MouseEvent;
export const NativeDragEvent = DragEvent;
export const NativeSubmitEvent = SubmitEvent;
export const NativeFormDataEvent = FormDataEvent;
export const NativeCustomEvent = CustomEvent;
export const NativeProgressEvent = ProgressEvent;
export const NativeFile = File;
export const NativeBlob = Blob;
export const NativeFormData = FormData;
export const NativeRequest = Request;
/** Secure contexts only. */
export const NativeClipboardItem = globalThis.ClipboardItem as typeof ClipboardItem | undefined;

export const { addEventListener, removeEventListener, dispatchEvent } = EventTarget.prototype;
export const { preventDefault, stopImmediatePropagation, composedPath } = Event.prototype;
export const { get: weakMapGet, set: weakMapSet, delete: weakMapDelete } = WeakMap.prototype;
export const { has: weakSetHas, add: weakSetAdd } = WeakSet.prototype;
export const { then: promiseThen } = Promise.prototype;
const { withResolvers } = Promise;
export const { createElement, write: documentWrite } = Document.prototype;
export const { getRootNode } = Node.prototype;
export const blobSlice = Blob.prototype.slice;
export const { append: formDataAppend, getAll: formDataGetAll, forEach: formDataForEach } = FormData.prototype;
export const { getAsFile, webkitGetAsEntry } = DataTransferItem.prototype;
export const { setData: setTransferData } = DataTransfer.prototype;
export const { add: itemsAdd } = DataTransferItemList.prototype;
export const { clone: cloneRequest, formData: requestFormData, blob: requestBlob } = Request.prototype;
export const { get: headersGet, delete: headersDelete } = Headers.prototype;
/** Chromium ends a page that asks for a handle where the origin is opaque (sandboxed, `data:`): there it is as if there were none. */
export const getAsFileSystemHandle =
  self.origin === 'null' ? undefined : (DataTransferItem.prototype as { getAsFileSystemHandle?: () => Promise<unknown> }).getAsFileSystemHandle;

/** These throw when called on anything else, in every realm: the safest test for what an object is. */
export const eventType = getter(Event.prototype, 'type');
export const eventIsTrusted = getter(new Event(''), 'isTrusted');
export const eventRelatedTarget = getter(MouseEvent.prototype, 'relatedTarget');
export const eventView = getter(UIEvent.prototype, 'view');
export const eventDetail = getter(UIEvent.prototype, 'detail');
export const eventDataTransfer = getter(DragEvent.prototype, 'dataTransfer');
export const eventSubmitter = getter(SubmitEvent.prototype, 'submitter');
export const eventFormData = getter(FormDataEvent.prototype, 'formData');
export const customDetail = getter(CustomEvent.prototype, 'detail');
export const nodeIsConnected = getter(Node.prototype, 'isConnected');
export const nodeOwner = getter(Node.prototype, 'ownerDocument');
export const documentView = getter(Document.prototype, 'defaultView');
export const handleKind = globalThis.FileSystemHandle && getter(FileSystemHandle.prototype, 'kind');
export const elementNamespace = getter(Element.prototype, 'namespaceURI');
export const shadowHost = getter(ShadowRoot.prototype, 'host');
export const transferItems = getter(DataTransfer.prototype, 'items');
export const transferEffectAllowed = getter(DataTransfer.prototype, 'effectAllowed');
export const transferDropEffect = getter(DataTransfer.prototype, 'dropEffect');
export const transferFiles = getter(DataTransfer.prototype, 'files');
export const itemsLength = getter(DataTransferItemList.prototype, 'length');
export const itemKind = getter(DataTransferItem.prototype, 'kind');
export const filesLength = getter(FileList.prototype, 'length');
export const fileName = getter(File.prototype, 'name');
export const blobSize = getter(Blob.prototype, 'size');
export const blobType = getter(Blob.prototype, 'type');
export const requestHeaders = getter(Request.prototype, 'headers');
export const requestBodyUsed = getter(Request.prototype, 'bodyUsed');
export const requestMethod = getter(Request.prototype, 'method');
/** Not in Firefox. */
export const requestBody = optionalGetter(Request.prototype, 'body');
export const windowClosed = getter(window, 'closed');

const methods = [
  ...[apply, call, bind, reduce, queueTask, addEventListener, removeEventListener, dispatchEvent, preventDefault, stopImmediatePropagation, composedPath],
  ...[createElement, documentWrite, getRootNode, blobSlice, formDataAppend, formDataGetAll, formDataForEach, getAsFile, webkitGetAsEntry, setTransferData, itemsAdd],
  ...[cloneRequest, requestFormData, requestBlob, headersGet, headersDelete, withResolvers],
];
areComplete &&= methods.every((method) => typeof method === 'function');

/**
 * Without a prototype. The browser looks up every option it knows in what it is given as options, in the prototype too,
 * where a page can put a getter that is called with the options themselves.
 */
export function bare<T extends object>(options: T): T {
  return setPrototypeOf(options, null) as T;
}

/** As `list[index] = value`, past what the page may have put on `Array.prototype`. */
export function put(list: object, index: number | string, value: unknown): void {
  defineProperty(list, index, bare({ value, writable: true, enumerable: true, configurable: true }));
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** What a getter gives for something, or undefined where that is not of the getter's kind. */
export function read(get: Getter, of: unknown): unknown {
  try {
    return apply(get, of as object, []);
  } catch (error) {
    if (isOverflow(error)) throw overflow;
    return undefined;
  }
}

/** As a clipboard is one, of whatever window; there is nothing that clipboards alone could be asked. */
export function isEventTarget(value: unknown): boolean {
  try {
    apply(addEventListener, value as EventTarget, ['', null]);
    return true;
  } catch (error) {
    if (isOverflow(error)) throw overflow;
    return false;
  }
}

/**
 * A page may call us where hardly any of the stack is left, so that what we do fails and what it wants does not. Then it
 * gets this error instead, made beforehand: one made there would show our functions.
 */
export const overflow = withoutTrace(() => new NativeOverflow(NativeInternalError ? 'too much recursion' : 'Maximum call stack size exceeded'));

export function isOverflow(error: unknown): boolean {
  return error === overflow || (typeof error === 'object' && error !== null && getPrototypeOf(error) === overflowPrototype);
}

/** Throws `overflow` where less of the stack is left than the other world needs to do what it is asked. */
export function needRoom(): void {
  try {
    descend(1000);
  } catch {
    throw overflow;
  }
}

function descend(depth: number): number {
  return depth > 0 ? descend(depth - 1) + 1 : 0;
}

/** Only before any script of the page runs. */
function withoutTrace(make: () => Error): Error {
  const { stackTraceLimit } = Error as { stackTraceLimit?: number };
  if (stackTraceLimit === undefined) {
    const error = make();
    defineProperty(error, 'stack', bare({ value: '', writable: true, configurable: true }));
    return error;
  }
  Error.stackTraceLimit = 0;
  const error = make();
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}

/** Not by a function given to the promise: it would take errors for its own. */
export function openPromise<T>(): PromiseWithResolvers<T> {
  return apply(withResolvers, NativePromise, []) as PromiseWithResolvers<T>;
}

/** While `use` runs, `value` has no `then`, wherever the page may have put one. */
export function resolveBare(value: object, use: () => void): void {
  defineProperty(value, 'then', bare({ value: undefined, configurable: true }));
  use();
  deleteProperty(value, 'then');
}

/**
 * `then` without a chance for the page to step in: a native promise asks its `constructor` for the kind of promise to
 * return, and the page can put a getter there that is called with the promise itself.
 */
export function whenSettled<T>(promise: Promise<T>, onOk: (value: T) => void, onError: (error: unknown) => void): void {
  defineProperty(promise, 'constructor', bare({ value: undefined }));
  apply(promiseThen, promise, [onOk, onError]);
}
