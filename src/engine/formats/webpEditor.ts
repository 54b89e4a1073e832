/** Changes a lossy WebP where its picture changes: its frame, and of the rest what the metadata policy says. */
import type { Change } from './change';
import { chunk, pictureChunks, riff, webpChunks, withMetadataOf } from './webp';
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
  const pieces = pictureChunks(chunks);
  if (pieces.at(-1)?.type !== 'VP8 ') throw new UnreadableVp8('no lossy frame');
  return pieces.map(({ type, content }) => chunk(type, type === 'VP8 ' ? editVp8(content, changes) : content));
}
