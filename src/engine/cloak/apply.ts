/**
 * Makes of the faces' cloaks what changes in the full-size picture. The photo's own pixels are bent, by a cubic through the nearest
 * sixteen, so that pores and lashes stay; what else a cloak adds was made at the working size and is enlarged. Pixels outside all
 * crops are neither read nor changed.
 */
import { boundsInPicture, canonicalBox, invert, scaleOf, type Similarity } from '../align';
import { STEPS_PER_LEVEL, type Change } from '../formats/change';
import { nextTask } from '../nextTask';
import { bandsOf, wholePixels, type Pixels, type PixelSource, type Size } from '../pixels';
import type { Box } from '../types';
import { RASTER_CHANNELS as CHANNELS, type Raster } from './nullSwap';

/** A cloak and where it goes. */
export interface Overlay {
  /** Template coordinates to pixels of the picture. */
  transform: Similarity;
  raster: Raster;
}

/** Width of the soft edge as a share of the crop's side; every recogniser's crop lies within. */
const FEATHER = 0.075;

/** Side from which a raster is not enlarged any further before bilinear sampling. */
const FINEST = 1000;

/** An overlay on its way to the picture. */
interface Placed {
  region: Box;
  /** Pixels of the picture to the crop's unit square, and directions of the unit square to pixels. */
  toCrop: Similarity;
  toPicture: Similarity;
  /** The raster, `forScale`. */
  raster: Raster;
  /** The farthest that a pixel is taken from, pixels of the picture. */
  reach: number;
}

/**
 * What changes in the picture. Where crops overlap their shares add up to one at most.
 * @returns upright, none overlapping another
 */
export async function changesOf(picture: PixelSource, overlays: readonly Overlay[]): Promise<Change[]> {
  const placed = overlays.flatMap((overlay) => placedIn(picture, overlay) ?? []);
  const changes: Change[] = [];
  for (const region of disjoint(placed.map(({ region }) => region))) {
    const own = placed.filter((overlay) => intersect(overlay.region, region));
    const change: Change = { ...region, difference: new Int16Array(3 * region.width * region.height) };
    for (const band of bandsOf(region)) {
      retouchBand(picture, band, own, change);
      await nextTask(); // what was read is given back between tasks
    }
    changes.push(change);
  }
  return changes;
}

function placedIn(picture: Size, { transform, raster }: Overlay): Placed | null {
  const region = wholePixels(boundsInPicture(transform, canonicalBox), picture);
  if (!region) return null;
  const toCrop = pictureToCrop(transform);
  const toPicture = invert(toCrop);
  const reach = Math.ceil(largestDisplacement(raster) * scaleOf(toPicture));
  return { region, toCrop, toPicture, reach, raster: forScale(raster, 1 / (scaleOf(toCrop) * raster.size)) };
}

/** Shares of the crop's side. */
function largestDisplacement({ values }: Raster): number {
  let most = 0;
  for (let i = 0; i < values.length; i += CHANNELS) most = Math.max(most, Math.hypot(values[i]!, values[i + 1]!));
  return most;
}

/** The parts that boxes cover, none overlapping another. */
function disjoint(boxes: readonly Box[]): Box[] {
  const parts: Box[] = [];
  for (const box of boxes) {
    let region = box;
    for (let i = 0; i < parts.length; ) {
      if (!intersect(parts[i]!, region)) i++;
      else {
        region = around(region, parts.splice(i, 1)[0]!);
        i = 0;
      }
    }
    parts.push(region);
  }
  return parts;
}

function around(a: Box, b: Box): Box {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  const [right, bottom] = [Math.max(a.x + a.width, b.x + b.width), Math.max(a.y + a.height, b.y + b.height)];
  return { x, y, width: right - x, height: bottom - y };
}

