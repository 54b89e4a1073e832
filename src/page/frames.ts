/**
 * A frame or popup begins with an empty document, in which extensions' scripts do not run; where what it loads never comes, it stays. Before the page
 * gets hold of such a window, the extension's world listens in it, and its natives are hooked like those of the page's own.
 */
import { answer, sequence, task, type Task } from './calls';
import { replaceGetter, replaceMethod, type Decide } from './hook';
import { FRAME } from '../bridge/names';
import { apply, documentView, getOwnPropertyDescriptor, isOverflow, NativeWeakSet, needRoom, overflow, read, weakSetAdd, weakSetHas } from '../bridge/natives';
import type { Realm } from './realm';
import { sendWindow } from '../bridge/wire';

export function hookFrames(realm: Realm, wire: EventTarget, hookRealm: (realm: Realm) => void): void {
  /** Documents whose window has been met: a page asks for a frame's window again and again. */
  const met = new NativeWeakSet<object>();

  const meet = (view: unknown): void => {
    try {
      if (view && sendWindow(wire, FRAME, view as Window)) hookRealm(view as Realm);
    } catch (error) {
      if (isOverflow(error)) throw overflow;
      // of another origin
    }
  };
  const isToBeMet = (own: unknown): boolean => !!own && !apply(weakSetHas, met, [own]);
  const meetWindowOf = (own: unknown): void => {
    if (!isToBeMet(own)) return;
    meet(read(documentView, own));
    apply(weakSetAdd, met, [own as object]);
  };
  /** First the native, then a look at what it is called on and gives. */
  const looking =
    (look: (self: unknown, result: unknown) => void): Decide =>
    (native, self, args) => {
      needRoom();
      return sequence(task(native, self, args), (result): Task => {
        look(self, result);
        return answer(result);
      });
    };
  for (let index = 0; index < HOLDERS.length; index += 1) {
    const { prototype } = realm[HOLDERS[index]!];
    const native = getOwnPropertyDescriptor(prototype, 'contentDocument')?.get as (() => unknown) | undefined;
    /** Null where it is of another origin, or there is none. */
    const documentOf = (self: unknown): unknown => native && read(native, self);
    const look = looking((self) => meetWindowOf(documentOf(self)));
    const lookOnce: Decide = (own, self, args) => (isToBeMet(documentOf(self)) ? look(own, self, args) : undefined);
    replaceGetter(prototype, 'contentWindow', lookOnce);
    replaceGetter(prototype, 'contentDocument', lookOnce);
    replaceMethod(prototype, 'getSVGDocument', looking((_self, result) => meetWindowOf(result)));
  }
  replaceMethod(realm, 'open', looking((_self, result) => meet(result)));
}

const HOLDERS = ['HTMLIFrameElement', 'HTMLFrameElement', 'HTMLObjectElement', 'HTMLEmbedElement'] as const;
