/** VP8's arithmetic coder of single bits, each of its own probability (RFC 6386, section 7). */
import type { Tree } from './tables';
import { Unreadable } from '../../unreadable';

/** Encoders may leave out zeros at the end, and the decoder looks two bytes ahead. */
const MOST_MISSING = 2;

export class BooleanDecoder {
  private at = 0;
  private value = 0;
  private range = 255;
  /** Bits of `value` below those that `range` is compared with; below 0 more have to be fetched. */
  private spare = -8;

  constructor(private readonly bytes: Uint8Array) {}

  /** @param probability of a 0, of 256. Throws `Unreadable` past the end. */
  bit(probability: number): number {
    if (this.spare < 0) this.fetch();
    const split = 1 + (((this.range - 1) * probability) >> 8);
    const threshold = split << this.spare;
    let bit = 0;
    if (this.value >= threshold) {
      this.value -= threshold;
      this.range -= split;
      bit = 1;
    } else {
      this.range = split;
    }
    const shift = Math.clz32(this.range) - 24;
    this.range <<= shift;
    this.spare -= shift;
    return bit;
  }

  /** A number of bits that are equally likely, the highest first. */
  literal(bits: number): number {
    let result = 0;
    for (let i = 0; i < bits; i++) result = 2 * result + this.bit(128);
    return result;
  }

  flag(): boolean {
    return this.bit(128) === 1;
  }

  /** Magnitude, then sign. */
  signed(bits: number): number {
    const magnitude = this.literal(bits);
    return this.flag() ? -magnitude : magnitude;
  }

  /** @param first where in `probabilities` those of the tree begin */
  branch(tree: Tree, probabilities: Uint8Array, first = 0): number {
    let at = 0;
    do at = tree[at + this.bit(probabilities[first + (at >> 1)]!)]!;
    while (at > 0);
    return -at;
  }

  private fetch(): void {
    if (this.at >= this.bytes.length + MOST_MISSING) throw new Unreadable('cut off');
    this.value = (this.value << 8) | (this.bytes[this.at++] ?? 0);
    this.spare += 8;
  }
}

/** Inverse of `BooleanDecoder`. */
export class BooleanEncoder {
  private bytes = new Uint8Array(1024);
  private length = 0;
  private low = 0;
  private range = 255;
  /** Bits of `low` below the eight that are next to be written. */
  private spare = 0;

  bit(bit: number | boolean, probability: number): void {
    const split = 1 + (((this.range - 1) * probability) >> 8);
    if (bit) {
      this.low += split;
      this.range -= split;
    } else {
      this.range = split;
    }
    const shift = Math.clz32(this.range) - 24;
    this.range <<= shift;
    this.low <<= shift;
    this.spare += shift;
    if (this.spare >= 8) this.put();
  }

  literal(value: number, bits: number): void {
    for (let i = bits - 1; i >= 0; i--) this.bit((value >> i) & 1, 128);
  }

  signed(value: number, bits: number): void {
    this.literal(Math.abs(value), bits);
    this.bit(value < 0, 128);
  }

  branch(tree: Tree, probabilities: Uint8Array, value: number, first = 0): void {
    for (const [at, bit] of pathsOf(tree)[value]!) this.bit(bit, probabilities[first + (at >> 1)]!);
  }

  /** All that was written. */
  finish(): Uint8Array {
    for (let i = 0; i < 3; i++) {
      this.low <<= 8 - this.spare;
      this.spare = 8;
      this.put();
    }
    return this.bytes.subarray(0, this.length);
  }

  private put(): void {
    if (this.low >> (this.spare + 8)) this.carry();
    if (this.length === this.bytes.length) {
      const longer = new Uint8Array(2 * this.length);
      longer.set(this.bytes);
      this.bytes = longer;
    }
    this.bytes[this.length++] = (this.low >> this.spare) & 0xff;
    this.low &= (1 << this.spare) - 1;
    this.spare -= 8;
  }

  private carry(): void {
    let at = this.length - 1;
    while (this.bytes[at] === 0xff) this.bytes[at--] = 0;
    this.bytes[at]!++;
  }
}

const known = new Map<Tree, [number, number][][]>();

/** Value -> the places in the tree that lead to it, and the branch taken at each. */
function pathsOf(tree: Tree): [number, number][][] {
  let paths = known.get(tree);
  if (!paths) known.set(tree, (paths = collectPaths(tree)));
  return paths;
}

function collectPaths(tree: Tree, at = 0, taken: [number, number][] = [], paths: [number, number][][] = []): [number, number][][] {
  for (const bit of [0, 1]) {
    const path: [number, number][] = [...taken, [at, bit]];
    const next = tree[at + bit]!;
    if (next > 0) collectPaths(tree, next, path, paths);
    else paths[-next] = path;
  }
  return paths;
}
