/**
 * A drop made by script has neither entries nor handles. The page gets those of the drop that was held, and what it reads
 * from an entry is cloaked then (handles: file-handle.ts).
 */
import { answer, hooked, sequence, soon, task, type Callable } from './calls';
import { replaceGetter, replaceMethod } from './hook';
import { watchHeldDrops } from './held-drops';
import { CLOAK } from '../bridge/names';
import {
  apply,
  bare,
  blobSize,
  create,
  defineProperty,
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
  put,
  read,
  transferFiles,
  transferItems,
  weakMapGet,
  weakMapSet,
  weakSetAdd,
  weakSetHas,
  webkitGetAsEntry,
} from '../bridge/natives';
import type { Realm } from './realm';
import type { Requests } from './requests';
import { sendParcel } from '../bridge/wire';

interface Source {
  entry: unknown;
  handle: unknown;
}

/** What else leads from one entry to another. */
const RELATIVES = [
  ['getFile', 2],
  ['getDirectory', 2],
] as const;

export function hookDroppedEntries(wire: EventTarget, requests: Requests): (realm: Realm) => void {
  const hookEntry = entryHooks(wire, requests);
  const sources = new NativeWeakMap<object, Source>();

  const comeBack = (transfer: DataTransfer, held: Record<number, Source>): void => {
    const files = apply(transferFiles, transfer, []) as FileList;
    const count = apply(filesLength, files, []) as number;
    for (let index = 0; index < count; index += 1) {
      const source = held[index];
      if (source) apply(weakMapSet, sources, [files[index]!, source]);
    }
  };
  watchHeldDrops(wire, (transfer) => sourcesOf(transfer, hookEntry), comeBack);

  const sourceOf = (item: unknown): Source | undefined => {
    const file = apply(getAsFile, item as DataTransferItem, []);
    return file ? (apply(weakMapGet, sources, [file]) as Source | undefined) : undefined;
  };
  return (realm) => {
    watchFileSystems(realm, hookEntry);
    replaceMethod(realm.DataTransferItem.prototype, 'webkitGetAsEntry', (native, self, args) => {
      needRoom();
      return sequence(task(native, self, args), (own) => {
        hookEntry(own);
        return answer(own ?? sourceOf(self)?.entry ?? own);
      });
    });
    replaceMethod(realm.DataTransferItem.prototype, 'getAsFileSystemHandle', (_native, self) => {
      const source = read(itemKind, self) === 'file' ? sourceOf(self) : undefined;
      return source?.handle ? answer(source.handle) : undefined;
    });
  };
}

/** Looks at what a method hands to its callback, the argument with that number, before the page gets it. */
function watch(owner: object, name: string, look: (result: unknown) => void, at = 0): void {
  replaceMethod(owner, name, (native, self, args) => {
    const callback = args[at];
    if (typeof callback !== 'function') return undefined;
    const looking = hooked(callback as Callable, (_self, given) => void look(given[0]));
    return task(native, self, withArgument(args, at, looking));
  });
}

/** A page may have entries of a file system of its own, and so the natives of all. */
function watchFileSystems(realm: Realm, hookEntry: (entry: unknown) => void): void {
  const look = (fileSystem: unknown): void => {
    const root = getOwnPropertyDescriptor(getPrototypeOf(fileSystem) as object, 'root');
    if (root?.get) hookEntry(apply(root.get, fileSystem as object, []));
  };
  watch(realm, 'webkitRequestFileSystem', look, 2);
  watch(realm, 'webkitResolveLocalFileSystemURL', hookEntry, 1);
  replaceGetter(realm.HTMLInputElement.prototype, 'webkitEntries', (native, self, args) =>
    sequence(task(native, self, args), (entries) => {
      for (let index = 0; index < (entries as unknown[]).length; index += 1) hookEntry((entries as unknown[])[index]);
      return answer(entries);
    }),
  );
}

