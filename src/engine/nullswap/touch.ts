/**
 * The ways in which a face is touched, as training/touch.py defines them: the picture's own detail made stronger or
 * weaker, moved a little, shaded softly. The generator does not draw pixels; it says how much of each to add where.
 */
import {
  add,
  avgPool,
  image,
  mul,
  pad,
  slice,
  split,
  sub,
  tidy,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { NetworkDescription } from './weights';

/**
 * @param maps N x height/2 x width/2 x 6, the generator's output
 * @param picture what the generator was given, N x height x width x 3 RGB in [0, 1]
 * @returns residual of the picture's shape, not yet projected
 */
export function touch(maps: Tensor4D, picture: Tensor4D, { shade, shade_pool }: NetworkDescription['touch']): Tensor4D {
  return tidy(() => {
    const size: [number, number] = [picture.shape[1], picture.shape[2]];
    const [amounts, shading] = split(maps, [5, 1], 3) as [Tensor4D, Tensor4D];
    const shadeAmount = image.resizeBilinear(avgPool(shading, shade_pool, shade_pool, 'valid'), size, false, true);
    const each = split(image.resizeBilinear(amounts, size, false, true), 5, 3);
    return ways(picture).reduce((sum, way, i) => add(sum, mul(each[i]!, way)), mul<Tensor4D>(shadeAmount, shade));
  });
}

/** What maps of ones would add: detail from fine to coarse, then motion to the right and down. */
function ways(picture: Tensor4D): Tensor4D[] {
  const low1 = box(picture, 3);
  const low2 = box(box(low1, 5), 5);
  const low3 = box(box(low2, 9), 9);
  return [sub(picture, low1), sub(low1, low2), sub(low2, low3), slope(low1, 2), slope(low1, 1)];
}

/** Half the difference of the two neighbours along an axis; 0 on the border. */
function slope(x: Tensor4D, axis: 1 | 2): Tensor4D {
  const inner = x.shape.map((side, i) => (i === axis ? side - 2 : side));
  const start = (offset: number): number[] => x.shape.map((_, i) => (i === axis ? offset : 0));
  const difference = sub<Tensor4D>(slice(x, start(2), inner), slice(x, start(0), inner));
  const border = x.shape.map((_, i): [number, number] => (i === axis ? [1, 1] : [0, 0]));
  return mul(pad(difference, border), 0.5);
}

/** Mean over `side` x `side` places; beyond the border nothing is counted. */
export function box(x: Tensor4D, side: number): Tensor4D {
  return avgPool(x, side, 1, 'same');
}
