/** Changes an animated WebP frame by frame: those that do not change stay as they are, byte for byte. */
import { concatenate, view } from '../bytes';
import type { Change } from '../change';
import { behindEnd, chunk, keptChunk, little, pictureChunks, riff, type Chunk, webpChunks, webpQuality } from './chunks';
import type { MetadataEditor } from '../../metadata/metadata';
import { addToPixels } from '../../pixels';
import { editPixelChunks } from './edit';
import { encodeWebp } from './encode';
import { isUnreadable, Unreadable } from '../unreadable';

/** Position, size, duration and flags, in front of a frame's own chunks. */
const FRAME_HEADER = 16;

export class WebpAnimationEditor {
  private readonly chunks: Chunk[];
  /** Numbers of the chunks that are frames. */
  private readonly frames: number[];

  constructor(private readonly bytes: Uint8Array) {
    this.chunks = [...webpChunks(bytes)];
    this.frames = this.chunks.flatMap(({ type }, number) => (type === 'ANMF' ? [number] : []));
  }

  /** Of its frames. */
  get count(): number {
    return this.frames.length;
  }

  /** @param changes in pixels of the whole picture; they count where this frame is what is seen of them */
  async change(number: number, changes: readonly Change[]): Promise<void> {
    const frame = this.chunks[this.frames[number]!];
    if (!frame) throw new Unreadable('frame missing');
    const fields = view(frame.content);
    const [x, y] = [2 * (fields.getUint32(0, true) & 0xffffff), 2 * (fields.getUint32(3, true) & 0xffffff)];
    const [width, height] = [1 + (fields.getUint32(6, true) & 0xffffff), 1 + (fields.getUint32(9, true) & 0xffffff)];
    const inside = changes.filter((change) => change.x < x + width && change.y < y + height && change.x + change.width > x && change.y + change.height > y);
    if (!inside.length) return;
    const moved = inside.map((change) => ({ ...change, x: change.x - x, y: change.y - y }));
    const pixels = await changedPixels(frame.content, moved, width, height);
    this.chunks[this.frames[number]!] = { type: 'ANMF', content: concatenate([frame.content.subarray(0, FRAME_HEADER), ...pixels]) };
  }

  finish(metadata: MetadataEditor): BlobPart[] {
    metadata.behind(behindEnd(this.bytes));
    const written = new Set<string>();
    const kept = this.chunks.flatMap(({ type, content }) => {
      if (type !== 'ANMF' && written.has(type)) return [];
      written.add(type);
      const is = keptPart(type, content, metadata);
      return is ? [{ type, content: is }] : [];
    });
    const types = kept.map(({ type }) => type);
    return [riff(kept.map(({ type, content }) => chunk(type, type === 'VP8X' ? withFlags(content, types) : content)))];
  }
}

/** Bytes of what a whole animation has one of each: size and flags; background and repetitions. */
const HEADER_BYTES: Partial<Record<string, number>> = { VP8X: 10, ANIM: 6 };

function keptPart(type: string, content: Uint8Array, metadata: MetadataEditor): Uint8Array | null {
  if (type in HEADER_BYTES) return content.subarray(0, HEADER_BYTES[type]);
  if (type !== 'ANMF') return keptChunk(type, content, metadata);
  const picture = pictureChunks(frameChunks(content)).map((piece) => chunk(piece.type, piece.content));
  return concatenate([content.subarray(0, FRAME_HEADER), ...picture]);
}

/** Its own chunks, edited; written anew where the frame is cut off. */
async function changedPixels(frame: Uint8Array, changes: readonly Change[], width: number, height: number): Promise<Uint8Array[]> {
  try {
    return await editPixelChunks(frameChunks(frame), changes);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
  }
  const context = await decodeFrame(frame, width, height);
  for (const change of changes) addToPixels(context, change);
  const still = await encodeWebp(context.canvas, qualityOf(frame), frame.length);
  return pictureChunks(webpChunks(still)).map(({ type, content }) => chunk(type, content));
}

function frameChunks(frame: Uint8Array): Generator<Chunk> {
  return webpChunks(frame, FRAME_HEADER);
}

function qualityOf(frame: Uint8Array): number | null {
  for (const { type, content } of frameChunks(frame)) if (type === 'VP8 ') return webpQuality(content);
  return null;
}

/** The frame by itself, without what earlier ones left. */
async function decodeFrame(frame: Uint8Array, width: number, height: number): Promise<OffscreenCanvasRenderingContext2D> {
  const pieces = pictureChunks(frameChunks(frame));
  const extended = new Uint8Array(10);
  extended[0] = 0x10; // alpha
  extended.set([...little(width - 1, 3), ...little(height - 1, 3)], 4);
  const still = riff([chunk('VP8X', extended), ...pieces.map(({ type, content }) => chunk(type, content))]);
  const bitmap = await createImageBitmap(new Blob([still], { type: 'image/webp' }), { colorSpaceConversion: 'none' });
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context;
}

const METADATA_FLAGS: [string, number][] = [['ICCP', 0x20], ['EXIF', 0x08], ['XMP ', 0x04]];

function withFlags(header: Uint8Array, types: readonly string[]): Uint8Array {
  const result = header.slice();
  for (const [type, flag] of METADATA_FLAGS) result[0] = types.includes(type) ? result[0]! | flag : result[0]! & ~flag;
  return result;
}
