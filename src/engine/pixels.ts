/** Raw pixels of a part of a picture, and what they are read from and written to. */
import { type Change, STEPS_PER_LEVEL } from './formats/change';
import type { Box } from './types';

export interface Size {
  width: number;
  height: number;
}

/** A rectangle of the picture at whole pixels, RGBA, rows from the top. */
export interface Pixels extends Size {
  /** Where the rectangle lies in the picture. */
  x: number;
  y: number;
  data: Uint8ClampedArray<ArrayBuffer>;
}

export interface PixelSource extends Size {
  /** @param box within the picture, at whole pixels */
  read(box: Box): Pixels;
}

/** Rows that are held at a time of what may be as large as the picture. */
const BAND = 256;

/** A box from top to bottom in parts of a few rows; all but the last have a multiple of `grid` rows. */
export function* bandsOf({ x, y, width, height }: Box, grid = 1): Generator<Box> {
  const rows = grid * Math.ceil(BAND / grid);
  for (let top = 0; top < height; top += rows) yield { x, y: y + top, width, height: Math.min(rows, height - top) };
}

/**
 * The smallest rectangle at whole pixels around a box, kept within the picture; its left and top edges are multiples of
 * `grid`. Null where the box lies outside the picture.
 */
export function wholePixels(box: Box, picture: Size, grid = 1): Box | null {
  const x = Math.max(0, Math.floor(box.x / grid) * grid);
  const y = Math.max(0, Math.floor(box.y / grid) * grid);
  const right = Math.min(picture.width, Math.ceil((box.x + box.width) / grid) * grid);
  const bottom = Math.min(picture.height, Math.ceil((box.y + box.height) / grid) * grid);
  return right > x && bottom > y ? { x, y, width: right - x, height: bottom - y } : null;
}

/** Adds what a change adds to the part of it that lies within the pixels, in place. */
export function addChange(pixels: Pixels, change: Change): void {
  const [left, top] = [Math.max(pixels.x, change.x), Math.max(pixels.y, change.y)];
  const right = Math.min(pixels.x + pixels.width, change.x + change.width);
  const bottom = Math.min(pixels.y + pixels.height, change.y + change.height);
  for (let y = top; y < bottom; y++) {
    let from = 3 * ((y - change.y) * change.width + left - change.x);
    let to = 4 * ((y - pixels.y) * pixels.width + left - pixels.x);
    for (let x = left; x < right; x++, from += 3, to += 4) {
      for (let channel = 0; channel < 3; channel++) {
        pixels.data[to + channel] = pixels.data[to + channel]! + change.difference[from + channel]! / STEPS_PER_LEVEL; // the array rounds and clamps
      }
    }
  }
}

/** Adds what a change adds to the part of it that lies on the canvas. */
export function addToPixels(context: OffscreenCanvasRenderingContext2D, change: Change): void {
  const region = wholePixels(change, context.canvas);
  if (!region) return;
  for (const band of bandsOf(region)) {
    const { data, width, height } = context.getImageData(band.x, band.y, band.width, band.height);
    addChange({ ...band, data }, change);
    context.putImageData(new ImageData(data, width, height), band.x, band.y);
  }
}
