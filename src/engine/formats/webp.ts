/** Reads a WebP's header: size, whether it moves or is lossless, colour profile, and the quality its quantisers tell. */
import { type ImageHeader, view } from './imageHeader';

export function readWebpHeader(bytes: Uint8Array): ImageHeader | null {
  const data = view(bytes);
  let [width, height, animated] = [0, 0, false];
  let quality: number | null = null;
  let profile: Uint8Array | null = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const type = String.fromCharCode(...bytes.subarray(at, at + 4));
    const length = data.getUint32(at + 4, true);
    const content = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'VP8X') {
      animated = Boolean(content[0]! & 0x02);
      width = 1 + (view(content).getUint32(4, true) & 0xffffff);
      height = 1 + (view(content).getUint32(6, true) >>> 8);
    } else if (type === 'ICCP') {
      profile = content;
    } else if (type === 'VP8 ') {
      width ||= view(content).getUint16(6, true) & 0x3fff;
      height ||= view(content).getUint16(8, true) & 0x3fff;
      quality = qualityOfQuantiser(meanQuantiser(content));
      break;
    } else if (type === 'VP8L') {
      const bits = view(content).getUint32(1, true);
      width ||= 1 + (bits & 0x3fff);
      height ||= 1 + ((bits >>> 14) & 0x3fff);
      break;
    }
    at += 8 + length + (length % 2);
  }
  return width && height ? { width, height, animated, quality, profile } : null;
}

/** Inverse of libwebp's `QualityToCompression`; quantiser index 0 to 127 -> quality 0 to 100. */
function qualityOfQuantiser(index: number): number {
  const linear = (1 - index / 127) ** 3;
  return Math.round(100 * (linear < 0.5 ? 1.5 * linear : (1 + linear) / 2));
}

/** Mean quantiser index of the segments of a VP8 key frame (RFC 6386, section 9), 0 to 127. */
function meanQuantiser(frame: Uint8Array): number {
  const header = new BooleanDecoder(frame.subarray(10));
  const optional = (read: () => number): number | null => (header.literal(1) ? read() : null);
  const signed = (bits: number): number => {
    const magnitude = header.literal(bits);
    return header.literal(1) ? -magnitude : magnitude;
  };
  header.literal(2); // colour space, clamping
  let segments: number[] = [];
  let absolute = false;
  if (header.literal(1)) {
    const updatesMap = header.literal(1);
    if (header.literal(1)) {
      absolute = header.literal(1) === 1;
      segments = [0, 1, 2, 3].map(() => optional(() => signed(7)) ?? 0);
      for (let i = 0; i < 4; i++) optional(() => signed(6)); // loop filter levels
    }
    if (updatesMap) for (let i = 0; i < 3; i++) optional(() => header.literal(8));
  }
  header.literal(10); // filter type, level, sharpness
  if (header.literal(1) && header.literal(1)) for (let i = 0; i < 8; i++) optional(() => signed(6));
  header.literal(2); // number of partitions
  const base = header.literal(7);
  if (!segments.length) return base;
  const mean = segments.reduce((sum, value) => sum + value, 0) / segments.length;
  return Math.min(127, Math.max(0, absolute ? mean : base + mean));
}

/** VP8's arithmetic decoder, for values whose bits are all equally likely. */
class BooleanDecoder {
  private at = 0;
  private value: number;
  private range = 255;
  private bitsShifted = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.value = (this.next() << 8) | this.next();
  }

  literal(bits: number): number {
    let result = 0;
    for (let i = 0; i < bits; i++) result = 2 * result + this.bit();
    return result;
  }

  private bit(): number {
    const split = 1 + (((this.range - 1) * 128) >> 8);
    const bit = this.value >= split << 8 ? 1 : 0;
    if (bit) {
      this.range -= split;
      this.value -= split << 8;
    } else {
      this.range = split;
    }
    while (this.range < 128) {
      this.value <<= 1;
      this.range <<= 1;
      if (++this.bitsShifted === 8) {
        this.bitsShifted = 0;
        this.value |= this.next();
      }
    }
    return bit;
  }

  private next(): number {
    if (this.at >= this.bytes.length) throw new RangeError('cut off');
    return this.bytes[this.at++]!;
  }
}
