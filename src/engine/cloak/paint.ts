/**
 * Brings paint to the wanted visibility, as training/cloak.py and training/perceptual.py do: measured by a stand-in
 * for Butteraugli's 3-norm that knows what each place of the picture hides, scaled, and cut at a largest value.
 */
import {
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
  scalar,
  slice,
  sqrt,
  square,
  stack,
  sub,
  tensor4d,
  tidy,
  type Scalar,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { CANONICAL_SIZE } from '../align';
import type { Crop } from '../crop';
import { applied, boxMean, Convolution, clampStraightThrough, halve, meanBeyond, meanFourthPower, resample, type Matrix } from '../differentiable';
import { shrunkAndBack, toMatrix } from '../sampling';
import type { PaintAllowance } from './allowance';
import type { NetworkDescription, Perception } from './weights';

/** A face to be painted on, and what it hides. */
export interface Canvas {
  /** 1 x size x size x 3 RGB in [0, 1]. */
  picture: Tensor4D;
  /** How much more than usual each place hides; flat skin hides least. 1 x size x size x 1. */
  mask: Tensor4D;
  /** The share of a touch that each place takes (training/touch.py). 1 x size x size x 1. */
  texture: Tensor4D;
  /** A photo without colour: its cloak must have none either. */
  isGrey: boolean;
  /** What the picture itself, where it has less detail than the crop could have, can show of a row or column; null where it has as much. */
  shown: Matrix | null;
  /** One over what each place hides of luma and the two chroma channels, band by band: 1 x size x size x 3, each half as large as the one before. */
  sensitivities: Tensor4D[];
}

export interface Projected {
  /** To be added to the picture; twice the visibility gives exactly twice the residual. */
  residual: Tensor4D;
  /** How far the residual went beyond its largest value before it was cut: the mean, in units of that value. */
  overshoot: Scalar;
}

/** Sides of crops below which nothing of a face is left. */
const FEWEST_PIXELS = 24;
/** From the ratio of fine to coarser detail to pixels a side: a line through what shrunk portraits gave. */
const DETAIL_SLOPE = 380;
const DETAIL_OFFSET = 65;
/** Where the face begins in the crop, the background being sharper or softer than it: a share of the side. */
const FACE_START = 0.2;

export class Paint {
  private readonly toLumaChroma: Convolution;

  constructor(private readonly description: Pick<NetworkDescription, 'input' | 'perception' | 'limits' | 'touch'>) {
    this.toLumaChroma = lumaChroma(description.perception);
  }

  /** The trainer's `to_working_size` (bilinear between pixel centres), `mask_of` and `texture`. */
  canvas(crop: Crop, { finest, colour }: Omit<PaintAllowance, 'visibility'>): Canvas {
    const { working_size: size } = this.description.input;
    const own = Math.max(FEWEST_PIXELS, Math.round(finest));
    const shown = own < size ? toMatrix(shrunkAndBack(size, own), size) : null;
    return this.canvasOf(tidy(() => this.small(crop)), isGrey(crop), shown, colour);
  }

  /**
   * How many pixels a side would show all the detail of a crop's face, by how its fine detail compares with the next coarser: 24
   * and more. Of portraits shrunk to 24 to 160 pixels a side and enlarged again it finds that number within a tenth (the median).
   */
  async detail(crop: Crop): Promise<number> {
    const deviations = tidy(() => {
      const luma = lumaOf(this.small(crop), this.description.perception.luma);
      const low = boxMean(luma, 3);
      const bands: Tensor4D[] = [sub(luma, low), sub(low, boxMean(low, 5, 2))];
      const size = luma.shape[1];
      const [start, side] = [Math.round(size * FACE_START), Math.round(size * (1 - 2 * FACE_START))];
      return stack(bands.map((band) => sqrt(mean(square(slice(band, [0, start, start, 0], [1, side, side, 1]))))));
    });
    const [fine, middle] = await deviations.data();
    deviations.dispose();
    return middle! > 0 ? Math.max(FEWEST_PIXELS, DETAIL_SLOPE * (fine! / middle!) - DETAIL_OFFSET) : Infinity;
  }

  /** The trainer's `to_working_size`. */
  small(crop: Crop): Tensor4D {
    const { working_size: size } = this.description.input;
    return image.resizeBilinear(tensor4d(crop, [1, CANONICAL_SIZE, CANONICAL_SIZE, 3]), [size, size], false, true);
  }

  /** @param picture at working size, 1 x size x size x 3 RGB in [0, 1] */
  canvasOf(picture: Tensor4D, isGrey: boolean, shown: Matrix | null, colour = 1): Canvas {
    const mask = tidy(() => hidingMask(picture, this.description.perception));
    const texture = tidy(() => textureOf(picture, this.description.perception, this.description.touch));
    const sensitivities = tidy(() => sensitivitiesOf(mask, colour, this.description.perception));
    return { picture, mask, texture, isGrey, shown, sensitivities };
  }

  /**
   * The gradient passes what is cut off as if it were not. Of a face smaller or softer than the crop only what the picture can show is
   * kept, and counts: so that reducing the residual to the picture's size takes nothing away.
   * @param raw 1 x size x size x 3
   */
  project(raw: Tensor4D, canvas: Canvas, visibility: number): Projected {
    const { limits } = this.description;
    const { isGrey, shown } = canvas;
    const possible = shown ? resample(raw, shown, shown) : raw;
    const coloured = isGrey ? withoutColour(possible) : possible;
    const free = mul<Tensor4D>(coloured, div(visibility, this.visibility(coloured, canvas)));
    const largest = (limits.largest * visibility) / limits.visibility;
    return { residual: clampStraightThrough(free, -largest, largest), overshoot: div(meanBeyond(free, largest), largest) };
  }

  /** Luma, Cb and Cr (BT.601). */
  lumaChroma(picture: Tensor4D): Tensor4D {
    return applied(this.toLumaChroma, picture);
  }

  dispose(): void {
    this.toLumaChroma.dispose();
  }

  /**
   * The fourth-power mean over four Laplacian bands of luma and chroma, each over its threshold.
   * @param residual 1 x size x size x 3
   */
  visibility(residual: Tensor4D, { sensitivities }: Canvas): Scalar {
    let level = this.lumaChroma(residual);
    let total: Scalar = scalar(1e-12);
    sensitivities.forEach((sensitivity, i) => {
      const low = i === sensitivities.length - 1 ? null : box3Twice(level);
      const band = mul<Tensor4D>(low ? sub(level, low) : level, sensitivity);
      total = add(total, mul(meanFourthPower(band), 3));
      if (low) level = halve(low);
    });
    return mul(pow(total, 0.25), this.description.perception.scale);
  }
}

export function disposeCanvas({ picture, mask, texture, shown, sensitivities }: Canvas): void {
  dispose([picture, mask, texture, ...sensitivities, ...(shown ? [shown.forward, shown.back] : [])]);
}

function sensitivitiesOf(mask: Tensor4D, colour: number, { bands, chroma }: Perception): Tensor4D[] {
  let hidden = mask;
  return bands.map((luma, i) => {
    if (i > 0) hidden = halve(box3Twice(hidden));
    const coloured = luma * chroma[i]! * colour;
    return reciprocal<Tensor4D>(mul<Tensor4D>(hidden, tensor4d([luma, coloured, coloured], [1, 1, 1, 3])));
  });
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
  return new Convolution({ shape: [1, 1, 3, 3], values: Float32Array.from(rows.flat()) }, new Float32Array(3), 1, [0, 0], true);
}

function lumaOf(picture: Tensor4D, weights: Perception['luma']): Tensor4D {
  return conv2d(picture, tensor4d(weights, [1, 1, 3, 1]), 1, 'same');
}

function box3Twice(x: Tensor4D): Tensor4D {
  return boxMean(x, 3, 2);
}

export function isGrey(crop: Crop): boolean {
  for (let i = 0; i < crop.length; i += 3) {
    if (crop[i] !== crop[i + 1] || crop[i] !== crop[i + 2]) return false;
  }
  return true;
}

function withoutColour(residual: Tensor4D): Tensor4D {
  return mul(mean<Tensor4D>(residual, 3, true), ones([1, 1, 1, 3]));
}
