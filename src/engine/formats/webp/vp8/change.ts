/** What changes add to the samples of a macroblock. */
import { type Change, STEPS_PER_LEVEL } from '../../change';
import type { FrameHeader } from './header';
import { SAMPLES } from './planes';

type Weights = readonly [number, number, number];

/** Red, green and blue in luma and both of chroma, BT.601 in the range of video, as WebP has it (RFC 6386, section 9.2). */
const [LUMA, BLUE, RED]: readonly [Weights, Weights, Weights] = [
  [(0.299 * 219) / 255, (0.587 * 219) / 255, (0.114 * 219) / 255],
  [(-0.168736 * 224) / 255, (-0.331264 * 224) / 255, (0.5 * 224) / 255],
  [(0.5 * 224) / 255, (-0.418688 * 224) / 255, (-0.081312 * 224) / 255],
];

/** Less than half a level counts as none. */
export function isChange(value: number): boolean {
  return Math.abs(value) >= 0.5;
}

/**
 * @param left, top first pixel of the macroblock
 * @returns as by `samplesOf`; null where none of them comes to anything
 */
export function changeOf(changes: readonly Change[], left: number, top: number, { width, height }: FrameHeader): Float64Array | null {
  let samples: Float64Array | null = null;
  for (const change of changes) {
    const [x0, y0] = [Math.max(left, change.x), Math.max(top, change.y)];
    const [x1, y1] = [Math.min(left + 16, change.x + change.width, width), Math.min(top + 16, change.y + change.height, height)];
    for (let y = y0; y < y1; y++) {
      for (let x = x0, at = 3 * ((y - change.y) * change.width + x - change.x); x < x1; x++, at += 3) {
        const [r, g, b] = [change.difference[at]!, change.difference[at + 1]!, change.difference[at + 2]!];
        if (!r && !g && !b) continue;
        samples ??= new Float64Array(SAMPLES);
        const [column, row] = [x - left, y - top];
        // chroma is the mean of the pixels that there are
        const share = 1 / ((x === width - 1 && !(column & 1) ? 1 : 2) * (y === height - 1 && !(row & 1) ? 1 : 2));
        samples[placeIn(column, row, 4)]! += weigh(LUMA, r, g, b);
        const chroma = 256 + placeIn(column >> 1, row >> 1, 2);
        samples[chroma]! += share * weigh(BLUE, r, g, b);
        samples[chroma + 64]! += share * weigh(RED, r, g, b);
      }
    }
  }
  return samples?.some(isChange) ? samples : null;
}

function weigh(weights: Weights, r: number, g: number, b: number): number {
  return (weights[0] * r + weights[1] * g + weights[2] * b) / STEPS_PER_LEVEL;
}

/** @param wide blocks in a row */
function placeIn(x: number, y: number, wide: number): number {
  return 16 * ((y >> 2) * wide + (x >> 2)) + 4 * (y & 3) + (x & 3);
}