function intersect(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Takes pixels of the picture to the canonical crop's unit square. */
function pictureToCrop(transform: Similarity): Similarity {
  const { a, b, tx, ty } = invert(transform);
  const [left, top, right] = canonicalBox;
  const side = right - left;
  return { a: a / side, b: b / side, tx: (tx - left) / side, ty: (ty - top) / side };
}

/** What a cubic reads beyond the pixel that it is at. */
const CUBIC_REACH = 2;

/** Writes what the overlays change in a band of the picture. */
function retouchBand(picture: PixelSource, band: Box, overlays: readonly Placed[], change: Change): void {
  const reach = CUBIC_REACH + overlays.reduce((most, overlay) => Math.max(most, overlay.reach), 0);
  const wide = { x: band.x - reach, y: band.y - reach, width: band.width + 2 * reach, height: band.height + 2 * reach };
  const source = picture.read(wholePixels(wide, picture)!);
  const [sampled, sum, taken] = [new Float32Array(CHANNELS), new Float32Array(CHANNELS), new Float32Array(3)];
  for (let y = band.y; y < band.y + band.height; y++) {
    let to = 3 * ((y - change.y) * change.width + band.x - change.x);
    for (let x = band.x; x < band.x + band.width; x++, to += 3) {
      let total = 0;
      sum.fill(0);
      for (const { toCrop, toPicture, raster } of overlays) {
        const u = toCrop.a * (x + 0.5) - toCrop.b * (y + 0.5) + toCrop.tx;
        const v = toCrop.b * (x + 0.5) + toCrop.a * (y + 0.5) + toCrop.ty;
        const weight = feather(u, v);
        if (weight === 0) continue;
        total += weight;
        sampleRaster(raster, u, v, sampled);
        sum[0]! += weight * (toPicture.a * sampled[0]! - toPicture.b * sampled[1]!);
        sum[1]! += weight * (toPicture.b * sampled[0]! + toPicture.a * sampled[1]!);
        for (let channel = 2; channel < CHANNELS; channel++) sum[channel]! += weight * sampled[channel]!;
      }
      if (total === 0) continue;
      const share = 1 / Math.max(1, total);
      takePixel(source, x + share * sum[0]!, y + share * sum[1]!, taken);
      const at = 4 * ((y - source.y) * source.width + x - source.x);
      for (let channel = 0; channel < 3; channel++) {
        const wanted = Math.min(255, Math.max(0, taken[channel]! + 255 * share * sum[2 + channel]!));
        change.difference[to + channel] = Math.round(STEPS_PER_LEVEL * (wanted - source.data[at + channel]!));
      }
    }
  }
}

/** 1 within the crop, falling smoothly to 0 at its edge and outside. */
export function feather(u: number, v: number): number {
  const edge = Math.min(u, 1 - u, v, 1 - v) / FEATHER;
  if (edge <= 0) return 0;
  return edge >= 1 ? 1 : edge * edge * (3 - 2 * edge);
}

/** Places of pixels are rounded to this before it is asked whether they are whole. */
const PLACE_STEP = 1 / 1024;

/** RGB at the pixel (x, y) of the picture, which need not be whole, by Catmull-Rom's cubic; beyond the edge the last pixel goes on. */
function takePixel(source: Pixels, x: number, y: number, output: Float32Array): void {
  const [column, row] = [Math.floor(x + PLACE_STEP / 2), Math.floor(y + PLACE_STEP / 2)];
  cubicWeights(x - column, weightsAcross);
  cubicWeights(y - row, weightsDown);
  output.fill(0);
  for (let j = 0; j < 4; j++) {
    if (weightsDown[j] === 0) continue;
    const line = Math.min(Math.max(row + j - 1 - source.y, 0), source.height - 1) * source.width;
    for (let i = 0; i < 4; i++) {
      const weight = weightsDown[j]! * weightsAcross[i]!;
      if (weight === 0) continue;
      const at = 4 * (line + Math.min(Math.max(column + i - 1 - source.x, 0), source.width - 1));
      for (let channel = 0; channel < 3; channel++) output[channel]! += weight * source.data[at + channel]!;
    }
  }
}

const weightsAcross = new Float64Array(4);
const weightsDown = new Float64Array(4);

/** Of the sample before, at, and the two after a place that lies `share` of the way from the second to the third (Catmull and Rom 1974). */
function cubicWeights(share: number, weights: Float64Array): void {
  const t = share < PLACE_STEP ? 0 : share;
  weights[0] = ((-0.5 * t + 1) * t - 0.5) * t;
  weights[1] = (1.5 * t - 2.5) * t * t + 1;
  weights[2] = ((-1.5 * t + 2) * t + 0.5) * t;
  weights[3] = (0.5 * t - 0.5) * t * t;
}

/**
 * The raster at a resolution from which bilinear sampling neither aliases nor shows its facets.
 * @param scale picture pixels that one value of the raster covers along each axis
 */
function forScale(raster: Raster, scale: number): Raster {
  if (scale <= 0.5) return average(raster, Math.floor(1 / scale));
  let [result, rest] = [raster, scale];
  while (rest > 2 && result.size < FINEST) [result, rest] = [enlarge(result), rest / 2];
  return result;
}

/** Area average of about `factor` x `factor` values. */
function average({ size, values }: Raster, factor: number): Raster {
  const small = Math.max(1, Math.round(size / factor));
  const result = new Float32Array(small * small * CHANNELS);
  const bounds = Array.from({ length: small + 1 }, (_, i) => Math.round((i * size) / small));
  for (let row = 0, at = 0; row < small; row++) {
    for (let column = 0; column < small; column++) {
      const [top, bottom, left, right] = [bounds[row]!, bounds[row + 1]!, bounds[column]!, bounds[column + 1]!];
      const count = (bottom - top) * (right - left);
      for (let channel = 0; channel < CHANNELS; channel++, at++) {
        let sum = 0;
        for (let y = top; y < bottom; y++) {
          for (let x = left; x < right; x++) sum += values[(y * size + x) * CHANNELS + channel]!;
        }
        result[at] = sum / count;
      }
    }
  }
  return { size: small, values: result };
}

/** Twice the size by Catmull-Rom interpolation, along rows and then along columns. */
function enlarge({ size, values }: Raster): Raster {
  const row = CHANNELS * size;
  const wide = enlargeLines(values, size, size, row, CHANNELS);
  return { size: 2 * size, values: enlargeLines(wide, size, 2 * size, CHANNELS, 2 * row) };
}

/** Catmull-Rom weights a quarter of a pixel before and after the second of four samples' centre. */
const QUARTER = [-0.0703125, 0.8671875, 0.2265625, -0.0234375] as const;

/**
 * Doubles `length` samples of each of `lines` lines.
 * @param lineStep distance between the starts of lines in `values`
 * @param step distance between the samples of a line in `values`; a sample holds five channels
 */
function enlargeLines(values: Float32Array, length: number, lines: number, lineStep: number, step: number): Float32Array {
  const result = new Float32Array(2 * values.length);
  const along = step === CHANNELS; // lines are rows: the new ones are twice as long; else there are twice as many rows
  const outLineStep = along ? 2 * lineStep : lineStep;
  const [near2, near1, far1, far2] = QUARTER;
  const clamped = Array.from({ length: length + 4 }, (_, i) => Math.min(Math.max(i - 2, 0), length - 1) * step);
  for (let i = 0; i < length; i++) {
    const [l2, l1, c, r1, r2] = [clamped[i]!, clamped[i + 1]!, clamped[i + 2]!, clamped[i + 3]!, clamped[i + 4]!];
    for (let line = 0; line < lines; line++) {
      for (let channel = 0; channel < CHANNELS; channel++) {
        const from = line * lineStep + channel;
        const to = line * outLineStep + 2 * i * step + channel;
        const [before, here, after] = [values[from + l1]!, values[from + c]!, values[from + r1]!];
        result[to] = far2 * values[from + l2]! + far1 * before + near1 * here + near2 * after;
        result[to + step] = near2 * before + near1 * here + far1 * after + far2 * values[from + r2]!;
      }
    }
  }
  return result;
}

/** Bilinear value at (u, v) of the unit square, written to `output`. */
function sampleRaster({ size, values }: Raster, u: number, v: number, output: Float32Array): void {
  const x = Math.min(Math.max(u * size - 0.5, 0), size - 1);
  const y = Math.min(Math.max(v * size - 0.5, 0), size - 1);
  const x0 = Math.min(Math.floor(x), size - 2);
  const y0 = Math.min(Math.floor(y), size - 2);
  const fx = x - x0;
  const fy = y - y0;
  const nw = CHANNELS * (y0 * size + x0);
  const sw = nw + CHANNELS * size;
  for (let channel = 0; channel < CHANNELS; channel++) {
    const upper = values[nw + channel]! * (1 - fx) + values[nw + CHANNELS + channel]! * fx;
    const lower = values[sw + channel]! * (1 - fx) + values[sw + CHANNELS + channel]! * fx;
    output[channel] = upper * (1 - fy) + lower * fy;
  }
}
