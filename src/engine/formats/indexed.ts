/**
 * Changes pictures of numbered colours (PNG with a palette, GIF). Pixels that do not change keep their colour exactly; colours
 * that were in use under the change alone move to where they now serve best, and what then is still off is spread over
 * the neighbours (Floyd and Steinberg 1976), as the programs do that make such pictures.
 */
import type { Size } from '../pixels';
import { type Change, STEPS_PER_LEVEL } from './change';

export interface IndexedPicture extends Size {
  /** One a pixel, rows from the top. */
  indices: Uint8Array;
  /** Red, green, blue of each colour. */
  palette: Uint8Array;
  /** By number of the colour: what is not fully opaque is neither changed nor chosen. */
  isOpaque: (colour: number) => boolean;
  /** To which the palette may grow; not beyond its length where its colours are fixed. */
  mostColours: number;
  /** Whether the palette's colours may be replaced. */
  isFixed?: boolean;
}

const ROUNDS = 4;
/** Pixels that change by less, in levels of every colour, keep their number: a palette is coarser than that. */
const LEAST_CHANGE = 0.5;

/** @param changes in pixels of this picture; what lies outside is left out. Null where nothing changes. */
export function changeIndexed(picture: IndexedPicture, changes: readonly Change[]): Pick<IndexedPicture, 'indices' | 'palette'> | null {
  const targets = targetsOf(picture, changes);
  if (!targets.at.length) return null;
  const { colours, usable } = coloursFor(picture, targets);
  const indices = picture.indices.slice();
  diffuse(targets, picture.width, colours, usable, indices);
  return { indices, palette: colours };
}

/** The pixels that change, in reading order of each change, and what they are to be. */
interface Targets {
  at: Uint32Array;
  /** Red, green, blue of each. */
  values: Float32Array;
}

function targetsOf({ indices, palette, isOpaque, width, height }: IndexedPicture, changes: readonly Change[]): Targets {
  const at: number[] = [];
  const values: number[] = [];
  for (const change of changes) {
    for (let row = 0, from = 0; row < change.height; row++) {
      for (let column = 0; column < change.width; column++, from += 3) {
        const [x, y] = [change.x + column, change.y + row];
        const [red, green, blue] = [change.difference[from]! / STEPS_PER_LEVEL, change.difference[from + 1]! / STEPS_PER_LEVEL, change.difference[from + 2]! / STEPS_PER_LEVEL];
        if (Math.max(Math.abs(red), Math.abs(green), Math.abs(blue)) < LEAST_CHANGE || x < 0 || y < 0 || x >= width || y >= height) continue;
        const colour = indices[y * width + x]!;
        if (!isOpaque(colour)) continue;
        at.push(y * width + x);
        values.push(clamp(palette[3 * colour]! + red), clamp(palette[3 * colour + 1]! + green), clamp(palette[3 * colour + 2]! + blue));
      }
    }
  }
  return { at: Uint32Array.from(at), values: Float32Array.from(values) };
}

function clamp(value: number): number {
  return Math.min(255, Math.max(0, value));
}

interface Colours {
  colours: Uint8Array;
  /** Numbers of those that pixels may be given. */
  usable: number[];
}

/** The palette with what is free in it fitted to the targets: by farthest points first, then by Lloyd's rounds. */
function coloursFor({ indices, palette, isOpaque, mostColours, isFixed }: IndexedPicture, { at, values }: Targets): Colours {
  const count = palette.length / 3;
  const isChanged = new Uint8Array(indices.length);
  for (const pixel of at) isChanged[pixel] = 1;
  const [isKept, isInUse] = [new Uint8Array(256), new Uint8Array(256)];
  indices.forEach((colour, pixel) => {
    isInUse[colour] = 1;
    if (!isChanged[pixel]) isKept[colour] = 1;
  });
  const numbers = Array.from({ length: isFixed ? count : mostColours }, (_, number) => number);
  const usable = numbers.filter((number) => number >= count || isOpaque(number));
  if (isFixed) return { colours: palette, usable };
  const free = usable.filter((number) => !isKept[number]);
  const colours = new Uint8Array(3 * mostColours);
  colours.set(palette);
  const vacant = free.filter((number) => number >= count || !isInUse[number]);
  const seeded = usable.filter((number) => !vacant.includes(number));
  const added = addFarthest(colours, seeded, vacant, values);
  for (let round = 0; round < ROUNDS; round++) moveToMeans(colours, [...seeded, ...added], free, values);
  const chosen = [...seeded, ...added];
  return { colours: colours.subarray(0, 3 * Math.max(count, ...chosen.map((number) => number + 1))), usable: chosen };
}

