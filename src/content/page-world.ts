/** The extension's end of the line to the page's own world (src/page/wire.ts). */
import { REPLY, type Reply } from '../page/names';
import { meetOtherWorld, sendParcel } from '../page/wire';

let wire: EventTarget | null = null;

/** Calls back when the page's world is there: at once, or before the page's first script. */
export function meetPageWorld(onMeet: (wire: EventTarget) => void): void {
  meetOtherWorld((met) => {
    wire = met;
    onMeet(met);
  });
}

/** Null where the page's world has no script of ours. */
export function pageWorld(): EventTarget | null {
  return wire;
}

/** Answers what the page's world has asked under this number. */
export function reply(id: number, files: Blob[], types: string[][] = []): void {
  if (wire) sendParcel(wire, REPLY, { note: { id, error: null, types } satisfies Reply, files });
}

export function replyError(id: number, error: unknown): void {
  const { name, message } = error instanceof DOMException ? error : refusal();
  if (wire) sendParcel(wire, REPLY, { note: { id, error: { name, message }, types: [] } satisfies Reply, files: [] });
}

/** What a page gets to read of a file that it shall not have. */
export function refusal(): DOMException {
  return new DOMException('The requested file could not be read.', 'NotReadableError');
}
