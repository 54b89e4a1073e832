/**
 * Brings a raw residual to the wanted visibility, as training/cloak.py and training/perceptual.py do: shaped by what each
 * place of the picture hides, measured by a stand-in for Butteraugli's 3-norm, scaled, and cut at a largest value.
 */
import {
  add,
  avgPool,
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
import type { NetworkDescription, Perception } from './weights';

/**
 * @param raw N x height x width x 3, the generator's output
 * @param picture what the generator was given, RGB in [0, 1]
 * @returns the residual to add to the picture; twice the visibility gives exactly twice the residual
 */
export function project(raw: Tensor4D, picture: Tensor4D, visibility: number, network: NetworkDescription): Tensor4D {
  const { perception, limits } = network;
  return tidy(() => {
    const amplitude = hidingAmplitude(picture, perception);
    const shaped = mul<Tensor4D>(raw, amplitude);
    const measured = measureVisibility(shaped, div(amplitude, perception.mask_unit), perception);
    const free = mul<Tensor4D>(shaped, reshape(div(visibility, measured), [-1, 1, 1, 1]));
    const largest = (limits.largest * visibility) / limits.default_visibility;
    return clipByValue(free, -largest, largest);
  });
}

/** N x height x width x 1: the amplitude that each place hides; flat skin hides least. */
function hidingAmplitude(picture: Tensor4D, p: Perception): Tensor4D {
  const luma = conv2d(picture, tensor4d(p.luma, [1, 1, 3, 1]), 1, 'same');
  const average = box3(box3(luma));
  const variance = relu(sub(box3(box3(square(luma))), square(average)));
  const deviation = sqrt(add(variance, 1e-8));
  return minimum(add(mul(deviation, p.mask_gain), p.mask_floor), p.mask_ceiling);
}

/** N visibilities: the fourth-power mean over four Laplacian bands of luma and chroma, each over its threshold. */
function measureVisibility(residual: Tensor4D, mask: Tensor4D, p: Perception): Tensor1D {
  let level = conv2d(residual, lumaChroma(p), 1, 'same');
  let hidden = mask;
  let total: Tensor = scalar(1e-12);
  p.bands.forEach((threshold, i) => {
    const last = i === p.bands.length - 1;
    const low = last ? null : box3(box3(level));
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

/** 3 x 3 mean; beyond the border nothing is counted. */
function box3(x: Tensor4D): Tensor4D {
  return avgPool(x, 3, 1, 'same');
}

function halve(x: Tensor4D): Tensor4D {
  return avgPool(x, 2, 2, 'valid');
}
