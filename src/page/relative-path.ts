/** `webkitRelativePath` of the files of a chosen folder, which no script can give a file that it makes. */
import { answer, sequence, task } from './calls';
import { replaceGetter } from './hook';
import { PATHS } from './names';
import { apply, NativeWeakMap, weakMapGet, weakMapSet } from './natives';
import { onParcel } from './wire';

export function hookRelativePath(wire: EventTarget): void {
  const paths = new NativeWeakMap<object, string>();
  onParcel(wire, PATHS, ({ note, files }) => {
    for (let index = 0; index < files.length; index += 1) apply(weakMapSet, paths, [files[index]!, (note as string[])[index]!]);
  });
  replaceGetter(File.prototype, 'webkitRelativePath', (native, self, args) =>
    sequence(task(native, self, args), (own) => answer(own || ((apply(weakMapGet, paths, [self as object]) as string | undefined) ?? own))),
  );
}
