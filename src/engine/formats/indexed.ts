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
  /** By number of the colour, 0 to 255: what is not seen at all is neither changed nor chosen. */
  alphaOf: (colour: number) => number;
  /** To which the palette may grow; not beyond its length where its colours are fixed. */
  mostColours: number;
  /** Whether the palette's colours may be replaced. */
  isFixed?: boolean;
}

const ROUNDS = 4;
/** Pixels that change by less, in levels of every colour, keep their number: a palette is coarser than that. */
const LEAST_CHANGE = 0.5;

export interface ChangedIndices extends Pick<IndexedPicture, 'indices' | 'palette'> {
  /** Of each colour of the palette. */
  alphas: Uint8Array;
}

/** @param changes in pixels of this picture; what lies outside is left out. Null where nothing changes. */
export function changeIndexed(picture: IndexedPicture, changes: readonly Change[]): ChangedIndices | null {
  const targets = targetsOf(picture, changes);
  if (!targets.at.length) return null;
  const alphaWeight = alphaWeightFor(picture, targets);
  const { colours, usable } = coloursFor(picture, targets, alphaWeight);
  const indices = picture.indices.slice();
  diffuse(targets, picture.width, new NearestColour(colours, usable, alphaWeight), indices);
  const count = colours.length / CHANNELS;
  const palette = Uint8Array.from({ length: 3 * count }, (_, i) => colours[CHANNELS * Math.floor(i / 3) + (i % 3)]!);
  return { indices, palette, alphas: Uint8Array.from({ length: count }, (_, i) => colours[CHANNELS * i + 3]!) };
}

/** Of a colour: red, green, blue and alpha. */
const CHANNELS = 4;

/** The pixels that change, in reading order of each change, and what they are to be. */
interface Targets {
  at: Uint32Array;
  /** Red, green, blue, alpha of each. */
  values: Float32Array;
}

function targetsOf({ indices, palette, alphaOf, width, height }: IndexedPicture, changes: readonly Change[]): Targets {
  const at: number[] = [];
  const values: number[] = [];
  for (const change of changes) {
    for (let row = 0, from = 0; row < change.height; row++) {
      for (let column = 0; column < change.width; column++, from += 3) {
        const [x, y] = [change.x + column, change.y + row];
        const [red, green, blue] = [change.difference[from]! / STEPS_PER_LEVEL, change.difference[from + 1]! / STEPS_PER_LEVEL, change.difference[from + 2]! / STEPS_PER_LEVEL];
        if (Math.max(Math.abs(red), Math.abs(green), Math.abs(blue)) < LEAST_CHANGE || x < 0 || y < 0 || x >= width || y >= height) continue;
        const colour = indices[y * width + x]!;
        if (!alphaOf(colour)) continue;
        at.push(y * width + x);
        values.push(clamp(palette[3 * colour]! + red), clamp(palette[3 * colour + 1]! + green), clamp(palette[3 * colour + 2]! + blue), alphaOf(colour));
      }
    }
  }
  return { at: Uint32Array.from(at), values: Float32Array.from(values) };
}

/** Fewer colours of one alpha can hardly show a change. */
const FEWEST_OF_ALPHA = 4;
/** By which no pixel's alpha changes, and by which it may where else the colours could not. */
const [FIXED_ALPHA, FREE_ALPHA] = [1e6, 4];

/** What a difference of alpha counts in that of colours. */
function alphaWeightFor({ palette, indices, alphaOf }: IndexedPicture, { at }: Targets): number {
  const colours = new Map<number, number>();
  for (let number = 0; number < palette.length / 3; number++) colours.set(alphaOf(number), (colours.get(alphaOf(number)) ?? 0) + 1);
  const served = at.reduce((sum, pixel) => sum + Number(colours.get(alphaOf(indices[pixel]!))! >= FEWEST_OF_ALPHA), 0);
  return served > at.length / 2 || colours.size === 1 ? FIXED_ALPHA : FREE_ALPHA;
}

function clamp(value: number): number {
  return Math.min(255, Math.max(0, value));
}

interface Colours {
  /** Red, green, blue, alpha of each. */
  colours: Uint8Array;
  /** Numbers of those that pixels may be given. */
  usable: number[];
}

/** The palette with what is free in it fitted to the targets: by farthest points first, then by Lloyd's rounds. */
function coloursFor({ indices, palette, alphaOf, mostColours, isFixed }: IndexedPicture, { at, values }: Targets, alphaWeight: number): Colours {
  const count = palette.length / 3;
  const isChanged = new Uint8Array(indices.length);
  for (const pixel of at) isChanged[pixel] = 1;
  const [isKept, isInUse] = [new Uint8Array(256), new Uint8Array(256)];
  indices.forEach((colour, pixel) => {
    isInUse[colour] = 1;
    if (!isChanged[pixel]) isKept[colour] = 1;
  });
  const numbers = Array.from({ length: isFixed ? count : mostColours }, (_, number) => number);
  const usable = numbers.filter((number) => number >= count || alphaOf(number));
  const colours = new Uint8Array(CHANNELS * Math.max(count, mostColours));
  for (let number = 0; number < count; number++) colours.set([...palette.subarray(3 * number, 3 * number + 3), alphaOf(number)], CHANNELS * number);
  if (isFixed) return { colours: colours.subarray(0, CHANNELS * count), usable };
  const free = usable.filter((number) => !isKept[number]);
  const vacant = free.filter((number) => number >= count || !isInUse[number]);
  const seeded = usable.filter((number) => !vacant.includes(number));
  const added = addFarthest(colours, seeded, vacant, values, alphaWeight);
  const chosen = [...seeded, ...added];
  for (let round = 0; round < ROUNDS; round++) moveToMeans(new NearestColour(colours, chosen, alphaWeight), colours, free, values);
  return { colours: colours.subarray(0, CHANNELS * Math.max(count, ...chosen.map((number) => number + 1))), usable: chosen };
}

