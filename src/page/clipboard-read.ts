/**
 * `navigator.clipboard.read()` and `readText()`: the extension's world reads it, for the same reason as with file handles. It reads its own window's, also
 * where a page calls our method on another's.
 */
import { answer, sequence, settle, task, type Task } from './calls';
import { replaceMethod } from './hook';
import { READ_CLIPBOARD, READ_CLIPBOARD_TEXT, type Reply } from '../bridge/names';
import { apply, bare, blobSize, blobSlice, create, getProperty, isEventTarget, isObject, NativeClipboardItem, needRoom, openPromise, put, resolveBare } from '../bridge/natives';
import type { Realm } from './realm';
import type { Requests } from './requests';
import { sendParcel } from '../bridge/wire';

export function hookClipboardRead(realm: Realm, wire: EventTarget, { ask }: Requests): void {
  replaceMethod(realm.Clipboard?.prototype, 'read', (native, self, args) => {
    if (!isEventTarget(self)) return undefined;
    const readAs = (unsanitized: unknown): Task => {
      const { promise, resolve, reject } = openPromise<ClipboardItem[]>();
      const isTaken = ask(
        (id) => sendParcel(wire, READ_CLIPBOARD, { note: [id, typeof unsanitized === 'string' ? unsanitized : null], files: [] }),
        (files, reply) => settle(resolve, itemsOf(files, reply)),
        reject,
      );
      return isTaken ? answer(promise) : task(native, self, args);
    };
    if (!isObject(args[0])) return readAs(null);
    needRoom();
    return sequence(task(getProperty, undefined, [args[0], 'unsanitized']), (types) => {
      if (types === undefined) return readAs(null);
      // the one type that can be named is the first; what is no list, the browser refuses
      return isObject(types) ? sequence(task(getProperty, undefined, [types, 0]), readAs) : task(native, self, [bare({ unsanitized: types })]);
    });
  });
  replaceMethod(realm.Clipboard?.prototype, 'readText', (_native, self) => {
    if (!isEventTarget(self)) return undefined;
    const { promise, resolve, reject } = openPromise<string>();
    const isTaken = ask(
      (id) => sendParcel(wire, READ_CLIPBOARD_TEXT, { note: id, files: [] }),
      (_files, { types }) => resolve(types[0]![0]!),
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
    put(items, index, item);
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
