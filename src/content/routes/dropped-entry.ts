/** A file that the page reads from an entry: of a folder that was dropped, or of a dropped file itself. */
import { CLOAK } from '../../bridge/names';
import { onParcel } from '../../bridge/wire';
import { reply, replyError } from '../replies';
import { isOff } from '../protection';
import { cloakForReading } from '../reading';

export function watchDroppedEntries(wire: EventTarget): void {
  onParcel(wire, CLOAK, ({ note, files: [file] }) => {
    if (!file || isOff()) return false;
    const id = note as number;
    cloakForReading(file).then(
      (cloaked) => reply(id, [cloaked]),
      (error: unknown) => replyError(id, error),
    );
    return true;
  });
}