/** Chromium names the kinds of entries nowhere: their prototypes are found with the first of them, before the page has it. */
function entryHooks(wire: EventTarget, { ask }: Requests): (entry: unknown) => void {
  const seen = new NativeWeakSet<object>();
  let readFile: Callable | undefined;

  const isNew = (prototype: object): boolean => {
    if (apply(weakSetHas, seen, [prototype])) return false;
    apply(weakSetAdd, seen, [prototype]);
    return true;
  };

  function hookEntry(entry: unknown): void {
    const prototype = prototypeOf(entry);
    if (!prototype || !isNew(prototype)) return;
    const base = prototypeOf(prototype);
    if (base && isNew(base)) hookBase(base);
    if (getOwnPropertyDescriptor(prototype, 'file')) hookFile(prototype);
    replaceMethod(prototype, 'createReader', (native, self, args) => {
      needRoom();
      return sequence(task(native, self, args), (reader) => {
        hookReader(reader);
        return answer(reader);
      });
    });
    for (let index = 0; index < RELATIVES.length; index += 1) watch(prototype, RELATIVES[index]![0], hookEntry, RELATIVES[index]![1]);
  }

  /** What entries of files and of folders have in common. */
  function hookBase(base: object): void {
    watch(base, 'getParent', hookEntry);
    const isFile = getOwnPropertyDescriptor(base, 'isFile')?.get;
    // the size is that of the cloaked file; no script can make such an answer, so it is one like it
    replaceMethod(base, 'getMetadata', (native, self, args) => {
      const onMetadata = args[0];
      if (typeof onMetadata !== 'function' || !isFile || !readFile || !read(isFile, self)) return undefined;
      const fail = failing(args[1]);
      const tell = (files: Blob[]): void => {
        const telling = (metadata: object): void => soon(task(onMetadata, undefined, [withSize(metadata, read(blobSize, files[0]) as number)]));
        soon(task(native, self, [telling, fail]));
      };
      const look = (file: File): void => {
        if (!ask((id) => sendParcel(wire, CLOAK, { note: id, files: [file] }), tell, fail)) soon(task(native, self, args));
      };
      return task(readFile, self, [look, fail]);
    });
  }

  function hookReader(reader: unknown): void {
    const prototype = prototypeOf(reader);
    if (!prototype || !isNew(prototype)) return;
    watch(prototype, 'readEntries', (entries) => {
      for (let index = 0; index < (entries as unknown[]).length; index += 1) hookEntry((entries as unknown[])[index]);
    });
  }

  function hookFile(prototype: object): void {
    readFile = getOwnPropertyDescriptor(prototype, 'file')!.value as Callable;
    replaceMethod(prototype, 'file', (native, self, args) => {
      const onFile = args[0];
      if (typeof onFile !== 'function') return undefined;
      const fail = failing(args[1]);
      const hand = (files: Blob[]): void => soon(task(onFile, undefined, [files[0]]));
      const give = (file: File): void => {
        if (!ask((id) => sendParcel(wire, CLOAK, { note: id, files: [file] }), hand, fail)) hand([file]);
      };
      return task(native, self, [give, fail]);
    });
  }

  return hookEntry;
}

function prototypeOf(object: unknown): object | null {
  return object ? (getPrototypeOf(object) as object | null) : null;
}

function failing(onError: unknown): (error: unknown) => void {
  return (error) => {
    if (typeof onError === 'function') soon(task(onError, undefined, [error]));
  };
}

function withSize(metadata: object, size: number): object {
  const prototype = getPrototypeOf(metadata) as object;
  const modified = getOwnPropertyDescriptor(prototype, 'modificationTime')!.get as () => unknown;
  const told = create(prototype) as object;
  defineProperty(told, 'size', bare({ value: size }));
  defineProperty(told, 'modificationTime', bare({ value: apply(modified, metadata, []) }));
  return told;
}

function withArgument(args: unknown[], at: number, value: unknown): unknown[] {
  const changed: unknown[] = [];
  for (let index = 0; index < args.length; index += 1) {
    put(changed, index, index === at ? value : args[index]);
  }
  return changed;
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
