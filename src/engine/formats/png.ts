/** A PNG as the sequence of its chunks: its header, and what it says beside the picture. */
import { concatenate, latin1Bytes, latin1Text, view } from './bytes';
import { deflated, inflated } from './deflate';
import type { ImageHeader } from './imageHeader';
import { readOrientation } from '../metadata/exif';
import type { MetadataEditor } from '../metadata/metadata';

/** Damaged, or of a kind that the format does not know. */
export class UnreadablePng extends Error {}

export interface Chunk {
  type: string;
  content: Uint8Array;
}

/** Up to the picture's end: what follows it is no part of it, whatever it is. */
export function* pngChunks(bytes: Uint8Array): Generator<Chunk> {
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = view(bytes).getUint32(at);
    const type = latin1Text(bytes.subarray(at + 4, at + 8));
    yield { type, content: bytes.subarray(at + 8, at + 8 + length) };
    if (type === 'IEND') return;
    at += 12 + length;
  }
}

const CHECKSUM_BYTES = 4;

/** What follows the picture's end. */
export function behindEnd(bytes: Uint8Array): Uint8Array {
  const last = [...pngChunks(bytes)].at(-1)?.content;
  return last ? bytes.subarray(last.byteOffset - bytes.byteOffset + last.length + CHECKSUM_BYTES) : new Uint8Array();
}

export function readPngHeader(bytes: Uint8Array): ImageHeader {
  const data = view(bytes);
  const header: ImageHeader = { width: data.getUint32(16), height: data.getUint32(20), animated: false, quality: null, profile: null };
  for (const { type, content } of pngChunks(bytes)) {
    if (type === 'eXIf') header.orientation = readOrientation(content);
    if (type === 'acTL') header.animated = true;
    if (type === 'iCCP') header.profile = content.subarray(content.indexOf(0) + 2); // after the name and the method
    if (type === 'IDAT') break;
  }
  return header;
}

/** The same picture without EXIF, whose orientation some readers heed and others do not. */
export function pngWithoutExif(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const parts = [bytes.subarray(0, 8)];
  for (let at = 8; at + 8 <= bytes.length; ) {
    const end = at + 12 + view(bytes).getUint32(at);
    if (latin1Text(bytes.subarray(at + 4, at + 8)) !== 'eXIf') parts.push(bytes.subarray(at, end));
    at = end;
  }
  return concatenate(parts);
}

/** What the picture is made of and how its numbers are to be shown, and how many bytes that takes: as many, or at most. */
const EXACT_BYTES: Partial<Record<string, number>> = { IHDR: 13, acTL: 8, sRGB: 1, gAMA: 4, cHRM: 32, cICP: 4, mDCV: 24, cLLI: 8, pHYs: 9, IEND: 0 };
const MOST_BYTES: Partial<Record<string, number>> = { PLTE: 768, tRNS: 256, bKGD: 6, sBIT: 4 };

/** Of which a picture has one at most. */
export function isPictureChunk(type: string): boolean {
  return type in EXACT_BYTES || type in MOST_BYTES;
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
