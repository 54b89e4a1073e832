/** A JPEG file as the sequence of its segments (ITU-T T.81, annex B). */
import { startsWith, view } from '../bytes';

export const MARKER = {
  temporary: 0x01,
  huffmanTables: 0xc4,
  startOfImage: 0xd8,
  endOfImage: 0xd9,
  startOfScan: 0xda,
  quantisation: 0xdb,
  numberOfLines: 0xdc,
  restartInterval: 0xdd,
  app0: 0xe0,
  adobe: 0xee,
  comment: 0xfe,
} as const;

export interface Segment {
  marker: number;
  /** Without marker and length. */
  content: Uint8Array;
  /** Where the next segment, or after the start of a scan its entropy-coded data, begins. */
  end: number;
}

/** The segment that begins at or after `from`, past fill bytes and entropy-coded data; null at the image's end or the file's. */
export function nextSegment(bytes: Uint8Array, from: number): Segment | null {
  for (let at = bytes.indexOf(0xff, from); at >= 0 && at + 4 <= bytes.length; at = bytes.indexOf(0xff, at + 1)) {
    const marker = bytes[at + 1]!;
    // stuffed bytes, fill bytes and markers without content are part of what lies between segments
    if (marker === 0 || marker === 0xff || marker === MARKER.temporary || (marker >= 0xd0 && marker <= 0xd7)) continue;
    if (marker === MARKER.endOfImage) return null;
    const length = view(bytes).getUint16(at + 2);
    if (length < 2 || at + 2 + length > bytes.length) return null;
    return { marker, content: bytes.subarray(at + 4, at + 2 + length), end: at + 2 + length };
  }
  return null;
}

/** The segments up to the first scan. */
export function* headSegments(bytes: Uint8Array): Generator<Segment> {
  for (let segment = nextSegment(bytes, 2); segment && segment.marker !== MARKER.startOfScan; segment = nextSegment(bytes, segment.end)) {
    yield segment;
  }
}

/** What follows the image's end; nothing where the file is cut off before it. */
export function behindEnd(bytes: Uint8Array): Uint8Array {
  let from = 2;
  for (let segment = nextSegment(bytes, from); segment; segment = nextSegment(bytes, from)) from = segment.end;
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    if (bytes[at + 1] === MARKER.endOfImage) return bytes.subarray(at + 2);
  }
  return new Uint8Array();
}

const EXIF_MARKER = 0xe1;
const EXIF_SIGNATURE = 'Exif\0';

/** The TIFF structure of a block of EXIF; null of any other segment. Browsers take any byte for the second zero of its signature. */
export function exifOf({ marker, content }: Segment): Uint8Array | null {
  const length = EXIF_SIGNATURE.length + 1;
  return marker === EXIF_MARKER && startsWith(content, EXIF_SIGNATURE) && content.length > length ? content.subarray(length) : null;
}

/** SOF0 to SOF15; C4, C8 and CC in between are something else. */
export function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

export function isApplication(marker: number): boolean {
  return marker >= 0xe0 && marker <= 0xef;
}

export function writeSegment(marker: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(content.length + 4);
  result.set([0xff, marker]);
  view(result).setUint16(2, content.length + 2);
  result.set(content, 4);
  return result;
}
