/** `navigator.clipboard.read()` and `readText()`: what the page takes from the clipboard without a paste. */
import { READ_CLIPBOARD, READ_CLIPBOARD_TEXT } from '../../bridge/names';
import { onParcel } from '../../bridge/wire';
import { isDrawing } from '../carriers/carriers';
import { bytesOf } from '../ownership';
import { reply, replyError } from '../replies';
import { isOff } from '../protection';
import { cloakForReading, cloakTextForReading } from '../reading';

/** Newer than the browser's types. */
type ReadOptions = { unsanitized: string[] };
const read = (options: ReadOptions | undefined): Promise<ClipboardItem[]> => (navigator.clipboard.read as (options?: ReadOptions) => Promise<ClipboardItem[]>).call(navigator.clipboard, options);

export function watchClipboardReads(wire: EventTarget): void {
  onParcel(wire, READ_CLIPBOARD, ({ note }) => {
    if (isOff()) return false;
    const [id, unsanitized] = note as [number, string | null];
    read(unsanitized === null ? undefined : { unsanitized: [unsanitized] })
      .then(async (items) => {
        const types = items.map((item) => [...item.types]);
        const blobs = await Promise.all(items.flatMap((item) => item.types.map((type) => blobOf(item, type))));
        reply(id, blobs, types);
      })
      .catch((error: unknown) => replyError(id, error));
    return true;
  });
  onParcel(wire, READ_CLIPBOARD_TEXT, ({ note }) => {
    if (isOff()) return false;
    const id = note as number;
    navigator.clipboard
      .readText()
      .then((text) => cloakTextForReading('text/plain', text))
      .then(
        (text) => reply(id, [], [[text]]),
        (error: unknown) => replyError(id, error),
      );
    return true;
  });
}

/** Whatever type it goes by, such as `web image/jpeg` or `web text/html`. */
async function blobOf(item: ClipboardItem, type: string): Promise<Blob> {
  const blob = await item.getType(type);
  const text = await textOf(blob);
  const cloaked = text === null ? null : await cloakTextForReading(type, text);
  if (cloaked !== text) return new Blob([cloaked!], { type: blob.type });
  return text === null || !isDrawing(text) ? cloakForReading(new File([blob], 'clipboard', { type: blob.type })) : blob;
}

/** Null for what is no text in UTF-8, as pictures are not, drawings excepted. */
async function textOf(blob: Blob): Promise<string | null> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await bytesOf(blob));
  } catch {
    return null;
  }
}
