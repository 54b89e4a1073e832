/** A file that the page reads from a handle: of `showOpenFilePicker()`, of a drop, or kept from an earlier visit. */
import { READ_HANDLE } from '../../bridge/names';
import { onClone } from '../../bridge/wire';
import { reply, replyError } from '../replies';
import { isOff } from '../protection';
import { cloakForReading } from '../reading';

export function watchFileHandles(wire: EventTarget): void {
  onClone(wire, READ_HANDLE, (question) => {
    if (!Array.isArray(question) || isOff()) return false;
    const [id, handle] = question as [number, unknown];
    if (!(handle instanceof FileSystemFileHandle)) return false;
    handle
      .getFile()
      .then(cloakForReading)
      .then(
        (cloaked) => reply(id, [cloaked]),
        (error: unknown) => replyError(id, error),
      );
    return true;
  });
}
