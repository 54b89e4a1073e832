/** The entropy-coded data of a scan as bits: read, copied and written (ITU-T T.81, annex F.1.2.3 and F.2.2.5). Knows no coefficients. */
import { Unreadable } from '../unreadable';
import { view } from '../bytes';
import type { HuffmanCodes, HuffmanDecoder } from './huffman';

/** Data of a scan without stuffed bytes, fill bytes and markers. */
export interface EntropyCoded {
  /** Followed by some zeros, so that a few bytes may be read at any of its places. */
  data: Uint8Array<ArrayBuffer>;
  /** Up to each restart marker and to the end: where the data end, bytes; and the marker's number, -1 at the end. */
  intervals: { end: number; marker: number }[];
  /** Where the next marker stands in the file. */
  next: number;
}

const PADDING = 8;
/** Places of bits have to fit into 32 of them. */
const MOST_BYTES = 2 ** 29 - PADDING;

/** @param from where in the file the data begin */
export function entropyCoded(bytes: Uint8Array, from: number): EntropyCoded {
  const next = nextMarker(bytes, from);
  if (next - from > MOST_BYTES) throw new Unreadable('too long');
  const data = new Uint8Array(next - from + PADDING);
  const intervals: EntropyCoded['intervals'] = [];
  let [start, end] = [from, 0];
  const take = (to: number): void => {
    data.set(bytes.subarray(start, to), end);
    end += to - start;
  };
  for (let at = bytes.indexOf(0xff, from); at >= 0 && at < next; at = bytes.indexOf(0xff, at + 1)) {
    const marker = bytes[at + 1]!;
    const isStuffed = marker === 0;
    take(isStuffed ? at + 1 : at);
    if (isRestart(marker)) intervals.push({ end, marker: marker & 7 });
    start = isStuffed || isRestart(marker) ? at + 2 : at + 1;
  }
  if (start < next) take(next);
  intervals.push({ end, marker: -1 });
  return { data, intervals, next };
}

/** Where the first marker stands that is no restart marker. */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    if (next !== undefined && next !== 0 && next !== 0xff && !isRestart(next)) return at;
  }
  return bytes.length;
}

function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7;
}

/** Bits, highest first. Beyond the data's end they are those of what follows, and at last a `RangeError`: look at `at` before they are believed. */
export class BitReader {
  /** Place of the next bit. */
  at = 0;
  private readonly data: DataView;

  constructor({ data }: EntropyCoded) {
    this.data = view(data);
  }

  symbol(decoder: HuffmanDecoder): number {
    const found = decoder.find((this.data.getUint32(this.at >>> 3) << (this.at & 7)) >>> 16);
    if (!found) throw new Unreadable('no such code');
    this.at += found >> 8;
    return found & 0xff;
  }

  /** @param number up to 16 */
  bits(number: number): number {
    if (!number) return 0;
    const value = (this.data.getUint32(this.at >>> 3) << (this.at & 7)) >>> (32 - number);
    this.at += number;
    return value;
  }

  /** A signed value of so many bits. */
  signed(size: number): number {
    const value = this.bits(size);
    return size && value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
  }

  /** Past what a block of a sequential scan has beside its first coefficient. */
  skipBlock(decoder: HuffmanDecoder): void {
    const { data } = this;
    let at = this.at;
    for (let k = 1; k < 64; ) {
      const found = decoder.find((data.getUint32(at >>> 3) << (at & 7)) >>> 16);
      if (!found) throw new Unreadable('no such code');
      const size = found & 15;
      at += (found >> 8) + size;
      const run = (found >> 4) & 15;
      if (!size && run < 15) break;
      k += run + 1;
    }
    this.at = at;
  }
}

/** Bytes that are copied at a time. */
const PIECE = 1 << 14;

/** Writes bits with stuffed bytes and restart markers. */
export class BitWriter {
  private bytes: Uint8Array<ArrayBuffer>;
  private length = 0;
  /** Bits that do not fill a byte yet: `count` of them, less than 8. */
  private buffer = 0;
  private count = 0;
  private restarts = 0;

  /** @param expected bytes that it will come to, about */
  constructor(expected: number) {
    this.bytes = new Uint8Array(expected + 64);
  }

  symbol({ code, length }: HuffmanCodes, symbol: number): void {
    this.bits(code[symbol]!, length[symbol]!);
  }

  /** @param number of the value's lowest bits, up to 24 */
  bits(value: number, number: number): void {
    this.buffer = (this.buffer << number) | (value & ((1 << number) - 1));
    this.count += number;
    if (this.length + 8 > this.bytes.length) this.grow(8);
    while (this.count >= 8) {
      this.count -= 8;
      this.byte((this.buffer >>> this.count) & 0xff);
    }
    this.buffer &= 0xff;
  }

  /** Bits of other data, from one place to another. */
  copy(data: Uint8Array, from: number, to: number): void {
    if (to - from < 16) {
      for (let at = from; at < to; at++) this.bits((data[at >>> 3]! >> (7 - (at & 7))) & 1, 1);
      return;
    }
    if (from & 7) this.bits(data[from >>> 3]!, 8 - (from & 7));
    this.copyBytes(data, (from + 7) >>> 3, to >>> 3);
    if (to & 7) this.bits(data[to >>> 3]! >> (8 - (to & 7)), to & 7);
  }

  private copyBytes(data: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to; at += PIECE) this.copyPiece(data, at, Math.min(to, at + PIECE));
  }

  private copyPiece(data: Uint8Array, from: number, to: number): void {
    this.grow(2 * (to - from)); // each may need a stuffed byte
    const { bytes, count } = this;
    const rest = (1 << count) - 1;
    let [length, buffer] = [this.length, this.buffer & rest];
    for (let at = from; at < to; at++) {
      buffer = (buffer << 8) | data[at]!;
      const byte = (buffer >>> count) & 0xff;
      buffer &= rest;
      bytes[length++] = byte;
      if (byte === 0xff) bytes[length++] = 0;
    }
    [this.length, this.buffer] = [length, buffer];
  }

  restart(): void {
    this.flush();
    this.grow(2);
    this.bytes[this.length++] = 0xff;
    this.bytes[this.length++] = 0xd0 + (this.restarts++ & 7);
  }

  finish(): Uint8Array<ArrayBuffer> {
    this.flush();
    return this.bytes.subarray(0, this.length);
  }

  /** Fills the last byte with ones. */
  private flush(): void {
    if (this.count) this.bits(0xff, 8 - this.count);
  }

  private byte(value: number): void {
    this.bytes[this.length++] = value;
    if (value === 0xff) this.bytes[this.length++] = 0;
  }

  /** Makes room for some bytes more. */
  private grow(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = new Uint8Array(this.length + more + (this.bytes.length >> 1));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}
