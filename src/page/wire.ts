/**
 * The line between the extension's two worlds in a page, of which the page learns nothing.
 *
 * The wire is a detached element: both worlds dispatch events on it, synchronously, and an event's `relatedTarget`
 * carries an element across (each world gets its own wrapper of it). The page holds no reference to the wire, so it can
 * neither listen nor speak; there is no secret to guess. Only the meeting is public: both scripts run at document_start,
 * before any script of the page, in an order nobody promises. Each offers a wire under a fixed event name; whoever is
 * second finds the first one listening, and the listener is gone before the page begins.
 */
import {
  addEventListener,
  apply,
  createElement,
  dispatchEvent,
  eventRelatedTarget,
  NativeMouseEvent,
  preventDefault,
  removeEventListener,
  stopImmediatePropagation,
} from './natives';

const MEETING = 'nullswap:meeting';
const ELEMENT = 'element';

/** Calls back with the wire, now or when the other world starts. */
export function meetOtherWorld(onMeet: (wire: EventTarget) => void): void {
  const wire = apply(createElement, document, ['i']);
  const offer = new NativeMouseEvent(MEETING, { relatedTarget: wire, cancelable: true });
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

/** Shows an element to the other world, which sees it before this returns. */
export function showElement(wire: EventTarget, element: EventTarget): void {
  apply(dispatchEvent, wire, [new NativeMouseEvent(ELEMENT, { relatedTarget: element })]);
}

export function onElementShown(wire: EventTarget, listener: (element: EventTarget) => void): void {
  const listen = (event: Event): void => {
    const element = apply(eventRelatedTarget, event, []);
    if (element) listener(element as EventTarget);
  };
  apply(addEventListener, wire, [ELEMENT, listen]);
}
