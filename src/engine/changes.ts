/** Tells what cloaking changed in the rows of the file: the difference of the picture to its original in a few places. */
import type { Change } from './formats/change';
import { boxThrough, toStored, type Matrix } from './orientation';
import type { PatchedPicture } from './patchedPicture';
import { bandsOf, type Pixels } from './pixels';
import type { Box } from './types';

/**
 * @param picture upright
 * @param regions where it was changed, at whole pixels, none overlapping another
 * @param orientation what the file says of its rows
 */
export function changesOf(picture: PatchedPicture, regions: readonly Box[], orientation: number): Change[] {
  const matrix = toStored(orientation, picture);
  return regions.map((region) => {
    const stored = boxThrough(matrix, region);
    const change: Change = { ...stored, difference: new Int16Array(3 * stored.width * stored.height) };
    for (const band of bandsOf(region)) addDifference(picture.readOriginal(band), picture.read(band), matrix, change);
    return change;
  });
}

/** @param matrix upright pixels to stored ones */
function addDifference(before: Pixels, after: Pixels, [a, b, c, d, e, f]: Matrix, { x, y, width, difference }: Change): void {
  for (let row = 0, from = 0; row < before.height; row++) {
    for (let column = 0; column < before.width; column++, from += 4) {
      const [u, v] = [before.x + column + 0.5, before.y + row + 0.5]; // the pixel's centre
      const to = 3 * (Math.floor(b * u + d * v + f - y) * width + Math.floor(a * u + c * v + e - x));
      difference[to] = after.data[from]! - before.data[from]!;
      difference[to + 1] = after.data[from + 1]! - before.data[from + 1]!;
      difference[to + 2] = after.data[from + 2]! - before.data[from + 2]!;
    }
  }
}
