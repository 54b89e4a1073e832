/**
 * Brings a residual to the wanted visibility, as training/cloak.py and training/perceptual.py do: measured by a stand-in
 * for Butteraugli's 3-norm that knows what each place of the picture hides, scaled, and cut at a largest value.
 */
import {
  abs,
  add,
  conv2d,
  dispose,
  div,
  image,
  maxPool,
  mean,
  minimum,
  mul,
  neg,
  ones,
  pow,
  relu,
  reciprocal,
  reshape,
  scalar,
  sqrt,
  square,
  sub,
  tensor4d,
  tidy,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { CANONICAL_SIZE } from '../align';
import type { Crop } from '../crop';
import { boxMean, Convolution, cutStraightThrough, halve, resample, type Matrix } from '../differentiable';
import { shrunkAndBack, toMatrix } from '../sampling';
import { colourFor } from './faceSize';
import type { NetworkDescription, Perception } from './weights';

/** A face as the network sees it, and what it hides. */
export interface Ground {
  /** 1 x size x size x 3 RGB in [0, 1]. */
  picture: Tensor4D;
  /** How much more than usual each place hides; flat skin hides least. 1 x size x size x 1. */
  mask: Tensor4D;
  /** The share of a touch that each place takes (training/touch.py). 1 x size x size x 1. */
  texture: Tensor4D;
  /** A photo without colour: its cloak must have none either. */
  isGrey: boolean;
  /** What the picture's own pixels, fewer than the crop's, can show of a row or column; null where they are as many. */
  shown: Matrix | null;
  /** The share of the colours' thresholds that holds where the face is shown (`colourFor`). */
  colour: number;
}

export interface Projected {
  /** To be added to the picture; twice the visibility gives exactly twice the residual. */
  residual: Tensor4D;
  /** How far the residual went beyond its largest value before it was cut: the mean, in units of that value. */
  overshoot: Scalar;
}

/** Sides of crops below which nothing of a face is left. */
const FEWEST_PIXELS = 24;

export class Projection {
  private readonly lumaChroma: Convolution;

  constructor(private readonly description: Pick<NetworkDescription, 'input' | 'perception' | 'limits' | 'touch'>) {
    this.lumaChroma = lumaChroma(description.perception);
  }

  /**
   * The trainer's `to_working_size` (bilinear between pixel centres), `mask_of` and `texture`.
   * @param side of the crop in the picture, pixels
   */
  ground(crop: Crop, side: number): Ground {
    const { working_size: size } = this.description.input;
    const own = Math.max(FEWEST_PIXELS, Math.round(side));
    const shown = own < size ? toMatrix(shrunkAndBack(size, own), size) : null;
    const small = tidy(() => image.resizeBilinear(tensor4d(crop, [1, CANONICAL_SIZE, CANONICAL_SIZE, 3]), [size, size], false, true));
    return this.groundOf(small, isGrey(crop), shown, colourFor(side));
  }

  /** @param picture at working size, 1 x size x size x 3 RGB in [0, 1] */
  groundOf(picture: Tensor4D, isGrey: boolean, shown: Matrix | null, colour = 1): Ground {
    const mask = tidy(() => hidingMask(picture, this.description.perception));
    const texture = tidy(() => textureOf(picture, this.description.perception, this.description.touch));
    return { picture, mask, texture, isGrey, shown, colour };
  }

  /**
   * The gradient passes what is cut off as if it were not. Of a face smaller than the crop only what its pixels can show is
   * kept, and counts: so that reducing the residual to the picture's size takes nothing away.
   * @param raw 1 x size x size x 3
   */
  project(raw: Tensor4D, ground: Ground, visibility: number): Projected {
    const { limits } = this.description;
    const { isGrey, shown } = ground;
    const possible = shown ? resample(raw, shown, shown) : raw;
    const coloured = isGrey ? withoutColour(possible) : possible;
    const free: Tensor4D = mul(coloured, reshape(div(visibility, this.visibility(coloured, ground)), [-1, 1, 1, 1]));
    const largest = (limits.largest * visibility) / limits.default_visibility;
    const beyond = div<Scalar>(mean(relu(sub(abs(free), largest))), largest);
    return { residual: cutStraightThrough(free, largest), overshoot: beyond };
  }

  dispose(): void {
    this.lumaChroma.dispose();
  }

  /** One number a residual: the fourth-power mean over four Laplacian bands of luma and chroma, each over its threshold. */
  visibility(residual: Tensor4D, { mask, colour }: Ground): Tensor1D {
    const { bands, chroma, scale } = this.description.perception;
    let level = this.lumaChroma.apply(residual, 'linear');
    let hidden = mask;
    let total: Tensor = scalar(1e-12);
    bands.forEach((luma, i) => {
      const last = i === bands.length - 1;
      const low = last ? null : box3Twice(level);
      const coloured = luma * chroma[i]! * colour;
      const thresholds = tensor4d([luma, coloured, coloured], [1, 1, 1, 3]);
      const band = mul(low ? sub(level, low) : level, reciprocal(mul(hidden, thresholds)));
      total = add(total, mul(mean(square(square(band)), [1, 2, 3]), 3));
      if (low) [level, hidden] = [halve(low), halve(hidden)];
    });
    return mul(pow(total, 0.25), scale);
  }
}

export function disposeGround({ picture, mask, texture, shown }: Ground): void {
  dispose([picture, mask, texture, ...(shown ? [shown.forward, shown.back] : [])]);
}

/** @param picture N x height x width x 3 RGB in [0, 1] */
function hidingMask(picture: Tensor4D, p: Perception): Tensor4D {
  const luma = lumaOf(picture, p.luma);
  const average = box3Twice(luma);
  const variance = relu(sub(box3Twice(square(luma)), square(average)));
  const deviation = sqrt(add(variance, 1e-8));
  return div(minimum(add(mul(deviation, p.mask_gain), p.mask_floor), p.mask_ceiling), p.mask_unit);
}

/**
 * The share, 0 to 1, of a touch that each place takes: next to nothing on smooth skin, where it would be seen at once, and
 * beside lone edges. What counts is the fine detail of the smoothest place near by.
 */
function textureOf(picture: Tensor4D, { luma }: Perception, { near, half }: NetworkDescription['touch']): Tensor4D {
  const y = lumaOf(picture, luma);
  const detail: Tensor4D = sub(y, box3Twice(y));
  const fine = sqrt(add<Tensor4D>(box3Twice(square(detail)), 1e-8));
  const smoothest: Tensor4D = neg(maxPool(neg(fine), near, 1, 'same'));
  const least = square(box3Twice(smoothest));
  return div(least, add(least, half ** 2));
}

/** From RGB to luma and the two chroma channels. */
function lumaChroma({ luma: [r, g, b], cb, cr }: Perception): Convolution {
  const rows = [
    [r, -r * cb, (1 - r) * cr],
    [g, -g * cb, -g * cr],
    [b, (1 - b) * cb, -b * cr],
  ];
  return new Convolution({ shape: [1, 1, 3, 3], values: Float32Array.from(rows.flat()) }, new Float32Array(3), 1, 0, true);
}

function lumaOf(picture: Tensor4D, weights: Perception['luma']): Tensor4D {
  return conv2d(picture, tensor4d(weights, [1, 1, 3, 1]), 1, 'same');
}

function box3Twice(x: Tensor4D): Tensor4D {
  return boxMean(boxMean(x, 3), 3);
}

function isGrey(crop: Crop): boolean {
  for (let i = 0; i < crop.length; i += 3) {
    if (crop[i] !== crop[i + 1] || crop[i] !== crop[i + 2]) return false;
  }
  return true;
}

function withoutColour(residual: Tensor4D): Tensor4D {
  return mul(mean<Tensor4D>(residual, 3, true), ones([1, 1, 1, 3]));
}
