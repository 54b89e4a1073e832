/** `navigator.clipboard.read()`: what the page takes from the clipboard without a paste. */
import { READ_CLIPBOARD } from '../../page/names';
import { onParcel } from '../../page/wire';
import { reply, replyError } from '../page-world';
import { isOff } from '../protection';
import { cloakForReading } from '../reading';

export function watchClipboardReads(wire: EventTarget): void {
  onParcel(wire, READ_CLIPBOARD, ({ note }) => {
    if (isOff()) return false;
    const id = note as number;
    navigator.clipboard
      .read()
      .then(async (items) => {
        const types = items.map((item) => [...item.types]);
        const blobs = await Promise.all(items.flatMap((item) => item.types.map((type) => blobOf(item, type))));
        reply(id, blobs, types);
      })
      .catch((error: unknown) => replyError(id, error));
    return true;
  });
}

async function blobOf(item: ClipboardItem, type: string): Promise<Blob> {
  const blob = await item.getType(type);
  return type.startsWith('text/') ? blob : cloakForReading(new File([blob], 'clipboard', { type: blob.type })); // such as `web image/jpeg`
}
