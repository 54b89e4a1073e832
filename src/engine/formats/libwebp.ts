/** Lossless WebP by libwebp, in a thread of its own: the browser's own way to pixels and back rounds what is half transparent and forgets what is hidden. */
import type { Change } from './change';
import { chunk, riff, webpChunks } from './webp';
import { askThread, type Watch } from './thread';

export interface LosslessRequest {
  /** A WebP of one lossless frame. */
  webp: Uint8Array<ArrayBuffer>;
  /** In pixels of the frame. */
  changes: readonly Change[];
}

/**
 * Every pixel outside of the changes keeps its value, transparency included and what it hides.
 * @param frame content of a `VP8L`
 * @returns the same of the changed picture
 * Throws an `Error` where the frame is damaged or cut off, or too large for the encoder; the signal's reason.
 */
export async function editLossless(frame: Uint8Array, changes: readonly Change[], watch: Partial<Watch>): Promise<Uint8Array> {
  const worker = new Worker(new URL('./libwebpWorker.ts', import.meta.url), { type: 'module' });
  const request: LosslessRequest = { webp: riff([chunk('VP8L', frame)]), changes };
  const made = await askThread(worker, request, [request.webp.buffer], watch);
  for (const { type, content } of webpChunks(made)) if (type === 'VP8L') return content;
  throw new Error('no lossless frame');
}

/** A frame's header tells by one bit whether its pixels may be transparent; where it is not set, readers take them for opaque. */
export function isOpaque(webp: Uint8Array): boolean {
  for (const { type, content } of webpChunks(webp)) if (type === 'VP8L') return !(content[4]! & 0x10);
  return true;
}
