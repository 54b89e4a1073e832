/** Changes a WebP where its picture changes: its frame, lossy or lossless, and of the rest what the metadata policy says. */
import type { Change } from '../change';
import { editLossless } from './libwebp';
import type { Watch } from '../thread';
import { chunk, pictureChunks, riff, webpChunks, withMetadataOf } from './chunks';
import type { MetadataEditor } from '../../metadata/metadata';
import { editVp8 } from './vp8/edit';
import { Unreadable } from '../unreadable';

/** @param changes in pixels as stored. Throws `Unreadable` where the file is damaged or cut off; the signal's reason. */
export async function editWebp(bytes: Uint8Array, changes: readonly Change[], metadata: MetadataEditor, watch: Partial<Watch> = {}): Promise<Uint8Array<ArrayBuffer>> {
  return withMetadataOf(bytes, riff(await editPixelChunks(webpChunks(bytes), changes, watch)), metadata);
}

/**
 * The frame, changed, and its transparency as it is; anything that follows is no part of the picture. Throws `Unreadable`; the signal's reason.
 * @param chunks of a still, or of a frame of an animation
 * @param changes in pixels of the frame; what reaches beyond it is left out
 */
export async function editPixelChunks(chunks: ReturnType<typeof webpChunks>, changes: readonly Change[], watch: Partial<Watch> = {}): Promise<Uint8Array[]> {
  const pieces = pictureChunks(chunks);
  const [picture, ...before] = pieces.reverse();
  if (picture?.type === 'VP8 ') return [...before.map(({ type, content }) => chunk(type, content)), chunk(picture.type, editVp8(picture.content, changes))];
  if (picture?.type === 'VP8L') return [chunk(picture.type, await editedLossless(picture.content, changes, watch))];
  throw new Unreadable('no frame');
}

async function editedLossless(frame: Uint8Array, changes: readonly Change[], watch: Partial<Watch>): Promise<Uint8Array> {
  try {
    return await editLossless(frame, changes, watch);
  } catch (cause) {
    watch.signal?.throwIfAborted();
    throw new Unreadable('lossless frame', { cause });
  }
}
