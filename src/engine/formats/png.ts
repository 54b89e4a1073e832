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

export function* pngChunks(bytes: Uint8Array): Generator<Chunk> {
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = view(bytes).getUint32(at);
    yield { type: latin1Text(bytes.subarray(at + 4, at + 8)), content: bytes.subarray(at + 8, at + 8 + length) };
    at += 12 + length;
  }
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

/** What the picture is made of and how its numbers are to be shown. */
const PICTURE = [
  ...['IHDR', 'PLTE', 'tRNS', 'bKGD', 'sBIT', 'sPLT', 'IEND', 'acTL', 'fcTL'],
  ...['iCCP', 'sRGB', 'gAMA', 'cHRM', 'cICP', 'mDCV', 'cLLI', 'pHYs'],
];

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
