/**
 * `getFile()` of a handle from a file picker, from a drop or from storage. The extension's world reads the file: read here,
 * the page could take it from the promise before anybody else.
 */
import { replaceMethod } from './hook';
import { READ_HANDLE } from './names';
import { NativePromise } from './natives';
import type { Requests } from './requests';
import { sendClone } from './wire';

export function hookFileHandles(wire: EventTarget, { ask }: Requests): void {
  replaceMethod(globalThis.FileSystemFileHandle?.prototype, 'getFile', (native, self, args) => {
    let taken = false;
    const promise = new NativePromise((resolve, reject) => {
      taken = askFor(self, (file) => resolve(file), reject);
    });
    return taken ? promise : Reflect.apply(native, self, args);
  });

  function askFor(handle: unknown, onFile: (file: File) => void, onError: (error: unknown) => void): boolean {
    try {
      return ask((id) => sendClone(wire, READ_HANDLE, [id, handle]), (files) => onFile(files[0]!), onError);
    } catch {
      return false; // no handle: the native says so
    }
  }
}
