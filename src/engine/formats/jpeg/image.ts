/** A JPEG as its quantised coefficients, and how its scans go through their blocks (ITU-T T.81, annex A). Reads and writes nothing. */
import type { Change } from '../change';
import type { Segment } from './segments';

/** Of a coefficient, of either sign. */
export const LARGEST_COEFFICIENT = 1023;

/** Bits that a coefficient's value takes beside its Huffman code. */
export function sizeOf(value: number): number {
  return 32 - Math.clz32(Math.abs(value));
}

export interface Component {
  id: number;
  /** Sampling factors: blocks in an interleaved unit. */
  h: number;
  v: number;
  /** Number of its quantisation table. */
  table: number;
  /** Blocks that hold the picture. */
  blocksWide: number;
  blocksHigh: number;
  /** Blocks in a stored row: those, filled up to whole units. */
  stride: number;
  /** Block by block in rows of `stride`, each 64 in zigzag order. Blocks that are not kept are zeros that were never touched: they take no memory. */
  coefficients: Int16Array;
}

/** Which coefficients a scan codes: of which components, from `first` to `last`, bits above `low` (below `high`, if not 0). */
export interface Scan {
  components: number[];
  first: number;
  last: number;
  high: number;
  low: number;
  restartInterval: number;
}

export interface JpegImage {
  width: number;
  height: number;
  /** Marker and content of the frame header. */
  frame: Segment;
  progressive: boolean;
  components: Component[];
  /** Units of an interleaved scan. */
  unitsWide: number;
  unitsHigh: number;
  scans: Scan[];
  /** By number, 64 in zigzag order. */
  quantisation: (Uint16Array | undefined)[];
  /** Application data and comments before the first scan, as they stand in the file. */
  extras: Segment[];
}

/** A block of each unit of a scan. */
export interface UnitBlock {
  component: Component;
  /** Of the component in the scan. */
  place: number;
  /** Blocks of the component in a unit, and where among them it is. */
  h: number;
  v: number;
  x: number;
  y: number;
}

/** What a scan codes one after another: in an interleaved one some blocks of each component, else a block. */
export interface Units {
  wide: number;
  high: number;
  /** In the order in which they are coded. */
  blocks: UnitBlock[];
}

export function unitsOf({ components, unitsWide, unitsHigh }: JpegImage, scan: Scan): Units {
  const scanned = scan.components.map((index) => components[index]!);
  const [single] = scanned;
  if (single && scanned.length === 1) {
    return { wide: single.blocksWide, high: single.blocksHigh, blocks: [{ component: single, place: 0, h: 1, v: 1, x: 0, y: 0 }] };
  }
  const blocks = scanned.flatMap((component, place) => {
    const { h, v } = component;
    return Array.from({ length: h * v }, (_, i): UnitBlock => ({ component, place, h, v, x: i % h, y: Math.floor(i / h) }));
  });
  return { wide: unitsWide, high: unitsHigh, blocks };
}

/** Where the coefficients of a unit's block begin. */
export function placeOf({ component, h, v, x, y }: UnitBlock, column: number, row: number): number {
  return 64 * ((row * v + y) * component.stride + column * h + x);
}

/** Which units of a scan any change lies on: 1, the others 0. */
export function touchedUnits({ components }: JpegImage, { blocks, wide, high }: Units, changes: readonly Change[]): Uint8Array {
  const touched = new Uint8Array(wide * high);
  const { component, h, v } = blocks[0]!;
  const unitWide = (8 * Math.max(...components.map((one) => one.h)) * h) / component.h;
  const unitHigh = (8 * Math.max(...components.map((one) => one.v)) * v) / component.v;
  for (const { x, y, width, height } of changes) {
    const [left, right] = [Math.max(0, Math.floor(x / unitWide)), Math.min(wide, Math.ceil((x + width) / unitWide))];
    const [top, bottom] = [Math.max(0, Math.floor(y / unitHigh)), Math.min(high, Math.ceil((y + height) / unitHigh))];
    for (let row = top; row < bottom; row++) if (left < right) touched.fill(1, row * wide + left, row * wide + right);
  }
  return touched;
}
