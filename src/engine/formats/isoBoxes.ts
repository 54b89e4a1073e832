/** Boxes of an ISO media file (ISO/IEC 14496-12), as far as they can be told apart. */
import { latin1Text, view } from './bytes';

export interface IsoBox {
  type: string;
  content: Uint8Array;
}

/** One that was read; what is written into it is written into the file's own bytes. */
export interface FoundBox extends IsoBox {
  /** Where its type stands. */
  name: Uint8Array;
}

/** The boxes that follow one another in these bytes; the last may be cut off. */
export function isoBoxes(bytes: Uint8Array): FoundBox[] {
  return boxesIn(bytes, () => undefined);
}

/** As `isoBoxes`. Throws `RangeError` where one is cut off. */
export function wholeIsoBoxes(bytes: Uint8Array): FoundBox[] {
  return boxesIn(bytes, () => {
    throw new RangeError('box');
  });
}

function boxesIn(bytes: Uint8Array, onCutOff: () => void): FoundBox[] {
  const boxes: FoundBox[] = [];
  const data = view(bytes);
  for (let at = 0; at + 8 <= bytes.length; ) {
    const short = data.getUint32(at);
    const isLong = short === 1 && at + 16 <= bytes.length; // told in the eight bytes that follow
    const head = isLong ? 16 : 8;
    const length = isLong ? Number(data.getBigUint64(at + 8)) : short || bytes.length - at; // 0: to the end of the file
    if (length < head || at + length > bytes.length) onCutOff();
    const name = bytes.subarray(at + 4, at + 8);
    boxes.push({ type: latin1Text(name), name, content: bytes.subarray(at + head, at + length) });
    at += Math.max(head, length);
  }
  return boxes;
}
