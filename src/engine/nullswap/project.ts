/**
 * Brings a residual to the wanted visibility, as training/cloak.py and training/perceptual.py do: measured by a stand-in
 * for Butteraugli's 3-norm that knows what each place of the picture hides, scaled, and cut at a largest value.
 */
import {
  add,
  clipByValue,
  conv2d,
  div,
  mean,
  minimum,
  mul,
  pow,
  relu,
  reshape,
  scalar,
  sqrt,
  square,
  sub,
  tensor4d,
  tidy,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { boxMean, halve } from '../differentiable';
import type { NetworkDescription, Perception } from './weights';

/**
 * @param raw N x height x width x 3
 * @param mask what the picture hides (`hidingMask`)
 * @returns the residual to add to the picture; twice the visibility gives exactly twice the residual
 */
export function project(raw: Tensor4D, mask: Tensor4D, visibility: number, { perception, limits }: NetworkDescription): Tensor4D {
  return tidy(() => {
    const measured = measureVisibility(raw, mask, perception);
    const free = mul<Tensor4D>(raw, reshape(div(visibility, measured), [-1, 1, 1, 1]));
    const largest = (limits.largest * visibility) / limits.default_visibility;
    return clipByValue(free, -largest, largest);
  });
}

/**
 * How much more than usual each place hides; flat skin hides least.
 * @param picture N x height x width x 3 RGB in [0, 1]
 * @returns N x height x width x 1
 */
export function hidingMask(picture: Tensor4D, p: Perception): Tensor4D {
  const luma = conv2d(picture, tensor4d(p.luma, [1, 1, 3, 1]), 1, 'same');
  const average = box3Twice(luma);
  const variance = relu(sub(box3Twice(square(luma)), square(average)));
  const deviation = sqrt(add(variance, 1e-8));
  return div(minimum(add(mul(deviation, p.mask_gain), p.mask_floor), p.mask_ceiling), p.mask_unit);
}

/** N visibilities: the fourth-power mean over four Laplacian bands of luma and chroma, each over its threshold. */
function measureVisibility(residual: Tensor4D, mask: Tensor4D, p: Perception): Tensor1D {
  let level = conv2d(residual, lumaChroma(p), 1, 'same');
  let hidden = mask;
  let total: Tensor = scalar(1e-12);
  p.bands.forEach((threshold, i) => {
    const last = i === p.bands.length - 1;
    const low = last ? null : box3Twice(level);
    const band = div(low ? sub(level, low) : level, mul(hidden, threshold));
    total = add(total, mul(mean(square(square(band)), [1, 2, 3]), 3));
    if (low) [level, hidden] = [halve(low), halve(hidden)];
  });
  return mul(pow(total, 0.25), p.scale);
}

/** 1 x 1 kernel from RGB to luma and the two chroma channels, each over its threshold. */
function lumaChroma({ luma: [r, g, b], cb, cr, chroma }: Perception): Tensor4D {
  const [blue, red] = [cb / chroma[0], cr / chroma[1]];
  const rows = [
    [r, -r * blue, (1 - r) * red],
    [g, -g * blue, -g * red],
    [b, (1 - b) * blue, -b * red],
  ];
  return tensor4d(rows.flat(), [1, 1, 3, 3]);
}

function box3Twice(x: Tensor4D): Tensor4D {
  return boxMean(boxMean(x, 3), 3);
}
