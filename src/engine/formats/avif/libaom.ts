/** AV1 pictures by libaom, in a thread of its own that goes when the picture is done: nothing else gives back the memory it took. */
import type { Planes } from './planes';
import { askThread, type Watch } from '../thread';
import { Unreadable } from '../unreadable';

export interface AomRequest {
  /** RGBA, opaque, of as many bits; handed over. */
  pixels: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
  /** 8, 10 or 12. */
  bits: number;
  width: number;
  height: number;
  format: Planes['format'];
  /** Bytes that the coded picture may take; null: without loss, as RGB, however many. */
  most: number | null;
}

/** Throws `Unreadable` where the encoder fails, as it does when memory runs out; the signal's reason. */
export async function encodeByAom(request: AomRequest, watch: Watch): Promise<Uint8Array<ArrayBuffer>> {
  const worker = new Worker(new URL('./libaomWorker.ts', import.meta.url), { type: 'module' });
  return askThread(worker, request, [request.pixels.buffer], watch).catch((cause: unknown) => {
    watch.signal.throwIfAborted();
    throw new Unreadable('the encoder failed', { cause });
  });
}
