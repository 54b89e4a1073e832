/** A JPEG without what it says beside the picture, for another metadata to be put in front of: its pixels stay as they are, byte for byte. */
import type { MetadataEditor } from '../../metadata/metadata';
import { startsWith } from '../bytes';
import { UnreadableJpeg } from './coefficients';
import { isApplication, MARKER, nextSegment } from './segments';

const ADOBE = 0xee;
const MARKER_BYTES = 4;

/**
 * Tables, frames and scans, with Adobe's word on what the components are. Throws `UnreadableJpeg` where they cannot be followed to the end.
 * @param metadata is told of what goes that no other picture could take over: what stands between scans and behind the end
 */
export function bareJpeg(bytes: Uint8Array, metadata: MetadataEditor): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(bytes.length);
  let length = 0;
  const write = (part: Uint8Array): void => {
    result.set(part, length);
    length += part.length;
  };
  write(bytes.subarray(0, 2));
  let [end, isInScan] = [2, false];
  for (let segment = nextSegment(bytes, 2); segment; segment = nextSegment(bytes, segment.end)) {
    const { marker, content } = segment;
    const start = segment.end - content.length - MARKER_BYTES;
    if (isInScan) write(bytes.subarray(end, start)); // entropy-coded, or what belongs to it
    const isBeside = (isApplication(marker) || marker === MARKER.comment) && !(marker === ADOBE && startsWith(content, 'Adobe'));
    if (!isBeside) write(bytes.subarray(start, segment.end));
    else if (isInScan) metadata.unknown(content);
    isInScan ||= marker === MARKER.startOfScan;
    end = segment.end;
  }
  const imageEnd = endOfImage(bytes, end);
  if (!isInScan || imageEnd === null) throw new UnreadableJpeg('no end');
  write(bytes.subarray(end, imageEnd));
  if (imageEnd < bytes.length) metadata.unknown(bytes.subarray(imageEnd));
  return result.slice(0, length);
}

/** Behind its marker, the next that is one; null where another is the next, and the file's end where there is none. */
function endOfImage(bytes: Uint8Array, from: number): number | null {
  for (let at = from; at + 2 <= bytes.length; at++) {
    const marker = bytes[at + 1]!;
    if (bytes[at] !== 0xff || marker === 0 || marker === 0xff || (marker >= 0xd0 && marker <= 0xd7)) continue;
    return marker === MARKER.endOfImage ? at + 2 : null;
  }
  return bytes.length;
}
