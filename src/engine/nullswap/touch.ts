/**
 * The ways in which a face is touched, as training/touch.py defines them: the picture's own detail made stronger or
 * weaker, or moved a little; and grain, drawn freely but only as strong as the picture hides it.
 */
import { add, depthToSpace, div, image, mul, pad, relu, slice, split, sub, tidy, type Tensor4D } from '@tensorflow/tfjs-core';
import { boxMean } from '../differentiable';
import type { NetworkDescription } from './weights';

/** Maps of the picture's own layers; what remains is grain, three colours folded 2 x 2. */
const WAYS = 4;
const GRAIN = 3 * 4;

/**
 * @param maps N x height/2 x width/2 x 16, the generator's output
 * @param picture what the generator was given, N x height x width x 3 RGB in [0, 1]
 * @param mask N x height x width x 1, how much the picture hides (`hidingMask`)
 * @returns residual of the picture's shape, not yet projected
 */
export function touch(maps: Tensor4D, picture: Tensor4D, mask: Tensor4D, settings: NetworkDescription['touch']): Tensor4D {
  return tidy(() => {
    const size: [number, number] = [picture.shape[1], picture.shape[2]];
    const [amounts, folded] = split(maps, [WAYS, GRAIN], 3) as [Tensor4D, Tensor4D];
    const each = split(image.resizeBilinear(amounts, size, false, true), WAYS, 3);
    const drawn = mul<Tensor4D>(mul(depthToSpace(folded, 2), mask), settings.grain);
    return mul(
      ways(picture).reduce((sum, way, i) => add(sum, mul(each[i]!, way)), drawn),
      texture(mask, settings),
    );
  });
}

/** The share, 0 to 1, of a touch that each place takes: next to nothing on smooth skin, where it would be seen at once. */
export function texture(mask: Tensor4D, { even, half }: NetworkDescription['touch']): Tensor4D {
  const above = relu(sub(boxMean(boxMean(mask, 5), 5), even));
  return div(above, add(above, half));
}

/** What maps of ones would add: detail from fine to middle, then motion to the right and down. */
function ways(picture: Tensor4D): Tensor4D[] {
  const low1 = boxMean(picture, 3);
  const low2 = boxMean(boxMean(low1, 5), 5);
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
