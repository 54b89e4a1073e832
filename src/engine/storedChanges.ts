/** Turns what cloaking changed into the rows of the file, which may be stored in another orientation than they are shown in. */
import type { Change } from './formats/change';
import { boxThrough, toStored, type Matrix } from './orientation';
import type { Size } from './pixels';

/**
 * @param changes upright; those given back are the very same where nothing has to be turned
 * @param picture upright
 * @param orientation what the file says of its rows
 */
export function storedChanges(changes: readonly Change[], picture: Size, orientation: number): readonly Change[] {
  if (orientation === 1) return changes;
  const matrix = toStored(orientation, picture);
  return changes.map((change) => turned(change, matrix));
}

/** @param matrix upright pixels to stored ones */
function turned(change: Change, matrix: Matrix): Change {
  const [a, b, c, d, e, f] = matrix;
  const { x, y, width, height } = boxThrough(matrix, change);
  const difference = new Int16Array(change.difference.length);
  const [u, v] = [change.x + 0.5, change.y + 0.5]; // the first pixel's centre
  const start = 3 * (Math.floor(b * u + d * v + f - y) * width + Math.floor(a * u + c * v + e - x));
  const [right, down] = [3 * (b * width + a), 3 * (d * width + c)];
  for (let row = 0, from = 0; row < change.height; row++) {
    for (let column = 0, to = start + row * down; column < change.width; column++, from += 3, to += right) {
      for (let channel = 0; channel < 3; channel++) difference[to + channel] = change.difference[from + channel]!;
    }
  }
  return { x, y, width, height, difference };
}
