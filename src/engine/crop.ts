/**
 * Cuts faces out of a picture, the way training/data.py does: where the picture is larger than the crop it is reduced by
 * an area average of a whole factor first, then sampled bilinearly. Beyond the picture's edges there is black. The
 * centre of pixel (column, row) is at (column + .5, row + .5).
 */
import { boundsInPicture, scaleOf, type Similarity, type TemplateBox } from './align';
import { bandsOf, wholePixels, type Pixels, type PixelSource, type Size } from './pixels';
import type { Box } from './types';

/** RGB, 0 to 1, rows from the top, `size` x `size` x 3. */
export type Crop = Float32Array;

/** Picture pixels that make up one crop pixel along each axis when reducing; at least 1. */
function reduction(transform: Similarity, box: TemplateBox, size: number): number {
  return Math.max(1, Math.floor((scaleOf(transform) * (box[2] - box[0])) / size));
}

/** The part of the picture that `crop` needs to be given; null where the face lies wholly outside. */
function cropSource(transform: Similarity, box: TemplateBox, size: number, picture: Size): Box | null {
  const factor = reduction(transform, box, size);
  const { x, y, width, height } = boundsInPicture(transform, box);
  const margin = factor; // bilinear sampling reads one reduced pixel further
  const wide = { x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin };
  return wholePixels(wide, picture, factor);
}

/**
 * Black where the face lies outside the picture.
 * @param transform template coordinates to pixels of the picture
 */
export function cropFrom(picture: PixelSource, transform: Similarity, box: TemplateBox, size: number): Crop {
  const source = cropSource(transform, box, size, picture);
  if (!source) return new Float32Array(size * size * 3);
  const factor = reduction(transform, box, size);
  const reduced = factor > 1 ? readReduced(picture, source, factor) : picture.read(source);
  const limits = { width: Math.ceil(picture.width / factor), height: Math.ceil(picture.height / factor) };
  const { a, b, tx, ty } = transform;
  const [left, top, right] = box;
  const step = (right - left) / size;
  const output = new Float32Array(size * size * 3);
  for (let row = 0, at = 0; row < size; row++) {
    const v = top + (row + 0.5) * step;
    for (let column = 0; column < size; column++, at += 3) {
      const u = left + (column + 0.5) * step;
      sample(reduced, limits, (a * u - b * v + tx) / factor, (b * u + a * v + ty) / factor, output, at);
    }
  }
  return output;
}

/** Writes the bilinear RGB at (x, y) of the picture to `output`; outside the picture it stays 0. */
function sample(pixels: Pixels, limits: Size, x: number, y: number, output: Float32Array, at: number): void {
  if (x < 0 || y < 0 || x >= limits.width || y >= limits.height) return;
  const column = Math.floor(x - 0.5);
  const row = Math.floor(y - 0.5);
  const fx = x - 0.5 - column;
  const fy = y - 0.5 - row;
  const x0 = Math.max(column, 0) - pixels.x;
  const x1 = Math.min(column + 1, limits.width - 1) - pixels.x;
  const y0 = Math.max(row, 0) - pixels.y;
  const y1 = Math.min(row + 1, limits.height - 1) - pixels.y;
  const { data, width } = pixels;
  const [nw, ne] = [4 * (y0 * width + x0), 4 * (y0 * width + x1)];
  const [sw, se] = [4 * (y1 * width + x0), 4 * (y1 * width + x1)];
  for (let channel = 0; channel < 3; channel++) {
    const upper = data[nw + channel]! * (1 - fx) + data[ne + channel]! * fx;
    const lower = data[sw + channel]! * (1 - fx) + data[se + channel]! * fx;
    output[at + channel] = (upper * (1 - fy) + lower * fy) / 255;
  }
}

/** Area average of `factor` x `factor` pixels; the cells at the picture's far edges may hold fewer. */
function readReduced(picture: PixelSource, source: Box, factor: number): Pixels {
  const [width, height] = [Math.ceil(source.width / factor), Math.ceil(source.height / factor)];
  const data = new Uint8ClampedArray(width * height * 4);
  for (const band of bandsOf(source, factor)) reduce(picture.read(band), factor, data.subarray((4 * width * (band.y - source.y)) / factor));
  return { x: source.x / factor, y: source.y / factor, width, height, data };
}

function reduce(source: Pixels, factor: number, data: Uint8ClampedArray): void {
  const width = Math.ceil(source.width / factor);
  const height = Math.ceil(source.height / factor);
  for (let row = 0; row < height; row++) {
    const bottom = Math.min(source.height, (row + 1) * factor);
    for (let column = 0; column < width; column++) {
      const right = Math.min(source.width, (column + 1) * factor);
      let [red, green, blue] = [0, 0, 0];
      for (let y = row * factor; y < bottom; y++) {
        for (let at = 4 * (y * source.width + column * factor); at < 4 * (y * source.width + right); at += 4) {
          red += source.data[at]!;
          green += source.data[at + 1]!;
          blue += source.data[at + 2]!;
        }
      }
      const count = (bottom - row * factor) * (right - column * factor);
      const at = 4 * (row * width + column);
      data[at] = red / count;
      data[at + 1] = green / count;
      data[at + 2] = blue / count;
    }
  }
}

/** Peak signal-to-noise ratio of two crops, dB; infinite where they are the same. */
export function psnr(a: Crop, b: Crop): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return 10 * Math.log10(a.length / sum);
}
