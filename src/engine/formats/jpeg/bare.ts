/** A JPEG without what it says beside the picture, for another metadata to be put in front of: its pixels stay as they are, byte for byte. */
import type { MetadataEditor } from '../../metadata/metadata';
import { startsWith, view } from '../bytes';
import { isApplication, isFrameHeader, MARKER } from './segments';
import { Unreadable } from '../unreadable';

/**
 * Tables, frames and scans, with Adobe's word on what the components are; of a damaged picture what there is. Throws `Unreadable` where it
 * cannot be told what is picture and what stands beside it.
 * @param metadata is told of what goes that no other picture could take over: what stands between scans and behind the end
 */
export function imageOf(bytes: Uint8Array, metadata: MetadataEditor): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(bytes.length);
  let length = 0;
  const write = (from: number, to: number): void => {
    result.set(bytes.subarray(from, to), length);
    length += to - from;
  };
  write(0, 2);
  let [end, isInScan] = [2, false];
  for (let at = nextMarker(bytes, 2); ; at = nextMarker(bytes, Math.max(at + 2, end))) {
    const marker = bytes[at + 1];
    if (marker === undefined || marker === MARKER.endOfImage) {
      if (!isInScan) throw new Unreadable('no picture');
      const imageEnd = marker === undefined ? bytes.length : at + 2;
      write(end, imageEnd);
      if (imageEnd < bytes.length) metadata.unknown(bytes.subarray(imageEnd));
      return result.slice(0, length);
    }
    if (isInScan && !beginsSegment(marker)) continue; // damage
    const next = at + 4 <= bytes.length ? at + 2 + Math.max(2, view(bytes).getUint16(at + 2)) : Infinity;
    const isBeside = isApplication(marker) || marker === MARKER.comment;
    if (next > bytes.length) {
      if (isBeside || !isInScan) throw new Unreadable('cut off beside the picture');
      continue;
    }
    if (isInScan) write(end, at); // entropy-coded, or what belongs to it
    const content = bytes.subarray(at + 4, next);
    if (!isBeside || (marker === MARKER.adobe && startsWith(content, 'Adobe'))) write(at, next);
    else if (isInScan) metadata.unknown(content);
    isInScan ||= marker === MARKER.startOfScan;
    end = next;
  }
}

/** Where the next is, past fill bytes and entropy-coded data; the file's end where there is none. */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const marker = bytes[at + 1]!;
    if (at + 1 < bytes.length && marker !== 0 && marker !== 0xff && !(marker >= 0xd0 && marker <= 0xd7)) return at;
  }
  return bytes.length;
}

function beginsSegment(marker: number): boolean {
  return isFrameHeader(marker) || isApplication(marker) || [MARKER.huffmanTables, 0xcc, MARKER.startOfScan, MARKER.quantisation, MARKER.numberOfLines, MARKER.restartInterval, 0xde, 0xdf, MARKER.comment].includes(marker);
}
