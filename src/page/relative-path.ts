/** `webkitRelativePath` of the files of a chosen folder, which no script can give a file that it makes. */
import { answer, sequence, task } from './calls';
import { replaceGetter } from './hook';
import { PATHS } from '../bridge/names';
import { apply, NativeWeakMap, weakMapGet, weakMapSet } from '../bridge/natives';
import { onParcel } from '../bridge/wire';

export interface FolderPaths {
  areAny(): boolean;
  /** Which a multipart body names it by; undefined where it was in no folder, or is the browser's own. */
  of(file: unknown): string | undefined;
}

export function hookRelativePath(wire: EventTarget): FolderPaths {
  let areAny = false;
  const paths = new NativeWeakMap<object, string>();
  onParcel(wire, PATHS, ({ note, files }) => {
    areAny = true;
    for (let index = 0; index < files.length; index += 1) apply(weakMapSet, paths, [files[index]!, (note as string[])[index]!]);
  });
  replaceGetter(File.prototype, 'webkitRelativePath', (native, self, args) =>
    sequence(task(native, self, args), (own) => answer(own || ((apply(weakMapGet, paths, [self as object]) as string | undefined) ?? own))),
  );
  return { areAny: () => areAny, of: (file) => (apply(weakMapGet, paths, [file as object]) as string | undefined) || undefined };
}