/** Gives vacant numbers the colours that are farthest from all there are; returns the numbers it used. */
function addFarthest(colours: Uint8Array, present: readonly number[], vacant: readonly number[], values: Float32Array): number[] {
  const pixels = values.length / 3;
  const nearest = new NearestColour(colours, present);
  const distances = new Float32Array(pixels);
  for (let i = 0; i < pixels; i++) distances[i] = present.length ? nearest.exactly(values, 3 * i).distance : Infinity;
  const used: number[] = [];
  for (const number of vacant) {
    let farthest = 0;
    for (let i = 1; i < pixels; i++) if (distances[i]! > distances[farthest]!) farthest = i;
    if (distances[farthest]! < 1) break;
    colours.set(values.subarray(3 * farthest, 3 * farthest + 3), 3 * number);
    used.push(number);
    for (let i = 0; i < pixels; i++) distances[i] = Math.min(distances[i]!, distance(colours, 3 * number, values, 3 * i));
  }
  return used;
}

/** A round of k-means: each free colour becomes the mean of what is nearest to it. */
function moveToMeans(colours: Uint8Array, usable: readonly number[], free: readonly number[], values: Float32Array): void {
  if (!free.length) return;
  const nearest = new NearestColour(colours, usable);
  const sums = new Float64Array(4 * 256);
  for (let at = 0; at < values.length; at += 3) {
    const sum = 4 * nearest.roughly(values[at]!, values[at + 1]!, values[at + 2]!);
    for (let channel = 0; channel < 3; channel++) sums[sum + channel]! += values[at + channel]!;
    sums[sum + 3]!++;
  }
  for (const number of free) {
    const count = sums[4 * number + 3]!;
    for (let channel = 0; count && channel < 3; channel++) colours[3 * number + channel] = Math.round(sums[4 * number + channel]! / count);
  }
}

function diffuse({ at, values }: Targets, width: number, colours: Uint8Array, usable: readonly number[], indices: Uint8Array): void {
  const nearest = new NearestColour(colours, usable);
  const place = new Map<number, number>();
  at.forEach((pixel, i) => place.set(pixel, 3 * i));
  const shares = [[1, 7], [width - 1, 3], [width, 5], [width + 1, 1]] as const;
  for (let i = 0; i < at.length; i++) {
    const pixel = at[i]!;
    const wanted = values.subarray(3 * i, 3 * i + 3);
    const number = nearest.roughly(wanted[0]!, wanted[1]!, wanted[2]!);
    indices[pixel] = number;
    for (const [step, share] of shares) {
      const neighbour = place.get(pixel + step);
      if (neighbour === undefined) continue;
      for (let channel = 0; channel < 3; channel++) {
        const error = wanted[channel]! - colours[3 * number + channel]!;
        values[neighbour + channel] = clamp(values[neighbour + channel]! + (error * share) / 16);
      }
    }
  }
}

function distance(a: ArrayLike<number>, i: number, b: ArrayLike<number>, j: number): number {
  const [red, green, blue] = [a[i]! - b[j]!, a[i + 1]! - b[j + 1]!, a[i + 2]! - b[j + 2]!];
  return 2 * red * red + 4 * green * green + blue * blue; // as the eye weighs them, about
}

/** Finds the nearest of some colours; remembers the answers for cells of 4 levels a side. */
class NearestColour {
  private readonly known = new Int16Array(1 << 18).fill(-1);

  constructor(
    private readonly colours: Uint8Array,
    private readonly usable: readonly number[],
  ) {}

  roughly(red: number, green: number, blue: number): number {
    const [r, g, b] = [red >> 2, green >> 2, blue >> 2];
    const cell = (r << 12) | (g << 6) | b;
    if (this.known[cell]! < 0) this.known[cell] = this.exactly([4 * r + 1.5, 4 * g + 1.5, 4 * b + 1.5], 0).number;
    return this.known[cell]!;
  }

  exactly(values: ArrayLike<number>, at: number): { number: number; distance: number } {
    let [number, least] = [-1, Infinity];
    for (const candidate of this.usable) {
      const found = distance(this.colours, 3 * candidate, values, at);
      if (found < least) [number, least] = [candidate, found];
    }
    return { number, distance: least };
  }
}
