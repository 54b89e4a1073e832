/** Lossless WebP by libwebp, in a thread of its own: the browser's own way to pixels and back rounds what is half transparent and forgets what is hidden. */
import type { Change } from '../change';
import { chunk, riff, webpChunks } from './chunks';
import { askThread, type Watch } from '../thread';

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
  for (const { type, content } of webpChunks(made)) if (type === 'VP8L') return withHint(content, frame);
  throw new Error('no lossless frame');
}

/** Bit of the fifth byte, by which some readers go alone: pixels may be transparent. */
const TRANSPARENT = 0x10;

function withHint(frame: Uint8Array, source: Uint8Array): Uint8Array {
  const result = frame.slice();
  result[4] = (result[4]! & ~TRANSPARENT) | (source[4]! & TRANSPARENT);
  return result;
}
