/** Tells what cloaking changed in the rows of the file: the difference of the picture to its original in a few places. */
import type { Change } from './formats/change';
import { nextTask } from './nextTask';
import { boxThrough, toStored, type Matrix } from './orientation';
import type { PatchedPicture } from './patchedPicture';
import { bandsOf, type Pixels } from './pixels';
import type { Box } from './types';

/**
 * @param picture upright; comes out as it was before, so that changes and what was changed are not both held
 * @param regions where it was changed, at whole pixels, none overlapping another
 * @param orientation what the file says of its rows
 */
export async function takeChanges(picture: PatchedPicture, regions: readonly Box[], orientation: number): Promise<Change[]> {
  const matrix = toStored(orientation, picture);
  const changes: Change[] = [];
  for (const region of regions) {
    const stored = boxThrough(matrix, region);
    const change: Change = { ...stored, difference: new Int16Array(3 * stored.width * stored.height) };
    for (const band of bandsOf(region)) {
      addDifference(picture.readOriginal(band), picture.read(band), matrix, change);
      picture.restore(band);
      await nextTask(); // what was read is given back between tasks
    }
    picture.restore(region);
    changes.push(change);
  }
  return changes;
}

/** @param matrix upright pixels to stored ones */
function addDifference(before: Pixels, after: Pixels, [a, b, c, d, e, f]: Matrix, { x, y, width, difference }: Change): void {
  const [u, v] = [before.x + 0.5, before.y + 0.5]; // the first pixel's centre
  const start = 3 * (Math.floor(b * u + d * v + f - y) * width + Math.floor(a * u + c * v + e - x));
  const [right, down] = [3 * (b * width + a), 3 * (d * width + c)];
  for (let row = 0, from = 0; row < before.height; row++) {
    for (let column = 0, to = start + row * down; column < before.width; column++, from += 4, to += right) {
      difference[to] = after.data[from]! - before.data[from]!;
      difference[to + 1] = after.data[from + 1]! - before.data[from + 1]!;
      difference[to + 2] = after.data[from + 2]! - before.data[from + 2]!;
    }
  }
}
