/**
 * The extension's world must hear `input` and `change` before the page does, also in trees whose events never reach the
 * window, or not before others: it is shown every node just before the page begins to listen there.
 */
import { sequence, task } from './calls';
import { hookAfter, hookMethod, replaceMethod } from './hook';
import { CLEARED, LISTENED, SHADOW } from './names';
import { apply, documentWrite, NativeWeakSet, needRoom, nodeIsConnected, read, shadowHost, weakSetAdd, weakSetHas } from './natives';
import { sendNode } from './wire';

export function hookListeners(wire: EventTarget): void {
  let shown = new NativeWeakSet<object>();

  hookMethod(EventTarget.prototype, 'addEventListener', (self, args) => {
    const type = args[0];
    if (typeof type === 'string' && type !== 'input' && type !== 'change') return; // what is no string may become one of these
    if (read(nodeIsConnected, self) === undefined || apply(weakSetHas, shown, [self as object])) return;
    const host = read(shadowHost, self) as EventTarget | undefined;
    if (host) sendNode(wire, SHADOW, host);
    else sendNode(wire, LISTENED, self as EventTarget);
    apply(weakSetAdd, shown, [self as object]);
  });
  hookAfter(Element.prototype, 'attachShadow', (self) => sendNode(wire, SHADOW, self as EventTarget));

  const cleared = (self: unknown): void => {
    shown = new NativeWeakSet();
    sendNode(wire, CLEARED, self as EventTarget);
  };
  // opening a document takes away all listeners in it, and those of its window
  hookAfter(Document.prototype, 'open', cleared);
  const nothing = (globalThis as { trustedTypes?: { emptyHTML: unknown } }).trustedTypes?.emptyHTML ?? '';
  for (const name of ['write', 'writeln']) {
    // may open it too, and run scripts before it returns: writing nothing opens it with no script run
    replaceMethod(Document.prototype, name, (native, self, args) => {
      needRoom();
      return sequence(task(documentWrite, self, [nothing]), () => {
        cleared(self);
        return task(native, self, args);
      });
    });
  }
}
