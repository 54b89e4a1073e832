/** Changes a lossy WebP where its picture changes: its frame, and of the rest what the metadata policy says. */
import type { Change } from './change';
import { chunk, isPixelChunk, riff, webpChunks, withMetadataOf } from './webp';
import type { MetadataEditor } from '../metadata/metadata';
import { UnreadableVp8 } from './vp8/boolean';
import { editVp8 } from './vp8/edit';

/** @param changes in pixels as stored. Throws `UnreadableVp8` where the file is lossless, damaged or cut off. */
export function editWebp(bytes: Uint8Array, changes: readonly Change[], metadata: MetadataEditor): Uint8Array<ArrayBuffer> {
  return withMetadataOf(bytes, riff(editPixelChunks(webpChunks(bytes), changes)), metadata);
}

/**
 * The frame, changed, and its transparency as it is; anything that follows is no part of the picture. Throws `UnreadableVp8`.
 * @param chunks of a still, or of a frame of an animation
 * @param changes in pixels of the frame; what reaches beyond it is left out
 */
export function editPixelChunks(chunks: ReturnType<typeof webpChunks>, changes: readonly Change[]): Uint8Array[] {
  const result: Uint8Array[] = [];
  for (const piece of chunks) {
    if (piece.type === 'VP8 ') return [...result, chunk(piece.type, editVp8(piece.content, changes))];
    if (isPixelChunk(piece)) result.push(chunk(piece.type, piece.content));
  }
  throw new UnreadableVp8('no lossy frame');
}
