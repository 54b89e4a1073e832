/** The last line: a request whose body holds a file that was held back waits here, and takes the cloaked one. */
import { SEND, SEND_NOW } from '../../bridge/names';
import { onParcel } from '../../bridge/wire';
import { isOriginal, knowsAny, mayBeOriginal, outcomeFor } from '../known';
import { reply, replyError } from '../replies';
import { isOff } from '../protection';

export function watchRequests(wire: EventTarget): void {
  onParcel(wire, SEND, ({ note, files }) => {
    if (isOff()) return false;
    if (files.length === 0) return knowsAny();
    if (!files.some(mayBeOriginal)) return false;
    const id = note as number;
    Promise.all(files.map(swap)).then(
      (swapped) => reply(id, swapped),
      (error: unknown) => replyError(id, error),
    );
    return true;
  });
  onParcel(wire, SEND_NOW, ({ files }) => !isOff() && files.some(isOriginal));
}

async function swap(file: File): Promise<File> {
  const outcome = await outcomeFor(file);
  if (outcome?.file === null) throw new Error('The user chose that the page shall get nothing.');
  return outcome?.file ?? file;
}
