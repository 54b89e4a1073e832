/** A PNG as the sequence of its chunks: its header, and what it says beside the picture. */
import { concatenate, latin1Bytes, latin1Text, view } from '../bytes';
import { deflated, inflated } from '../deflate';
import { type ImageHeader, plainHeader } from '../format';
import { readOrientation } from '../../metadata/exif';
import type { MetadataEditor } from '../../metadata/metadata';

export interface Chunk {
  type: string;
  content: Uint8Array;
}

/** What browsers heed: nothing behind the end, none that they could do without whose checksum is wrong, and the first of EXIF alone. */
export function* pngChunks(bytes: Uint8Array): Generator<Chunk, void> {
  const data = view(bytes);
  let hasExif = false;
  for (let at = 8; at + 8 <= bytes.length; ) {
    const end = at + 8 + data.getUint32(at);
    const chunk = { type: latin1Text(bytes.subarray(at + 4, at + 8)), content: bytes.subarray(at + 8, end) };
    const isIntact = (): boolean => end + 4 <= bytes.length && data.getUint32(end) === checksum(bytes.subarray(at + 4, end));
    const isExif = chunk.type === 'eXIf';
    if (isCritical(chunk) || (!(isExif && hasExif) && isIntact())) {
      yield chunk;
      hasExif ||= isExif;
    }
    if (chunk.type === 'IEND') return;
    at = end + 4;
  }
}

/** By the case of its first letter. */
function isCritical({ type }: Chunk): boolean {
  return /^[A-Z]/.test(type);
}

/** Length and type, the content itself, which may be large, and checksum. */
export function writeChunk({ type, content }: Chunk): Uint8Array<ArrayBuffer>[] {
  const [head, sum] = [new Uint8Array(8), new Uint8Array(4)];
  view(head).setUint32(0, content.length);
  head.set(latin1Bytes(type), 4);
  view(sum).setUint32(0, checksum(head.subarray(4), content));
  return [head, content as Uint8Array<ArrayBuffer>, sum];
}

