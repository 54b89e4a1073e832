/**
 * Adds the network's residuals to the full-size picture: each is warped back to where its face is, feathered towards
 * the edge of its crop. Pixels outside all crops are neither read nor written.
 */
import { apply, boundsInPicture, canonicalBox, invert, scaleOf, type Similarity } from './align';
import type { Residual } from './nullswap/nullSwap';
import { bandsOf, wholePixels, type Pixels, type PixelTarget, type Size } from './pixels';
import type { Box } from './types';

export interface Overlay {
  /** Template coordinates to pixels of the picture. */
  transform: Similarity;
  residual: Residual;
}

/** Width of the soft edge as a share of the crop's side; every recogniser's crop lies within. */
const FEATHER = 0.075;
const CHANNELS = 3;

/** Side from which a residual is not enlarged any further before bilinear sampling. */
const FINEST = 1000;

/** Adds all overlays to the picture. Where crops overlap their shares add up to one at most. */
export function blend(picture: PixelTarget, overlays: readonly Overlay[]): void {
  const placed = overlays.flatMap((overlay) => {
    const region = regionOf(overlay, picture);
    return region ? [{ overlay, region, toCrop: pictureToCrop(overlay.transform) }] : [];
  });
  for (const { overlay, region, toCrop } of placed) {
    const neighbours = placed
      .filter((other) => other.overlay !== overlay && intersect(other.region, region))
      .map((other) => other.toCrop);
    const field = forScale(overlay.residual, 1 / (scaleOf(toCrop) * overlay.residual.size));
    for (const band of bandsOf(region)) {
      const pixels = picture.read(band);
      addResidual(pixels, field, toCrop, neighbours);
      picture.write(pixels);
    }
  }
}

/** The parts of the picture that overlays may change, none overlapping another. */
export function changedRegions(picture: Size, overlays: readonly Overlay[]): Box[] {
  const disjoint: Box[] = [];
  for (const overlay of overlays) {
    let region = regionOf(overlay, picture);
    if (!region) continue;
    for (let i = 0; i < disjoint.length; ) {
      if (!intersect(disjoint[i]!, region)) i++;
      else {
        region = around(region, disjoint.splice(i, 1)[0]!);
        i = 0;
      }
    }
    disjoint.push(region);
  }
  return disjoint;
}

function around(a: Box, b: Box): Box {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  const [right, bottom] = [Math.max(a.x + a.width, b.x + b.width), Math.max(a.y + a.height, b.y + b.height)];
  return { x, y, width: right - x, height: bottom - y };
}

function regionOf({ transform }: Overlay, picture: Size): Box | null {
  return wholePixels(boundsInPicture(transform, canonicalBox), picture);
}

/** Takes pixels of the picture to the canonical crop's unit square. */
function pictureToCrop(transform: Similarity): Similarity {
  const { a, b, tx, ty } = invert(transform);
  const [left, top, right] = canonicalBox;
  const side = right - left;
  return { a: a / side, b: b / side, tx: (tx - left) / side, ty: (ty - top) / side };
}

function intersect(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** @param field the residual, `forScale` */
function addResidual(pixels: Pixels, field: Residual, toCrop: Similarity, neighbours: Similarity[]): void {
  const { data, width, height } = pixels;
  const sum = new Float32Array(CHANNELS);
  for (let row = 0, pixel = 0; row < height; row++) {
    const start = apply(toCrop, { x: pixels.x + 0.5, y: pixels.y + row + 0.5 });
    for (let column = 0; column < width; column++, pixel += 4) {
      const u = start.x + column * toCrop.a;
      const v = start.y + column * toCrop.b;
      const weight = feather(u, v);
      if (weight === 0) continue;
      let total = weight;
      for (const neighbour of neighbours) total += featherAt(neighbour, pixels.x + column + 0.5, pixels.y + row + 0.5);
      const factor = (255 * weight) / Math.max(1, total);
      sampleResidual(field, u, v, sum);
      // the array rounds and clamps
      data[pixel] = data[pixel]! + factor * sum[0]!;
      data[pixel + 1] = data[pixel + 1]! + factor * sum[1]!;
      data[pixel + 2] = data[pixel + 2]! + factor * sum[2]!;
    }
  }
}

/** 1 within the crop, falling smoothly to 0 at its edge and outside. */
export function feather(u: number, v: number): number {
  const edge = Math.min(u, 1 - u, v, 1 - v) / FEATHER;
  if (edge <= 0) return 0;
  return edge >= 1 ? 1 : edge * edge * (3 - 2 * edge);
}

function featherAt({ a, b, tx, ty }: Similarity, x: number, y: number): number {
  return feather(a * x - b * y + tx, b * x + a * y + ty);
}

/**
 * The residual at a resolution from which bilinear sampling neither aliases nor shows its facets.
 * @param scale picture pixels that one value of the residual covers along each axis
 */
function forScale(residual: Residual, scale: number): Residual {
  if (scale <= 0.5) return average(residual, Math.floor(1 / scale));
  let [result, rest] = [residual, scale];
  while (rest > 2 && result.size < FINEST) [result, rest] = [enlarge(result), rest / 2];
  return result;
}

/** Area average of about `factor` x `factor` values. */
function average({ size, values }: Residual, factor: number): Residual {
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
function enlarge({ size, values }: Residual): Residual {
  const row = CHANNELS * size;
  const wide = enlargeLines(values, size, size, row, CHANNELS);
  return { size: 2 * size, values: enlargeLines(wide, size, 2 * size, CHANNELS, 2 * row) };
}

/** Catmull-Rom weights a quarter of a pixel before and after the second of four samples' centre. */
const QUARTER = [-0.0703125, 0.8671875, 0.2265625, -0.0234375] as const;

/**
 * Doubles `length` samples of each of `lines` lines.
 * @param lineStep distance between the starts of lines in `values`
 * @param step distance between the samples of a line in `values`; a sample holds three channels
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
function sampleResidual({ size, values }: Residual, u: number, v: number, output: Float32Array): void {
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
