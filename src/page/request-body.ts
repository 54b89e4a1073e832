/**
 * The last line: the body of a request may hold a file that was held back elsewhere. The request waits, and takes the
 * cloaked file instead. Nothing is touched where the sizes alone say that it holds none.
 */
import { SEND, SEND_NOW } from '../bridge/names';
import { apply, blobSize, fileName, formDataAppend, formDataForEach, isOverflow, NativeFormData, overflow, put, read } from '../bridge/natives';
import type { FolderPaths } from './relative-path';
import type { Requests } from './requests';
import { sendParcel } from '../bridge/wire';

interface Entry {
  name: string;
  value: unknown;
  path?: string | undefined;
}

export interface BodyGuard {
  /** False where the body may be sent as it is, at once. Otherwise what can be sent comes, or why nothing may be. */
  check(body: unknown, onBody: (body: unknown) => void, onError: (error: unknown) => void): boolean;
  /** Whether the body holds an original, by its bytes, where nothing can be waited for. */
  isBarred(body: unknown): boolean;
  /** Whether any file is known, so that a look into a body is worth it. */
  knowsAny(): boolean;
  /** The body with each file of a chosen folder named by where it was there, as the browser does; the body itself where there is none. */
  named(body: unknown): unknown;
}

export function openBodyGuard(wire: EventTarget, { ask }: Requests, paths: FolderPaths): BodyGuard {
  const check: BodyGuard['check'] = (body, onBody, onError) => {
    const entries = entriesOf(body);
    const files = filesOf(entries);
    if (files.length === 0) return false;
    return ask(
      (id) => sendParcel(wire, SEND, { note: id, files }),
      (replies) => onBody(rebuilt(body, entries, replies)),
      onError,
    );
  };
  const named = (body: unknown): unknown => {
    if (!paths.areAny()) return body;
    const entries = entriesOf(body);
    const files: Blob[] = [];
    let isInFolder = false;
    for (let index = 0; index < entries.length; index += 1) {
      const entry = entries[index]!;
      if (read(blobSize, entry.value) === undefined) continue;
      push(files, entry.value as Blob);
      // what the page has named itself is another file
      entry.path = paths.of(entry.value);
      isInFolder ||= entry.path !== undefined;
    }
    return isInFolder && read(blobSize, body) === undefined ? rebuilt(body, entries, files) : body;
  };
  const isBarred = (body: unknown): boolean => {
    const files = filesOf(entriesOf(body));
    return files.length > 0 && sendParcel(wire, SEND_NOW, { note: 0, files });
  };
  return { check, isBarred, knowsAny: () => sendParcel(wire, SEND, { note: 0, files: [] }), named };
}

/** Taken now: the page may change the form while it waits. */
function entriesOf(body: unknown): Entry[] {
  const entries: Entry[] = [];
  if (read(blobSize, body) !== undefined) push(entries, { name: '', value: body });
  else {
    try {
      apply(formDataForEach, body as FormData, [(value: unknown, name: string) => push(entries, { name, value })]);
    } catch (error) {
      if (isOverflow(error)) throw overflow;
      // neither a file nor a form
    }
  }
  return entries;
}

function filesOf(entries: Entry[]): Blob[] {
  const files: Blob[] = [];
  for (let index = 0; index < entries.length; index += 1) {
    const { value } = entries[index]!;
    if (read(blobSize, value) !== undefined) push(files, value as Blob);
  }
  return files;
}

function rebuilt(body: unknown, entries: Entry[], files: Blob[]): unknown {
  const isBlob = read(blobSize, body) !== undefined;
  if (isBlob) return files[0];
  const form = new NativeFormData();
  let at = 0;
  for (let index = 0; index < entries.length; index += 1) {
    const { name, value, path } = entries[index]!;
    if (read(blobSize, value) === undefined) apply(formDataAppend, form, [name, value as string]);
    else {
      apply(formDataAppend, form, [name, files[at]!, path ?? (read(fileName, value) as string)]);
      at += 1;
    }
  }
  return form;
}

/** `push` and index assignment would call what the page has put on `Array.prototype`. */
function push<T>(list: T[], value: T): void {
  put(list, list.length, value);
}