/** Gives vacant numbers the colours that are farthest from all there are; returns the numbers it used. */
function addFarthest(colours: Uint8Array, present: readonly number[], vacant: readonly number[], values: Float32Array, alphaWeight: number): number[] {
  const pixels = values.length / CHANNELS;
  const nearest = new NearestColour(colours, present, alphaWeight);
  const distances = new Float32Array(pixels);
  for (let i = 0; i < pixels; i++) distances[i] = present.length ? nearest.exactly(values, CHANNELS * i).distance : Infinity;
  const used: number[] = [];
  for (const number of vacant) {
    let farthest = 0;
    for (let i = 1; i < pixels; i++) if (distances[i]! > distances[farthest]!) farthest = i;
    if (distances[farthest]! < 1) break;
    colours.set(values.subarray(CHANNELS * farthest, CHANNELS * (farthest + 1)), CHANNELS * number);
    used.push(number);
    for (let i = 0; i < pixels; i++) distances[i] = Math.min(distances[i]!, nearest.distance(number, values, CHANNELS * i));
  }
  return used;
}

/** A round of k-means: each free colour becomes the mean of what is nearest to it. */
function moveToMeans(nearest: NearestColour, colours: Uint8Array, free: readonly number[], values: Float32Array): void {
  if (!free.length) return;
  const sums = new Float64Array(CHANNELS * 256);
  const counts = new Float64Array(256);
  for (let at = 0; at < values.length; at += CHANNELS) {
    const number = nearest.roughly(values, at);
    for (let channel = 0; channel < CHANNELS; channel++) sums[CHANNELS * number + channel]! += values[at + channel]!;
    counts[number]!++;
  }
  for (const number of free) {
    const count = counts[number]!;
    for (let channel = 0; count && channel < CHANNELS; channel++) colours[CHANNELS * number + channel] = Math.round(sums[CHANNELS * number + channel]! / count);
  }
}

function diffuse({ at, values }: Targets, width: number, nearest: NearestColour, indices: Uint8Array): void {
  const place = new Map<number, number>();
  at.forEach((pixel, i) => place.set(pixel, CHANNELS * i));
  const shares = [[1, 7], [width - 1, 3], [width, 5], [width + 1, 1]] as const;
  for (let i = 0; i < at.length; i++) {
    const pixel = at[i]!;
    const wanted = values.subarray(CHANNELS * i, CHANNELS * (i + 1));
    const number = nearest.roughly(wanted, 0);
    indices[pixel] = number;
    for (const [step, share] of shares) {
      const neighbour = place.get(pixel + step);
      if (neighbour === undefined) continue;
      for (let channel = 0; channel < CHANNELS; channel++) {
        const error = wanted[channel]! - nearest.colours[CHANNELS * number + channel]!;
        values[neighbour + channel] = clamp(values[neighbour + channel]! + (error * share) / 16);
      }
    }
  }
}

/** Finds the nearest of some colours; remembers the answers for cells of 4 levels a side. */
class NearestColour {
  private readonly known = new Map<number, number>();

  /** @param colours may change as long as none was looked for `roughly` */
  constructor(
    readonly colours: Uint8Array,
    private readonly usable: readonly number[],
    private readonly alphaWeight: number,
  ) {}

  roughly(values: ArrayLike<number>, at: number): number {
    const [r, g, b, alpha] = [values[at]! >> 2, values[at + 1]! >> 2, values[at + 2]! >> 2, Math.round(values[at + 3]!)];
    const cell = (alpha << 18) | (r << 12) | (g << 6) | b;
    const known = this.known.get(cell);
    if (known !== undefined) return known;
    const { number } = this.exactly([4 * r + 1.5, 4 * g + 1.5, 4 * b + 1.5, alpha], 0);
    this.known.set(cell, number);
    return number;
  }

  exactly(values: ArrayLike<number>, at: number): { number: number; distance: number } {
    let [number, least] = [-1, Infinity];
    for (const candidate of this.usable) {
      const found = this.distance(candidate, values, at);
      if (found < least) [number, least] = [candidate, found];
    }
    return { number, distance: least };
  }

  /** As the eye weighs them, about. */
  distance(number: number, values: ArrayLike<number>, at: number): number {
    const { colours } = this;
    const i = CHANNELS * number;
    const [red, green, blue, alpha] = [colours[i]! - values[at]!, colours[i + 1]! - values[at + 1]!, colours[i + 2]! - values[at + 2]!, colours[i + 3]! - values[at + 3]!];
    return 2 * red * red + 4 * green * green + blue * blue + this.alphaWeight * alpha * alpha;
  }
}
