/** `webkitRelativePath` of the files of a chosen folder, which no script can give a file that it makes. */
import { replaceGetter } from './hook';
import { PATHS } from './names';
import { apply, NativeWeakMap, weakMapGet, weakMapSet } from './natives';
import { onParcel } from './wire';

export function hookRelativePath(wire: EventTarget): void {
  const paths = new NativeWeakMap<object, string>();
  onParcel(wire, PATHS, ({ note, files }) => {
    for (let index = 0; index < files.length; index += 1) apply(weakMapSet, paths, [files[index]!, (note as string[])[index]!]);
  });
  replaceGetter(File.prototype, 'webkitRelativePath', (native, self, args) => {
    const own = apply(native, self, args);
    return own || ((apply(weakMapGet, paths, [self as object]) as string | undefined) ?? own);
  });
}
