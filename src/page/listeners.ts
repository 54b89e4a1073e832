/**
 * The extension's world must hear `input` and `change` before the page does, also in trees whose events never reach the
 * window, or not before others: it is shown every node just before the page begins to listen there.
 */
import { sequence, task } from './calls';
import { hookAfter, hookMethod, replaceMethod } from './hook';
import { CLEARED, LISTENED, PICKED, SHADOW } from '../bridge/names';
import { addEventListener, apply, composedPath, documentWrite, eventIsTrusted, eventType, NativeWeakSet, needRoom, nodeIsConnected, read, shadowHost, stopImmediatePropagation, weakSetAdd, weakSetHas } from '../bridge/natives';
import type { Realm } from './realm';
import { sendNode } from '../bridge/wire';

export function hookListeners(realm: Realm, wire: EventTarget): void {
  let shown = new NativeWeakSet<object>();

  /** A node in no window cannot be shown, but may be moved into one with its listeners: the first of them is ours. */
  const listenHere = (node: EventTarget): void => {
    apply(addEventListener, node, ['input', onEvent, true]);
    apply(addEventListener, node, ['change', onEvent, true]);
  };
  const onEvent = (event: Event): void => {
    const target = (apply(composedPath, event, []) as EventTarget[])[0];
    const name = apply(eventType, event, []) === 'input' ? PICKED.input : PICKED.change;
    if (read(eventIsTrusted, event) && target && sendNode(wire, name, target)) apply(stopImmediatePropagation, event, []);
  };

  hookMethod(realm.EventTarget.prototype, 'addEventListener', (self, args) => {
    const type = args[0];
    if (typeof type === 'string' && type !== 'input' && type !== 'change') return; // what is no string may become one of these
    if (read(nodeIsConnected, self) === undefined || apply(weakSetHas, shown, [self as object])) return;
    const host = read(shadowHost, self) as EventTarget | undefined;
    const isShown = host ? sendNode(wire, SHADOW, host) : sendNode(wire, LISTENED, self as EventTarget);
    if (!isShown) listenHere(self as EventTarget);
    apply(weakSetAdd, shown, [self as object]);
  });
  hookAfter(realm.Element.prototype, 'attachShadow', (self) => sendNode(wire, SHADOW, self as EventTarget));

  const cleared = (self: unknown): void => {
    shown = new NativeWeakSet();
    sendNode(wire, CLEARED, self as EventTarget);
  };
  // opening a document takes away all listeners in it, and those of its window
  hookAfter(realm.Document.prototype, 'open', cleared);
  const nothing = (globalThis as { trustedTypes?: { emptyHTML: unknown } }).trustedTypes?.emptyHTML ?? '';
  for (const name of ['write', 'writeln']) {
    // may open it too, and run scripts before it returns: writing nothing opens it with no script run
    replaceMethod(realm.Document.prototype, name, (native, self, args) => {
      needRoom();
      return sequence(task(documentWrite, self, [nothing]), () => {
        cleared(self);
        return task(native, self, args);
      });
    });
  }
}