export const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
export const END: Chunk = { type: 'IEND', content: new Uint8Array() };

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** CRC-32 of pieces that follow one another. */
function checksum(...pieces: Uint8Array[]): number {
  let crc = 0xffffffff;
  for (const bytes of pieces) for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

const CHECKSUM_BYTES = 4;

/** What follows the picture's end. */
export function behindEnd(bytes: Uint8Array): Uint8Array {
  const last = [...pngChunks(bytes)].at(-1)?.content;
  return last ? bytes.subarray(last.byteOffset - bytes.byteOffset + last.length + CHECKSUM_BYTES) : new Uint8Array();
}

export function readPngHeader(bytes: Uint8Array): ImageHeader {
  const data = view(bytes);
  const header = plainHeader(data.getUint32(16), data.getUint32(20));
  for (const { type, content } of pngChunks(bytes)) {
    if (type === 'eXIf') header.orientation = readOrientation(content);
    if (type === 'acTL') header.animated = view(content).getUint32(0) > 0;
    if (type === 'iCCP') header.profile = content.subarray(content.indexOf(0) + 2); // after the name and the method
    if (type === 'IDAT') break;
  }
  return header;
}

/** The same picture without EXIF, as its rows are stored. */
export function barePng(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  return pngChunks(bytes).some(({ type }) => type === 'eXIf') ? mendedPng(bytes) : [bytes];
}

/** The same with right checksums and an end, whatever became of it; or without an end, as if more were to come. */
export function mendedPng(bytes: Uint8Array, isEnded = true): Uint8Array<ArrayBuffer>[] {
  const chunks = [...pngChunks(bytes)].filter(({ type }) => type !== 'eXIf' && type !== 'IEND');
  return [SIGNATURE, ...[...chunks, ...(isEnded ? [END] : [])].flatMap(writeChunk)];
}

/** What the picture is made of and how its numbers are to be shown, and how many bytes that takes: as many, or at most. */
const EXACT_BYTES: Partial<Record<string, number>> = { IHDR: 13, acTL: 8, sRGB: 1, gAMA: 4, cHRM: 32, cICP: 4, mDCV: 24, cLLI: 8, pHYs: 9, IEND: 0 };
const MOST_BYTES: Partial<Record<string, number>> = { PLTE: 768, tRNS: 256, bKGD: 6, sBIT: 4 };

/** Of which a picture has one at most. */
export function isPictureChunk(type: string): boolean {
  return type in EXACT_BYTES || type in MOST_BYTES;
}

/** Of the above, what a picture has that is made anew. */
const OWN = ['IHDR', 'PLTE', 'tRNS', 'bKGD', 'sBIT', 'sPLT', 'IDAT', 'IEND', 'acTL', 'fcTL', 'fdAT', 'hIST'];

/** A PNG made anew gets what its source says beside the picture. */
export async function withMetadataOf(source: Uint8Array, png: Uint8Array, metadata: MetadataEditor): Promise<Uint8Array<ArrayBuffer>[]> {
  const chunks = [...pngChunks(source)];
  const before = chunks.slice(0, chunks.findIndex(({ type }) => type === 'IDAT')); // what stood behind the picture's data would count for more before them
  const kept: Chunk[] = [];
  for (const { type, content } of before) {
    const own = OWN.includes(type) ? null : await keptContent(type, content, metadata);
    if (own) kept.push({ type, content: own });
  }
  const [header, ...picture] = [...pngChunks(png)].filter(({ type }) => OWN.includes(type));
  return [SIGNATURE, ...[header!, ...kept, ...picture].flatMap(writeChunk)];
}

const DATE_BYTES = 7;
const XMP = 'XML:com.adobe.xmp';
/** The standard's own; what programs keep under others is theirs: scenes, prompts, previews. */
const KEYWORDS = ['Title', 'Author', 'Description', 'Copyright', 'Creation Time', 'Software', 'Disclaimer', 'Warning', 'Source', 'Comment'];

/** What a cloaked copy has of a chunk, by the editor's policy; null where it goes. Compressed texts go: nobody knows how large they are. */
export async function keptContent(type: string, content: Uint8Array, metadata: MetadataEditor): Promise<Uint8Array | null> {
  if (content.length === EXACT_BYTES[type] || content.length <= (MOST_BYTES[type] ?? -1)) return content;
  if (type === 'eXIf') return metadata.exif(content);
  if (type === 'iCCP') return keptProfile(content, metadata);
  if (type === 'caBX') return metadata.drop('content credentials');
  if (type === 'tEXt' || type === 'iTXt') return keptText(type, content, metadata);
  if (type === 'tIME' && content.length === DATE_BYTES) return metadata.date(content);
  return metadata.unknown(content);
}

/** Keyword and text; in international ones, between the two, two bytes on compression, language and the translated keyword. */
function keptText(type: string, content: Uint8Array, metadata: MetadataEditor): Uint8Array | null {
  const end = content.indexOf(0);
  const keyword = latin1Text(content.subarray(0, Math.max(0, end)));
  const isInternational = type === 'iTXt';
  if (![XMP, ...KEYWORDS].includes(keyword) || (isInternational && content[end + 1] !== 0)) return metadata.unknown(content);
  const start = isInternational ? content.indexOf(0, content.indexOf(0, end + 3) + 1) + 1 : end + 1;
  const text = content.subarray(start);
  const kept = keyword === XMP ? metadata.xmp(text) : metadata.text(text);
  return kept && concatenate([latin1Bytes(`${keyword}${isInternational ? '\0\0\0\0\0' : '\0'}`), kept]);
}

/** Larger ones are for printing in four inks, which PNG does not know. */
const MOST_PROFILE_BYTES = 4 << 20;

/** Name, method of compression, profile. */
async function keptProfile(content: Uint8Array, metadata: MetadataEditor): Promise<Uint8Array | null> {
  const kept = metadata.profile(await inflated(content.subarray(content.indexOf(0) + 2), MOST_PROFILE_BYTES));
  return kept && concatenate([latin1Bytes('icc\0\0'), await deflated(kept)]);
}
