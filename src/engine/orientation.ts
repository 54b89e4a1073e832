/** The way from the upright picture back to the rows of its file (EXIF's orientation, 1 to 8). */
import type { Size } from './pixels';
import type { Box } from './types';

/** Of a canvas: x' = a x + c y + e, y' = b x + d y + f. */
export type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** Upright pixels to stored ones. */
export function toStored(orientation: number, { width, height }: Size): Matrix {
  const matrices: Matrix[] = [
    [1, 0, 0, 1, 0, 0],
    [-1, 0, 0, 1, width, 0],
    [-1, 0, 0, -1, width, height],
    [1, 0, 0, -1, 0, height],
    [0, 1, 1, 0, 0, 0],
    [0, -1, 1, 0, 0, width],
    [0, -1, -1, 0, height, width],
    [0, 1, -1, 0, height, 0],
  ];
  return matrices[orientation - 1]!;
}

/** Upright, of rows that are stored so. And the other way round. */
export function uprightSize(orientation: number, { width, height }: Size): Size {
  return orientation < 5 ? { width, height } : { width: height, height: width };
}

export function boxThrough([a, b, c, d, e, f]: Matrix, { x, y, width, height }: Box): Box {
  const xs = [a * x + c * y + e, a * (x + width) + c * (y + height) + e];
  const ys = [b * x + d * y + f, b * (x + width) + d * (y + height) + f];
  return { x: Math.min(...xs), y: Math.min(...ys), width: Math.abs(xs[1]! - xs[0]!), height: Math.abs(ys[1]! - ys[0]!) };
}
