/** A WebP as the sequence of its chunks: what it says beside the picture; and its header: size, whether it moves or is lossless, colour profile, and the quality its quantisers tell. */
import { concatenate, latin1Bytes, latin1Text, startsWith, view } from '../bytes';
import type { ImageHeader } from '../format';
import type { MetadataEditor } from '../../metadata/metadata';
import { isUnreadable } from '../unreadable';
import { type FrameHeader, readFrameHeader } from './vp8/header';

export interface Chunk {
  type: string;
  content: Uint8Array;
}

/** @param from where the first begins; in an animation's frame that is after its own header. In a file, what follows its stated end is no part of it */
export function* webpChunks(bytes: Uint8Array, from = FILE_HEADER): Generator<Chunk> {
  const end = from === FILE_HEADER ? Math.min(bytes.length, 8 + view(bytes).getUint32(4, true)) : bytes.length;
  for (let at = from; at + 8 <= end; ) {
    const length = view(bytes).getUint32(at + 4, true);
    yield { type: latin1Text(bytes.subarray(at, at + 4)), content: bytes.subarray(at + 8, at + 8 + length) };
    at += 8 + length + (length % 2);
  }
}

/** Signature, length, and what kind of RIFF it is. */
const FILE_HEADER = 12;

/** What follows the end that a file states. */
export function behindEnd(bytes: Uint8Array): Uint8Array {
  const length = view(bytes).getUint32(4, true);
  return bytes.subarray(8 + length + (length % 2));
}

/** Flags of the extended header (WebP container specification). */
const FLAG = { profile: 0x20, alpha: 0x10, exif: 0x08, xmp: 0x04 };

/** Some writers put JPEG's signature in front. */
function tiffOf(exif: Uint8Array): Uint8Array {
  return startsWith(exif, 'Exif\0\0') ? exif.subarray(6) : exif;
}

/** The same picture without EXIF, as its rows are stored: Chromium heeds no orientation of a WebP, other readers do. */
export function bareWebp(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const all = [...webpChunks(bytes)];
  if (!all.some(({ type }) => type === 'EXIF')) return bytes;
  const chunks = all.flatMap(({ type, content }) => {
    if (type === 'EXIF') return [];
    if (type !== 'VP8X') return [chunk(type, content)];
    const header = content.slice();
    header[0]! &= ~FLAG.exif;
    return [chunk(type, header)];
  });
  return riff(chunks);
}

/** A WebP made anew gets what its source says beside the picture. */
export function withMetadataOf(source: Uint8Array, webp: Uint8Array, metadata: MetadataEditor): Uint8Array<ArrayBuffer> {
  const [profile, exif, xmp]: Uint8Array[][] = [[], [], []];
  for (const { type, content } of webpChunks(source)) {
    if (type === 'ICCP' && !profile!.length) profile!.push(...present(keptChunk(type, content, metadata)));
    else if (type === 'EXIF') exif!.push(...present(keptChunk(type, content, metadata)));
    else if (type === 'XMP ') xmp!.push(...present(keptChunk(type, content, metadata)));
    else if (type !== 'VP8X' && !isPixelChunk({ type })) keptChunk(type, content, metadata);
  }
  metadata.behind(behindEnd(source));
  const pixels = pictureChunks(webpChunks(webp));
  const header = readWebpHeader(webp)!;
  const hasAlpha = pixels.some(({ type, content }) => type === 'ALPH' || (type === 'VP8L' && content[4]! & 0x10));
  const flags = (profile!.length && FLAG.profile) | (hasAlpha ? FLAG.alpha : 0) | (exif!.length && FLAG.exif) | (xmp!.length && FLAG.xmp);
  const extended = new Uint8Array(10);
  extended[0] = flags;
  extended.set([...little(header.width - 1, 3), ...little(header.height - 1, 3)], 4);
  const chunks = [
    chunk('VP8X', extended),
    ...profile!.map((content) => chunk('ICCP', content)),
    ...pixels.map(({ type, content }) => chunk(type, content)),
    ...exif!.map((content) => chunk('EXIF', content)),
    ...xmp!.map((content) => chunk('XMP ', content)),
  ];
  return riff(chunks);
}

