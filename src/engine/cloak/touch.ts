/**
 * The ways in which paint touches a face, as training/touch.py defines them: the picture's own detail made stronger or
 * weaker, or moved a little.
 */
import { add, image, mul, pad, slice, split, sub, tidy, type Tensor4D } from '@tensorflow/tfjs-core';
import { boxMean } from '../differentiable';
import type { Canvas } from './paint';

const WAYS = 4;

/**
 * @param maps N x height/4 x width/4 x 4, from the generator
 * @param canvas what the generator was given
 * @returns paint of the picture's shape, not yet projected
 */
export function touch(maps: Tensor4D, { picture, texture }: Pick<Canvas, 'picture' | 'texture'>): Tensor4D {
  return tidy(() => {
    const size: [number, number] = [picture.shape[1], picture.shape[2]];
    const each = split(image.resizeBilinear(maps, size, false, true), WAYS, 3);
    const touches = ways(picture).map((way, i): Tensor4D => mul(each[i]!, way));
    return mul(touches.reduce((sum, touched) => add(sum, touched)), texture);
  });
}

/** What maps of ones would add: detail from fine to middle, then motion to the right and down. */
function ways(picture: Tensor4D): Tensor4D[] {
  const low1 = boxMean(picture, 3);
  const low2 = boxMean(low1, 5, 2);
  return [sub(picture, low1), sub(low1, low2), slope(low1, 2), slope(low1, 1)];
}

/** Half the difference of the two neighbours along an axis; 0 on the border. */
function slope(x: Tensor4D, axis: 1 | 2): Tensor4D {
  const inner = x.shape.map((side, i) => (i === axis ? side - 2 : side));
  const start = (offset: number): number[] => x.shape.map((_, i) => (i === axis ? offset : 0));
  const difference = sub<Tensor4D>(slice(x, start(2), inner), slice(x, start(0), inner));
  const border = x.shape.map((_, i): [number, number] => (i === axis ? [1, 1] : [0, 0]));
  return mul(pad(difference, border), 0.5);
}
