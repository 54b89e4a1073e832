/**
 * `getFile()` of a handle from a file picker, from a drop or from storage. The extension's world reads the file: read here,
 * the page could take it from the promise before anybody else.
 */
import { answer, settle } from './calls';
import { replaceMethod } from './hook';
import { READ_HANDLE } from '../bridge/names';
import { handleKind, openPromise, read } from '../bridge/natives';
import type { Realm } from './realm';
import type { Requests } from './requests';
import { sendClone } from '../bridge/wire';

export function hookFileHandles(realm: Realm, wire: EventTarget, { ask }: Requests): void {
  replaceMethod(realm.FileSystemFileHandle?.prototype, 'getFile', (_native, self) => {
    if (read(handleKind!, self) !== 'file') return undefined; // the native says so
    const { promise, resolve, reject } = openPromise<Blob>();
    const isTaken = ask((id) => sendClone(wire, READ_HANDLE, [id, self]), (files) => settle(resolve, files[0]!), reject);
    return isTaken ? answer(promise) : undefined;
  });
}
