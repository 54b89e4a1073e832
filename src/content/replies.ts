/** Answers to what the page's world has asked. */
import { REPLY, type Reply } from '../bridge/names';
import { sendParcel } from '../bridge/wire';
import { forPage } from './forThePage';
import { pageWorld } from './page-world';

/** @param id the question's number */
export function reply(id: number, files: Blob[], types: string[][] = []): void {
  send({ id, error: null, types }, files);
}

export function replyError(id: number, error: unknown): void {
  const { name, message } = error instanceof DOMException ? error : refusal();
  send({ id, error: { name, message }, types: [] }, []);
}

/** What a page gets to read of a file that it shall not have. */
export function refusal(): DOMException {
  return new DOMException('The requested file could not be read.', 'NotReadableError');
}

function send(note: Reply, files: Blob[]): void {
  const world = pageWorld();
  if (world) sendParcel(world, REPLY, { note, files: files.map(forPage) });
}
