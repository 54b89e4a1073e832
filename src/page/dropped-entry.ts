/**
 * A drop made by script has neither entries nor handles. The page gets those of the drop that was held, and what it reads
 * from an entry is cloaked then (handles: file-handle.ts).
 */
import { answer, hooked, sequence, soon, task, type Callable } from './calls';
import { replaceMethod } from './hook';
import { CLOAK, DROP, REPLAY } from './names';
import {
  apply,
  create,
  filesLength,
  getAsFile,
  getAsFileSystemHandle,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  itemKind,
  itemsLength,
  NativeWeakMap,
  NativeWeakSet,
  needRoom,
  read,
  transferFiles,
  transferItems,
  weakMapGet,
  weakMapSet,
  weakSetAdd,
  weakSetHas,
  webkitGetAsEntry,
} from './natives';
import type { Requests } from './requests';
import { onTransfer, sendParcel } from './wire';

interface Source {
  entry: unknown;
  handle: unknown;
}

/** What else leads from one entry to another. */
const RELATIVES = ['getParent', 'getFile', 'getDirectory'];

/** Drops that never come back to the page are forgotten after this many others. */
const KEPT_DROPS = 8;

export function hookDroppedEntries(wire: EventTarget, requests: Requests): void {
  const hookEntry = entryHooks(wire, requests);
  const drops = create(null) as Record<number, Record<number, Source>>;
  const sources = new NativeWeakMap<object, Source>();

  onTransfer(wire, DROP, (transfer, number) => {
    drops[number] = sourcesOf(transfer, hookEntry);
    delete drops[number - KEPT_DROPS];
  });
  onTransfer(wire, REPLAY, (transfer, number) => {
    const held = drops[number];
    const files = apply(transferFiles, transfer, []) as FileList;
    const count = apply(filesLength, files, []) as number;
    for (let index = 0; held && index < count; index += 1) {
      const source = held[index];
      if (source) apply(weakMapSet, sources, [files[index]!, source]);
    }
    delete drops[number];
  });

  const sourceOf = (item: unknown): Source | undefined => {
    const file = apply(getAsFile, item as DataTransferItem, []);
    return file ? (apply(weakMapGet, sources, [file]) as Source | undefined) : undefined;
  };
  replaceMethod(DataTransferItem.prototype, 'webkitGetAsEntry', (native, self, args) => {
    needRoom();
    return sequence(task(native, self, args), (own) => {
      hookEntry(own);
      return answer(own ?? sourceOf(self)?.entry ?? own);
    });
  });
  replaceMethod(DataTransferItem.prototype, 'getAsFileSystemHandle', (_native, self) => {
    const source = read(itemKind, self) === 'file' ? sourceOf(self) : undefined;
    return source?.handle ? answer(source.handle) : undefined;
  });
}

/** Chromium names the kinds of entries nowhere: their prototypes are found with the first of them, before the page has it. */
function entryHooks(wire: EventTarget, { ask }: Requests): (entry: unknown) => void {
  const seen = new NativeWeakSet<object>();

  const isNew = (object: unknown): object | null => {
    const prototype = object && (getPrototypeOf(object) as object);
    if (!prototype || apply(weakSetHas, seen, [prototype])) return null;
    apply(weakSetAdd, seen, [prototype]);
    return prototype;
  };
  /** Looks at what a method hands to its callback before the page gets it. */
  const watch = (owner: object, name: string, look: (result: unknown) => void): void =>
    replaceMethod(owner, name, (native, self, args) => {
      const isNamed = name === 'getFile' || name === 'getDirectory';
      const callback = args[isNamed ? 2 : 0];
      if (typeof callback !== 'function') return undefined;
      const looking = hooked(callback as Callable, (_self, given) => void look(given[0]));
      return task(native, self, isNamed ? [args[0], args[1], looking, args[3]] : [looking, args[1]]);
    });

  function hookEntry(entry: unknown): void {
    const prototype = isNew(entry);
    if (!prototype) return;
    if (getOwnPropertyDescriptor(prototype, 'file')) hookFile(prototype);
    replaceMethod(prototype, 'createReader', (native, self, args) => {
      needRoom();
      return sequence(task(native, self, args), (reader) => {
        hookReader(reader);
        return answer(reader);
      });
    });
    for (let index = 0; index < RELATIVES.length; index += 1) watch(prototype, RELATIVES[index]!, hookEntry);
  }

  function hookReader(reader: unknown): void {
    const prototype = isNew(reader);
    if (!prototype) return;
    watch(prototype, 'readEntries', (entries) => {
      for (let index = 0; index < (entries as unknown[]).length; index += 1) hookEntry((entries as unknown[])[index]);
    });
  }

  function hookFile(prototype: object): void {
    replaceMethod(prototype, 'file', (native, self, args) => {
      const onFile = args[0];
      if (typeof onFile !== 'function') return undefined;
      const fail = (error: unknown): void => {
        if (typeof args[1] === 'function') soon(task(args[1], undefined, [error]));
      };
      const hand = (files: Blob[]): void => soon(task(onFile, undefined, [files[0]]));
      const give = (file: File): void => {
        if (!ask((id) => sendParcel(wire, CLOAK, { note: id, files: [file] }), hand, fail)) hand([file]);
      };
      return task(native, self, [give, fail]);
    });
  }

  return hookEntry;
}

function sourcesOf(transfer: DataTransfer, hookEntry: (entry: unknown) => void): Record<number, Source> {
  const found = create(null) as Record<number, Source>;
  const items = apply(transferItems, transfer, []) as DataTransferItemList;
  const length = apply(itemsLength, items, []) as number;
  let count = 0;
  for (let index = 0; index < length; index += 1) {
    const item = items[index]!;
    if (apply(itemKind, item, []) !== 'file') continue;
    const entry = apply(webkitGetAsEntry, item, []);
    hookEntry(entry);
    found[count] = {
      entry,
      handle: getAsFileSystemHandle && apply(getAsFileSystemHandle, item, []),
    };
    count += 1;
  }
  return found;
}