export function isPixelChunk({ type }: Pick<Chunk, 'type'>): boolean {
  return ['ALPH', 'VP8 ', 'VP8L'].includes(type);
}

/** What a still, or a frame of an animation, is made of: one picture, and its transparency before it. */
export function pictureChunks(chunks: Iterable<Chunk>): Chunk[] {
  const result: Chunk[] = [];
  for (const piece of chunks) {
    if (piece.type === 'VP8 ' || piece.type === 'VP8L') return [...result, piece];
    if (piece.type === 'ALPH' && !result.length) result.push(piece);
  }
  return result;
}

/** What a cloaked copy has of a chunk that describes the picture; null where it goes. */
export function keptChunk(type: string, content: Uint8Array, metadata: MetadataEditor): Uint8Array | null {
  if (type === 'EXIF') return metadata.exif(tiffOf(content));
  if (type === 'XMP ') return metadata.xmp(content);
  if (type === 'ICCP') return metadata.profile(content);
  return type === 'C2PA' ? metadata.drop('content credentials') : metadata.unknown(content);
}

export function riff(chunks: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const body = concatenate([latin1Bytes('WEBP'), ...chunks]);
  return concatenate([latin1Bytes('RIFF'), Uint8Array.from(little(body.length, 4)), body]);
}

function present<T>(value: T | null): T[] {
  return value === null ? [] : [value];
}

export function chunk(type: string, content: Uint8Array): Uint8Array {
  return concatenate([latin1Bytes(type), Uint8Array.from(little(content.length, 4)), content, new Uint8Array(content.length % 2)]);
}

export function little(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => (value >>> (8 * i)) & 0xff);
}

export function readWebpHeader(bytes: Uint8Array): ImageHeader | null {
  let [width, height, animated] = [0, 0, false];
  let quality: number | null = null;
  let profile: Uint8Array | null = null;
  for (const { type, content } of webpChunks(bytes)) {
    if (type === 'VP8X') {
      animated = Boolean(content[0]! & 0x02);
      width = 1 + (view(content).getUint32(4, true) & 0xffffff);
      height = 1 + (view(content).getUint32(6, true) >>> 8);
    } else if (type === 'ICCP') {
      profile = content;
    } else if (type === 'VP8 ') {
      width ||= view(content).getUint16(6, true) & 0x3fff;
      height ||= view(content).getUint16(8, true) & 0x3fff;
      quality = qualityOrUsual(content);
    } else if (type === 'VP8L') {
      const bits = view(content).getUint32(1, true);
      width ||= 1 + (bits & 0x3fff);
      height ||= 1 + ((bits >>> 14) & 0x3fff);
    }
  }
  return width && height ? { width, height, animated, quality, profile, orientation: 1 } : null;
}

const USUAL_QUALITY = 90;

/** A frame that is cut off before its quantisers has a size nevertheless. */
function qualityOrUsual(frame: Uint8Array): number {
  try {
    return webpQuality(frame);
  } catch (error) {
    if (isUnreadable(error)) return USUAL_QUALITY;
    throw error;
  }
}

/** Quality, 0 to 100, that a lossy frame's quantisers tell. */
export function webpQuality(frame: Uint8Array): number {
  return qualityOfQuantiser(meanQuantiser(readFrameHeader(frame).header));
}

/** Inverse of libwebp's `QualityToCompression`; quantiser index 0 to 127 -> quality 0 to 100. */
function qualityOfQuantiser(index: number): number {
  const linear = (1 - index / 127) ** 3;
  return Math.round(100 * (linear < 0.5 ? 1.5 * linear : (1 + linear) / 2));
}

/** Mean quantiser index of the segments of a VP8 key frame (RFC 6386, section 9), 0 to 127. */
function meanQuantiser({ segmentation, quantisers: { base } }: FrameHeader): number {
  if (!segmentation) return base;
  const mean = segmentation.quantisers.reduce((sum, value) => sum + value, 0) / segmentation.quantisers.length;
  return Math.min(127, Math.max(0, segmentation.isAbsolute ? mean : base + mean));
}
