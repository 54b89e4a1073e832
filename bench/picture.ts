/** Pixels outside the browser: decoding, and crops in template coordinates. */
import sharp, { type Sharp } from 'sharp';
import { apply, scaleOf, type Similarity, type TemplateBox } from '../src/engine/align';
import { framesOfApng, pictureOfBmp } from './writers';

/** Interleaved 8-bit RGB. */
export interface Picture {
  width: number;
  height: number;
  data: Uint8Array;
}

/** Decodes upright, in sRGB, without alpha. */
export function decode(source: Uint8Array | string): Promise<Picture> {
  return pixelsOf(sharp(source).rotate());
}

/** All frames of the corpus's pictures, as `decode` gives one. */
export async function decodeFrames(bytes: Buffer): Promise<Picture[]> {
  if (bytes.toString('latin1', 0, 2) === 'BM') return [pictureOfBmp(bytes)];
  if (bytes.includes('acTL')) return Promise.all(framesOfApng(bytes).map(decode));
  const { pages = 1 } = await sharp(bytes).metadata();
  return Promise.all(Array.from({ length: pages }, (_, page) => pixelsOf(sharp(bytes, { page }).rotate())));
}

export async function pixelsOf(pipeline: Sharp): Promise<Picture> {
  const { data, info } = await pipeline.toColourspace('srgb').removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

export function toSharp({ data, width, height }: Picture): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/**
 * Cuts `box` out of a picture at size x size pixels, bilinear, averaging
 * enough samples a pixel that shrinking does not alias. Beyond the border the nearest pixel counts.
 */
export function crop(picture: Picture, alignment: Similarity, box: TemplateBox, size: number): Picture {
  const [left, top, right, bottom] = box;
  const unitX = (right - left) / size;
  const unitY = (bottom - top) / size;
  const samples = Math.max(1, Math.ceil(scaleOf(alignment) * Math.max(unitX, unitY)));
  const share = 1 / (samples * samples);
  const { a, b } = alignment;
  const start = apply(alignment, { x: left, y: top });
  const data = new Uint8Array(size * size * 3);
  const sum = new Float64Array(3);
  for (let row = 0, at = 0; row < size; row++) {
    for (let column = 0; column < size; column++, at += 3) {
      sum.fill(0);
      for (let i = 0; i < samples; i++) {
        const y = (row + (i + 0.5) / samples) * unitY;
        for (let j = 0; j < samples; j++) {
          const x = (column + (j + 0.5) / samples) * unitX;
          addBilinear(picture, start.x + a * x - b * y, start.y + b * x + a * y, sum);
        }
      }
      for (let channel = 0; channel < 3; channel++) data[at + channel] = Math.round(sum[channel]! * share);
    }
  }
  return { width: size, height: size, data };
}

/** Adds the picture's colour at a point (pixel centres at halves) to `sum`. */
function addBilinear({ data, width, height }: Picture, x: number, y: number, sum: Float64Array): void {
  const px = Math.min(Math.max(x - 0.5, 0), width - 1);
  const py = Math.min(Math.max(y - 0.5, 0), height - 1);
  const x0 = Math.floor(px);
  const y0 = Math.floor(py);
  const fx = px - x0;
  const fy = py - y0;
  const right = x0 + 1 < width ? 3 : 0;
  const below = y0 + 1 < height ? 3 * width : 0;
  const first = 3 * (y0 * width + x0);
  for (let at = first; at < first + 3; at++) {
    const upper = data[at]! * (1 - fx) + data[at + right]! * fx;
    const lower = data[at + below]! * (1 - fx) + data[at + below + right]! * fx;
    sum[at - first] = sum[at - first]! + upper * (1 - fy) + lower * fy;
  }
}
