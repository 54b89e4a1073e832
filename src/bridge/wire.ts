/**
 * The line between the extension's two worlds in a page, of which the page learns nothing.
 *
 * The wire is a detached element: both worlds dispatch events on it, synchronously. Each kind of thing crosses in the
 * event made for it, so that the browser itself hands it over and nothing is copied: nodes as `submitter` or
 * `relatedTarget`, files with a text as `formData`, a drag's data as `dataTransfer`; only a file handle is cloned. The page
 * holds no reference to the wire, so it can neither listen nor speak; there is no secret to guess. Only the meeting is
 * public: both scripts run at document_start, before any script of the page, in an order nobody promises. Each offers a wire
 * under a fixed event name; whoever is second finds the first one listening, and the listener is gone before the page begins.
 */
import {
  addEventListener,
  apply,
  bare,
  createElement,
  customDetail,
  dispatchEvent,
  documentView,
  elementNamespace,
  eventDataTransfer,
  eventDetail,
  eventFormData,
  eventRelatedTarget,
  eventSubmitter,
  eventView,
  formDataAppend,
  formDataGetAll,
  NativeCustomEvent,
  NativeDragEvent,
  NativeFormData,
  NativeFormDataEvent,
  NativeMouseEvent,
  NativeSubmitEvent,
  NativeUIEvent,
  needRoom,
  nodeOwner,
  parse,
  preventDefault,
  read,
  removeEventListener,
  stopImmediatePropagation,
  stringify,
} from './natives';

const MEETING = 'nullswap:meeting';
const HTML = 'http://www.w3.org/1999/xhtml';

export interface Parcel {
  /** Anything that JSON can hold. */
  note: unknown;
  /** A Blob arrives as a File named `blob`. */
  files: Blob[];
}

export interface ArrivedParcel extends Parcel {
  files: File[];
}

/** True from a listener: it takes care of what came, which the sender is told. */
type Answer = boolean | void;

/** Calls back with the wire, now or when the other world starts. */
export function meetOtherWorld(onMeet: (wire: EventTarget) => void): void {
  const wire = apply(createElement, document, ['i']);
  const offer = new NativeMouseEvent(MEETING, bare({ relatedTarget: wire, cancelable: true }));
  const isTaken = !apply(dispatchEvent, window, [offer]);
  if (isTaken) onMeet(wire);
  else takeNextOffer(onMeet);
}

function takeNextOffer(onMeet: (wire: EventTarget) => void): void {
  const take = (event: Event): void => {
    apply(removeEventListener, window, [MEETING, take, true]);
    apply(stopImmediatePropagation, event, []);
    apply(preventDefault, event, []); // tells the other world that its wire is taken
    const wire = apply(eventRelatedTarget, event, []);
    if (wire) onMeet(wire as EventTarget);
  };
  apply(addEventListener, window, [MEETING, take, true]);
}

/**
 * Each sender returns whether the other world, which has seen it by then, takes care of it. A node whose document is in no window is not
 * sent: where its frame is gone, Chromium ends a page that has an event carry it.
 */
export function sendNode(wire: EventTarget, name: string, node: EventTarget): boolean {
  if (!read(documentView, read(nodeOwner, node) ?? node)) return false;
  // a `relatedTarget` in a shadow tree would arrive as the tree's host; a `submitter` is no other than an HTML element
  const isHtml = read(elementNamespace, node) === HTML;
  return dispatch(
    wire,
    isHtml
      ? new NativeSubmitEvent(name, bare({ submitter: node as HTMLElement, cancelable: true }))
      : new NativeMouseEvent(name, bare({ relatedTarget: node, cancelable: true })),
  );
}

export function onNode(wire: EventTarget, name: string, listener: (node: EventTarget) => Answer): void {
  listen(wire, name, (event) => {
    const node = read(eventSubmitter, event) ?? read(eventRelatedTarget, event);
    return node ? listener(node as EventTarget) : false;
  });
}

export function sendParcel(wire: EventTarget, name: string, { note, files }: Parcel): boolean {
  const formData = new NativeFormData();
  apply(formDataAppend, formData, ['note', stringify(note)]);
  for (let index = 0; index < files.length; index += 1) apply(formDataAppend, formData, ['file', files[index]]);
  return dispatch(wire, new NativeFormDataEvent(name, bare({ formData, cancelable: true })));
}

export function onParcel(wire: EventTarget, name: string, listener: (parcel: ArrivedParcel) => Answer): void {
  listen(wire, name, (event) => {
    const formData = apply(eventFormData, event, []);
    const notes = apply(formDataGetAll, formData, ['note']) as [string];
    return listener({ note: parse(notes[0]), files: apply(formDataGetAll, formData, ['file']) as File[] });
  });
}

/** @param number tells one drag from another */
export function sendTransfer(wire: EventTarget, name: string, dataTransfer: DataTransfer, number: number): boolean {
  return dispatch(wire, new NativeDragEvent(name, bare({ dataTransfer, detail: number, cancelable: true })));
}

export function onTransfer(wire: EventTarget, name: string, listener: (transfer: DataTransfer, number: number) => Answer): void {
  listen(wire, name, (event) => listener(apply(eventDataTransfer, event, []) as DataTransfer, apply(eventDetail, event, []) as number));
}

/** @param view a window, of whatever origin */
export function sendWindow(wire: EventTarget, name: string, view: Window): boolean {
  return dispatch(wire, new NativeUIEvent(name, bare({ view, cancelable: true })));
}

export function onWindow(wire: EventTarget, name: string, listener: (view: Window) => Answer): void {
  listen(wire, name, (event) => {
    const view = apply(eventView, event, []);
    return view ? listener(view as Window) : false;
  });
}

/** What arrives is a clone. */
export function sendClone(wire: EventTarget, name: string, detail: unknown): boolean {
  return dispatch(wire, new NativeCustomEvent(name, bare({ detail, cancelable: true })));
}

export function onClone(wire: EventTarget, name: string, listener: (detail: unknown) => Answer): void {
  listen(wire, name, (event) => listener(apply(customDetail, event, [])));
}

function dispatch(wire: EventTarget, event: Event): boolean {
  const isTaken = !apply(dispatchEvent, wire, [event]);
  if (!isTaken) needRoom(); // or was there no room left to take it?
  return isTaken;
}

function listen(wire: EventTarget, name: string, listener: (event: Event) => Answer): void {
  const take = (event: Event): void => {
    if (listener(event)) apply(preventDefault, event, []);
  };
  apply(addEventListener, wire, [name, take]);
}
