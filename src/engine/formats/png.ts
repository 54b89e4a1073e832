/** A PNG as the sequence of its chunks: its header, and what it says beside the picture. */
import { concatenate, latin1Bytes, latin1Text, startsWith, view } from './bytes';
import type { ImageHeader } from './imageHeader';
import { readOrientation } from '../metadata/exif';
import { holdsJpeg, type MetadataEditor } from '../metadata/metadata';

/** Damaged, or of a kind that the format does not know. */
export class UnreadablePng extends Error {}

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

export function readPngHeader(bytes: Uint8Array): ImageHeader {
  const data = view(bytes);
  const header: ImageHeader = { width: data.getUint32(16), height: data.getUint32(20), animated: false, quality: null, profile: null, orientation: 1 };
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

/** What the picture is made of and how its numbers are to be shown. */
const PICTURE = [
  ...['IHDR', 'PLTE', 'tRNS', 'bKGD', 'sBIT', 'sPLT', 'IEND', 'acTL', 'fcTL'],
  ...['iCCP', 'sRGB', 'gAMA', 'cHRM', 'cICP', 'mDCV', 'cLLI', 'pHYs'],
];

/** Of the above, what a picture has that is made anew. */
const OWN = ['IHDR', 'PLTE', 'tRNS', 'bKGD', 'sBIT', 'sPLT', 'IDAT', 'IEND', 'acTL', 'fcTL', 'fdAT', 'hIST'];

/** A PNG made anew gets what its source says beside the picture. */
export function withMetadataOf(source: Uint8Array, png: Uint8Array, metadata: MetadataEditor): Uint8Array<ArrayBuffer>[] {
  const chunks = [...pngChunks(source)];
  const before = chunks.slice(0, chunks.findIndex(({ type }) => type === 'IDAT')); // what stood behind the picture's data would count for more before them
  const kept = before.flatMap(({ type, content }) => {
    if (OWN.includes(type)) return [];
    const own = keptContent(type, content, metadata);
    return own ? [{ type, content: own }] : [];
  });
  const [header, ...picture] = [...pngChunks(png)].filter(({ type }) => OWN.includes(type));
  return [SIGNATURE, ...[header!, ...kept, ...picture].flatMap(writeChunk)];
}

const XMP = 'XML:com.adobe.xmp\0';

/** What a cloaked copy has of a chunk, by the editor's policy; null where it goes. */
export function keptContent(type: string, content: Uint8Array, metadata: MetadataEditor): Uint8Array | null {
  if (PICTURE.includes(type)) return content;
  if (type === 'eXIf') return metadata.exif(content);
  if (type === 'caBX') return metadata.drop('content credentials');
  if (type === 'iTXt' && startsWith(content, XMP)) return internationalXmp(content, metadata);
  // blocks of EXIF, IPTC and XMP in hexadecimal figures, as some programs write them
  if (startsWith(content, 'Raw profile type')) return metadata.drop('camera data');
  if (['tEXt', 'zTXt', 'iTXt', 'tIME'].includes(type) && !holdsJpeg(content)) return metadata.text(content);
  return metadata.unknown(content);
}

/** Keyword, two bytes on compression, language, translated keyword, text. */
function internationalXmp(content: Uint8Array, metadata: MetadataEditor): Uint8Array | null {
  if (content[XMP.length] !== 0) return metadata.drop('description'); // compressed: nobody writes that
  const language = content.indexOf(0, XMP.length + 2);
  const start = content.indexOf(0, language + 1) + 1;
  const packet = metadata.xmp(content.subarray(start));
  return packet && concatenate([latin1Bytes(`${XMP}\0\0\0\0`), packet]);
}
