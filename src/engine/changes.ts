/** Tells what cloaking changed in the rows of the file: the difference of two pictures in a few places. */
import type { Change } from './formats/change';
import { boxThrough, toStored } from './orientation';
import type { Size } from './pixels';
import type { Box } from './types';

/**
 * @param before the upright picture
 * @param after the same, cloaked
 * @param regions where they differ, at whole pixels, none overlapping another
 * @param orientation what the file says of its rows
 */
export function changesBetween(before: CanvasImageSource & Size, after: CanvasImageSource & Size, regions: readonly Box[], orientation: number): Change[] {
  const matrix = toStored(orientation, before);
  return regions.map((region) => {
    const stored = boxThrough(matrix, region);
    const context = new OffscreenCanvas(stored.width, stored.height).getContext('2d', { willReadFrequently: true })!;
    context.imageSmoothingEnabled = false;
    const [a, b, c, d, e, f] = matrix;
    context.setTransform(a, b, c, d, e - stored.x, f - stored.y);
    const pixelsOf = (picture: CanvasImageSource): Uint8ClampedArray => {
      const { x, y, width, height } = region;
      context.clearRect(x, y, width, height);
      context.drawImage(picture, x, y, width, height, x, y, width, height);
      return context.getImageData(0, 0, stored.width, stored.height).data;
    };
    return { ...stored, difference: differenceOf(pixelsOf(before), pixelsOf(after)) };
  });
}

function differenceOf(before: Uint8ClampedArray, after: Uint8ClampedArray): Int16Array {
  const difference = new Int16Array((before.length / 4) * 3);
  for (let from = 0, to = 0; from < before.length; from += 4, to += 3) {
    difference[to] = after[from]! - before[from]!;
    difference[to + 1] = after[from + 1]! - before[from + 1]!;
    difference[to + 2] = after[from + 2]! - before[from + 2]!;
  }
  return difference;
}
