/** What cloaking asks of the formats' editors, made for tests: a bent, shaded part of a picture; and what is to come of it. */
import { type Change, STEPS_PER_LEVEL } from '../../../src/engine/formats/change';
import type { Box } from '../../../src/engine/types';

/** The unit of `Change.difference`. */
export function stepsOf(levels: ArrayLike<number>): Int16Array {
  return Int16Array.from(levels, (level) => Math.round(STEPS_PER_LEVEL * level));
}

export function isIn({ x, y, width, height }: Box, column: number, row: number, margin = 0): boolean {
  return column >= x - margin && column < x + width + margin && row >= y - margin && row < y + height + margin;
}

/** Of a smooth bend, pixels: as a cloak does on a face of 500 pixels. */
const BEND = 6;
const SHADE = 0.05;
const GRAIN = 2;

/**
 * Bends the pixels in the box, lightens and darkens them and adds a faint grain; all of it fades to nothing at an ellipse.
 * @param pixels RGB, rows from the top
 */
export function retouch(pixels: Uint8Array, width: number, box: Box): Change {
  const difference = new Int16Array(3 * box.width * box.height);
  for (let row = 0, at = 0; row < box.height; row++) {
    for (let column = 0; column < box.width; column++, at += 3) {
      const [u, v] = [(2 * column + 1) / box.width - 1, (2 * row + 1) / box.height - 1];
      const fade = Math.min(1, Math.max(0, 3 - 3 * Math.hypot(u, v)));
      const [x, y] = [box.x + column + fade * BEND * Math.sin(3 * v + u), box.y + row + fade * BEND * Math.cos(2 * u - v)];
      for (let channel = 0; channel < 3; channel++) {
        const grain = GRAIN * Math.sin(1.9 * column + channel) * Math.cos(1.7 * row - channel);
        const wanted = (1 + fade * SHADE * Math.sin(2 * u + v)) * sampleAt(pixels, width, x, y, channel) + fade * grain;
        const before = pixels[3 * ((box.y + row) * width + box.x + column) + channel]!;
        difference[at + channel] = Math.round(STEPS_PER_LEVEL * (Math.min(255, Math.max(0, wanted)) - before));
      }
    }
  }
  return { ...box, difference };
}

function sampleAt(pixels: Uint8Array, width: number, x: number, y: number, channel: number): number {
  const [column, row] = [Math.floor(x), Math.floor(y)];
  const at = (i: number, j: number): number => pixels[3 * ((row + j) * width + column + i) + channel]!;
  const across = (j: number): number => at(0, j) + (x - column) * (at(1, j) - at(0, j));
  return across(0) + (y - row) * (across(1) - across(0));
}

/** What a change makes of a picture, in whole levels. */
export function changed(pixels: Uint8Array, width: number, change: Change): Buffer {
  const result = Buffer.from(pixels);
  for (let i = 0; i < pixels.length; i++) {
    const [column, row] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    if (!isIn(change, column, row)) continue;
    const added = change.difference[3 * ((row - change.y) * change.width + column - change.x) + (i % 3)]! / STEPS_PER_LEVEL;
    result[i] = Math.min(255, Math.max(0, Math.round(pixels[i]! + added)));
  }
  return result;
}

/** Mean squared error of the pixels that count, levels. */
export function squaredError(a: Uint8Array, b: Uint8Array, width: number, counts: (column: number, row: number) => boolean): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    if (!counts(Math.floor(i / 3) % width, Math.floor(i / 3 / width))) continue;
    sum += (a[i]! - b[i]!) ** 2;
    count++;
  }
  if (!count) throw new RangeError('no pixels');
  return sum / count;
}

/** The same in dB; Infinity where they do not differ. */
export function psnr(a: Uint8Array, b: Uint8Array, width: number, counts: (column: number, row: number) => boolean): number {
  return 10 * Math.log10(255 ** 2 / squaredError(a, b, width, counts));
}
