/** `navigator.clipboard.read()`: the extension's world reads it, for the same reason as with file handles. */
import { answer, settle } from './calls';
import { replaceMethod } from './hook';
import { READ_CLIPBOARD, type Reply } from './names';
import { apply, bare, blobSize, blobSlice, clipboard, create, defineProperty, NativeClipboardItem, openPromise, resolveBare } from './natives';
import type { Requests } from './requests';
import { sendParcel } from './wire';

export function hookClipboardRead(wire: EventTarget, { ask }: Requests): void {
  replaceMethod(globalThis.Clipboard?.prototype, 'read', (_native, self) => {
    if (self !== clipboard) return undefined;
    const { promise, resolve, reject } = openPromise<ClipboardItem[]>();
    const isTaken = ask(
      (id) => sendParcel(wire, READ_CLIPBOARD, { note: id, files: [] }),
      (files, reply) => settle(resolve, itemsOf(files, reply)),
      reject,
    );
    return isTaken ? answer(promise) : undefined;
  });
}

function itemsOf(files: File[], { types }: Reply): ClipboardItem[] {
  const items: ClipboardItem[] = [];
  let at = 0;
  for (let index = 0; index < types.length; index += 1) {
    const own = types[index]!;
    const blobs = create(null) as Record<string, Blob>;
    for (let each = 0; each < own.length; each += 1) {
      const file = files[at]!;
      blobs[own[each]!] = apply(blobSlice, file, [0, apply(blobSize, file, []) as number, own[each]!]);
      at += 1;
    }
    const item = itemOf(blobs, own, own.length);
    defineProperty(items, index, bare({ value: item, writable: true, enumerable: true, configurable: true }));
  }
  return items;
}

/** The browser makes a promise of each, and looks for a `then`. */
function itemOf(blobs: Record<string, Blob>, types: string[], count: number): ClipboardItem {
  if (count === 0) return new NativeClipboardItem!(blobs);
  let item!: ClipboardItem;
  resolveBare(blobs[types[count - 1]!]!, () => (item = itemOf(blobs, types, count - 1)));
  return item;
}
