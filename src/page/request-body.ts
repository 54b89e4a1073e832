/**
 * The last line: the body of a request may hold a file that was held back elsewhere. The request waits, and takes the
 * cloaked file instead. Nothing is touched where the sizes alone say that it holds none.
 */
import { SEND } from './names';
import { apply, bare, blobSize, defineProperty, fileName, formDataAppend, formDataForEach, isOverflow, NativeFormData, overflow, read } from './natives';
import type { Requests } from './requests';
import { sendParcel } from './wire';

interface Entry {
  name: string;
  value: unknown;
}

export interface BodyGuard {
  /** False where the body may be sent as it is, at once. Otherwise what can be sent comes, or why nothing may be. */
  check(body: unknown, onBody: (body: unknown) => void, onError: (error: unknown) => void): boolean;
  /** Whether any file is known, so that a look into a body is worth it. */
  knowsAny(): boolean;
}

export function openBodyGuard(wire: EventTarget, { ask }: Requests): BodyGuard {
  const check: BodyGuard['check'] = (body, onBody, onError) => {
    const entries = entriesOf(body);
    const files: Blob[] = [];
    for (let index = 0; index < entries.length; index += 1) {
      const { value } = entries[index]!;
      if (read(blobSize, value) !== undefined) push(files, value as Blob);
    }
    if (files.length === 0) return false;
    return ask(
      (id) => sendParcel(wire, SEND, { note: id, files }),
      (replies) => onBody(rebuilt(body, entries, replies)),
      onError,
    );
  };
  return { check, knowsAny: () => sendParcel(wire, SEND, { note: 0, files: [] }) };
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

function rebuilt(body: unknown, entries: Entry[], files: File[]): unknown {
  const isBlob = read(blobSize, body) !== undefined;
  if (isBlob) return files[0];
  const form = new NativeFormData();
  let at = 0;
  for (let index = 0; index < entries.length; index += 1) {
    const { name, value } = entries[index]!;
    if (read(blobSize, value) === undefined) apply(formDataAppend, form, [name, value as string]);
    else {
      apply(formDataAppend, form, [name, files[at]!, read(fileName, value) as string]);
      at += 1;
    }
  }
  return form;
}

/** `push` and index assignment would call what the page has put on `Array.prototype`. */
function push<T>(list: T[], value: T): void {
  defineProperty(list, list.length, bare({ value, writable: true, enumerable: true, configurable: true }));
}
