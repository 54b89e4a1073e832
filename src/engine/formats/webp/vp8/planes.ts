/** Luma and chroma of a picture, with the borders that prediction reads, and the predictions themselves (RFC 6386, section 12). */
import { MODE, SUBBLOCK_MODE } from './tables';

/** Samples of whole macroblocks, behind a row and a column of border. */
export interface Plane {
  stride: number;
  data: Uint8Array;
}

/** Luma, and both of chroma at half its size. */
export type Planes = readonly [Plane, Plane, Plane];

const ABOVE_ALL = 127;
const LEFT_OF_ALL = 129;

/** @param wide, high in macroblocks */
export function newPlanes(wide: number, high: number): Planes {
  const plane = (size: number): Plane => {
    const stride = size * wide + 1;
    const data = new Uint8Array(stride * (size * high + 1)).fill(ABOVE_ALL, 0, stride);
    for (let at = stride; at < data.length; at += stride) data[at] = LEFT_OF_ALL;
    return { stride, data };
  };
  return [plane(16), plane(8), plane(8)];
}

export function copyPlanes([luma, blue, red]: Planes): Planes {
  const copy = ({ stride, data }: Plane): Plane => ({ stride, data: data.slice() });
  return [copy(luma), copy(blue), copy(red)];
}

/** Place of a sample. */
export function placeOf({ stride }: Plane, x: number, y: number): number {
  return (y + 1) * stride + x + 1;
}

/** Samples of a macroblock in all planes. */
export const SAMPLES = 384;

/** Those of one macroblock: 16 luma blocks of 4 x 4, 4 and 4 of chroma, each in rows. */
export function samplesOf(planes: Planes, column: number, row: number): Float64Array {
  const result = new Float64Array(SAMPLES);
  for (let block = 0, at = 0; block < SAMPLES / 16; block++) {
    const { plane, size, x, y } = blockPlace(block);
    const { stride, data } = planes[plane];
    const place = placeOf(planes[plane], size * column + x, size * row + y);
    for (let i = 0; i < 16; i++, at++) result[at] = data[place + (i >> 2) * stride + (i & 3)]!;
  }
  return result;
}

interface BlockPlace {
  plane: 0 | 1 | 2;
  /** Of the macroblock in this plane. */
  size: 16 | 8;
  x: number;
  y: number;
}

function blockPlace(block: number): BlockPlace {
  if (block < 16) return { plane: 0, size: 16, x: 4 * (block & 3), y: 4 * (block >> 2) };
  return { plane: block < 20 ? 1 : 2, size: 8, x: 4 * (block & 1), y: 4 * ((block >> 1) & 1) };
}

/** Which of `samplesOf` its neighbours may be predicted from: 1 for those at its right or its lower edge. */
export function edgeOf(hasRight: boolean, hasBelow: boolean): Uint8Array {
  return Uint8Array.from({ length: SAMPLES }, (_, i) => {
    const { size, x, y } = blockPlace(i >> 4);
    const last = size - 1;
    return (hasRight && x + (i & 3) === last) || (hasBelow && y + ((i & 15) >> 2) === last) ? 1 : 0;
  });
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/** Predicts a whole macroblock of a plane, in place (sections 12.2 and 12.3). */
export function predictWhole({ stride, data }: Plane, at: number, size: number, mode: number, hasLeft: boolean, hasAbove: boolean): void {
  const corner = data[at - stride - 1]!;
  const mean = mode === MODE.dc ? meanAround(data, stride, at, size, hasLeft, hasAbove) : 0;
  for (let y = 0; y < size; y++) {
    const row = at + y * stride;
    const left = data[row - 1]!;
    if (mode === MODE.dc) data.fill(mean, row, row + size);
    else if (mode === MODE.vertical) data.copyWithin(row, at - stride, at - stride + size);
    else if (mode === MODE.horizontal) data.fill(left, row, row + size);
    else for (let x = 0; x < size; x++) data[row + x] = clamp(left + data[at - stride + x]! - corner);
  }
}

function meanAround(data: Uint8Array, stride: number, at: number, size: number, hasLeft: boolean, hasAbove: boolean): number {
  if (!hasLeft && !hasAbove) return 128;
  let sum = 0;
  for (let i = 0; i < size; i++) {
    if (hasAbove) sum += data[at - stride + i]!;
    if (hasLeft) sum += data[at + i * stride - 1]!;
  }
  const count = hasLeft && hasAbove ? 2 * size : size;
  return Math.floor((sum + count / 2) / count);
}

/**
 * What the directional modes take their 16 samples from: an even number 2 i stands for the mean of samples i and i + 1 of the edge,
 * an odd one 2 i + 1 for that of i to i + 2, the middle one counting twice. The edge runs from the lowest sample to the left over the corner to
 * the last above to the right; its first and its last stand there twice.
 */
const DIRECTIONS: Record<number, readonly number[]> = {
  [SUBBLOCK_MODE.vertical]: [11, 13, 15, 17, 11, 13, 15, 17, 11, 13, 15, 17, 11, 13, 15, 17],
  [SUBBLOCK_MODE.horizontal]: [7, 7, 7, 7, 5, 5, 5, 5, 3, 3, 3, 3, 1, 1, 1, 1],
  [SUBBLOCK_MODE.leftDown]: [13, 15, 17, 19, 15, 17, 19, 21, 17, 19, 21, 23, 19, 21, 23, 25],
  [SUBBLOCK_MODE.rightDown]: [9, 11, 13, 15, 7, 9, 11, 13, 5, 7, 9, 11, 3, 5, 7, 9],
  [SUBBLOCK_MODE.verticalRight]: [10, 12, 14, 16, 9, 11, 13, 15, 7, 10, 12, 14, 5, 9, 11, 13],
  [SUBBLOCK_MODE.verticalLeft]: [12, 14, 16, 18, 13, 15, 17, 19, 14, 16, 18, 21, 15, 17, 19, 23],
  [SUBBLOCK_MODE.horizontalDown]: [8, 9, 11, 13, 6, 7, 8, 9, 4, 5, 6, 7, 2, 3, 4, 5],
  [SUBBLOCK_MODE.horizontalUp]: [6, 5, 4, 3, 4, 3, 2, 1, 2, 1, 0, 0, 0, 0, 0, 0],
};

const edge = new Uint8Array(15);

/**
 * Predicts a luma subblock, in place (section 12.3).
 * @param aboveRight the four samples above to the right
 */
export function predictSubblock({ stride, data }: Plane, at: number, mode: number, aboveRight: Uint8Array): void {
  const directions = DIRECTIONS[mode];
  if (directions) {
    edge[0] = data[at + 3 * stride - 1]!;
    for (let i = 0; i < 4; i++) edge[1 + i] = data[at + (3 - i) * stride - 1]!;
    for (let i = 0; i < 5; i++) edge[5 + i] = data[at - stride - 1 + i]!;
    edge.set(aboveRight, 10);
    edge[14] = edge[13]!;
    for (let i = 0; i < 16; i++) {
      const from = directions[i]! >> 1;
      const [a, b] = [edge[from]!, edge[from + 1]!];
      data[at + (i >> 2) * stride + (i & 3)] = directions[i]! & 1 ? (a + 2 * b + edge[from + 2]! + 2) >> 2 : (a + b + 1) >> 1;
    }
  } else {
    const wholeMode = mode === SUBBLOCK_MODE.dc ? MODE.dc : MODE.trueMotion;
    predictWhole({ stride, data }, at, 4, wholeMode, true, true);
  }
}
