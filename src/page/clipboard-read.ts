/** `navigator.clipboard.read()`: the extension's world reads it, for the same reason as with file handles. */
import { replaceMethod } from './hook';
import { READ_CLIPBOARD, type Reply } from './names';
import { apply, bare, blobSize, blobSlice, create, defineProperty, NativeClipboardItem, NativePromise } from './natives';
import type { Requests } from './requests';
import { sendParcel } from './wire';

export function hookClipboardRead(wire: EventTarget, { ask }: Requests): void {
  replaceMethod(globalThis.Clipboard?.prototype, 'read', (native, self, args) => {
    // with options, or on something else than the page's clipboard, the browser's own answer; pictures come without
    if (self !== navigator.clipboard) return apply(native, self, args);
    let taken = false;
    const promise = new NativePromise((resolve, reject) => {
      taken = ask(
        (id) => sendParcel(wire, READ_CLIPBOARD, { note: id, files: [] }),
        (files, reply) => resolve(itemsOf(files, reply)),
        reject,
      );
    });
    return taken ? promise : apply(native, self, args);
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
    const descriptor = { value: new NativeClipboardItem!(blobs), writable: true, enumerable: true, configurable: true };
    defineProperty(items, index, bare(descriptor));
  }
  return items;
}
