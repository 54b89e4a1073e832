/**
 * Retouch fields, as training/fields.py defines them: a face is bent, shaded, softened or sharpened and tinted, smoothly, as a
 * retoucher would. Their few parameters lie on coarse grids; `places` say where a face takes them.
 */
import {
  add,
  concat,
  div,
  exp,
  matMul,
  mean,
  minimum,
  mul,
  pow,
  relu,
  reshape,
  reverse,
  slice,
  split,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  tensor2d,
  tensor4d,
  tidy,
  type Scalar,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { bent, boxMean, resample, type Matrix } from '../differentiable';
import { enlarged, toMatrix } from '../sampling';
import type { FieldsDescription } from './weights';

export const fieldNames = ['warp', 'shade', 'detail', 'tint'] as const;
export type FieldName = (typeof fieldNames)[number];

/** Of each field: 1 x side x side x channels. */
export type FieldTensors = Record<FieldName, Tensor4D>;

/** How far the fields may go; training/fields.py says in what. */
export interface Bounds {
  strain: number;
  distance: number;
  shade: number;
  detail: number;
  tint: number;
}

/** The share of its bound, 0 to 1, that a field has at each place: 1 x size x size x 1. */
export interface Places {
  /** Where the warp may be. */
  face: Tensor4D;
  /** Where there is skin: shade and tint. */
  skin: Tensor4D;
  /** Skin without hair, lashes or glasses: detail. */
  plain: Tensor4D;
}

/** A face to be retouched. */
export interface Retouchable {
  /** By `neighboursOf`. */
  neighbours: Tensor2D;
  places: Places;
  /** 0 to 1: the more a face looks straight ahead, the more alike are the changes on its left and right. */
  symmetry: number;
}

/** What the warp does to a small square, and the norm it is bounded in. */
const NORM = 6;

export class RetouchFields {
  private readonly laid: Record<FieldName, Matrix>;
  private readonly faceMask: Tensor4D;
  private readonly skinWeights: Tensor4D;
  private readonly expression: Tensor2D;

  constructor(
    private readonly description: FieldsDescription,
    private readonly lumaChroma: (picture: Tensor4D) => Tensor4D,
    private readonly size: number,
  ) {
    const matrix = (name: FieldName): Matrix => toMatrix(enlarged(description.grids[name].side, size), description.grids[name].side);
    this.laid = { warp: matrix('warp'), shade: matrix('shade'), detail: matrix('detail'), tint: matrix('tint') };
    this.expression = tensor2d(description.expression);
    this.faceMask = overPlaces(size, (x, y) => faceMaskAt(description, x, y));
    this.skinWeights = tidy(() => {
      const weights = overPlaces(size, (x, y) => skinWeightAt(description, x, y));
      return div(weights, sum(weights));
    });
  }

  /** @param picture 1 x size x size x 3 RGB in [0, 1] */
  placesOf(picture: Tensor4D): Places {
    const { skin_deviations: deviations, skin_floor: skinFloor, detail_floor: detailFloor, rough } = this.description;
    const face = this.faceMask.clone();
    const colours = this.lumaChroma(boxMean(picture, 5, 2));
    const centre: Tensor4D = sum(mul(colours, this.skinWeights), [1, 2], true);
    const away: Tensor4D = sum(square(div(sub<Tensor4D>(colours, centre), tensor4d(deviations, [1, 1, 1, 3]))), 3, true);
    const skin: Tensor4D = exp(mul<Tensor4D>(relu(sub<Tensor4D>(away, 1)), -0.5));
    const luma = slice(this.lumaChroma(picture), [0, 0, 0, 0], [1, this.size, this.size, 1]);
    const middle: Tensor4D = sub(boxMean(luma, 3), boxMean(luma, 9, 2));
    const roughness = sqrt<Tensor4D>(boxMean(square(middle), 7, 2));
    const plain: Tensor4D = div(1, add<Tensor4D>(pow(div(roughness, rough), 4), 1));
    const from = (floor: number, share: Tensor4D): Tensor4D => mul(face, add(mul(share, 1 - floor), floor));
    return { face, skin: from(skinFloor, boxMean(skin, 7, 2)), plain: from(detailFloor, boxMean(mul<Tensor4D>(plain, skin), 5, 2)) };
  }

  /** From where each place is taken, relative to itself: 1 x size x size x 2, shares of the side; scaled down to its bounds. */
  displacement(warp: Tensor4D, { places, symmetry }: Retouchable, { strain, distance }: Bounds): Tensor4D {
    const free = mul<Tensor4D>(this.overCrop('warp', warp, symmetry), places.face);
    const least = minimum(div(strain, highMean(squaredStrain(free))), div(distance, highMean(squaredLength(free))));
    return mul(free, minimum(least, 1));
  }

  /** @returns the face, bent by the warp alone, and with all fields; both 1 x size x size x 3, not clamped */
  retouched(fields: FieldTensors, face: Retouchable, bounds: Bounds): { bent: Tensor4D; retouched: Tensor4D } {
    const { places, symmetry, neighbours } = face;
    const amount = (name: Exclude<FieldName, 'warp'>, where: Tensor4D): Tensor4D =>
      mul(mul<Tensor4D>(this.overCrop(name, fields[name], symmetry), where), bounds[name]);
    const moved = bent(this.displacement(fields.warp, face, bounds), neighbours);
    const fine = boxMean(moved, 3);
    const middle = boxMean(fine, 5, 2);
    const [ofFine, ofMiddle] = split(amount('detail', places.plain), 2, 3) as [Tensor4D, Tensor4D];
    const detailed = add<Tensor4D>(moved, add<Tensor4D>(mul(ofFine, sub(moved, fine)), mul(ofMiddle, sub(fine, middle))));
    const shaded = mul<Tensor4D>(detailed, exp(amount('shade', places.skin)));
    return { bent: moved, retouched: add(shaded, colourOf(amount('tint', places.skin))) };
  }

  dispose(): void {
    for (const { forward, back } of Object.values(this.laid)) {
      forward.dispose();
      back.dispose();
    }
    this.expression.dispose();
    this.faceMask.dispose();
    this.skinWeights.dispose();
  }

  /**
   * Parameters over the whole crop, made alike on the left and on the right. All but the warp's are bounded on the grid, not after:
   * what is laid over bounded values is smooth, a bounded steep slope is an edge.
   */
  private overCrop(name: FieldName, parameters: Tensor4D, symmetry: number): Tensor4D {
    const laid = this.laid[name];
    const alike = mirroredMean(name, parameters, symmetry);
    return resample(name === 'warp' ? this.withoutExpression(alike) : tanh(alike), laid, laid);
  }

  /** The warp nearest to it that makes nobody frown, squint or smile: left to itself, it makes everybody frown. */
  private withoutExpression(warp: Tensor4D): Tensor4D {
    const flat: Tensor2D = reshape(warp, [1, -1]);
    const frown = matMul(matMul(flat, this.expression, false, true), this.expression);
    return reshape(sub<Tensor2D>(flat, frown), warp.shape);
  }
}

/** The mean with the mirror image, by as much as `symmetry` says: what goes to the right there goes to the left here. */
export function mirroredMean(name: FieldName, parameters: Tensor4D, symmetry: number): Tensor4D {
  const flipped: Tensor4D = reverse(parameters, 2);
  const mirrored = name === 'warp' ? mul<Tensor4D>(flipped, tensor4d([-1, 1], [1, 1, 1, 2])) : flipped;
  return add(mul(parameters, 1 - symmetry / 2), mul(mirrored, symmetry / 2));
}

/** Of the squares of what is bounded: a mean that the highest values rule. */
export function highMean(squares: Tensor4D): Scalar {
  return pow(mean(pow(squares, NORM / 2)), 1 / NORM);
}

/** Of how much a small square is deformed: 1 x size-1 x size-1 x 1. */
export function squaredStrain(displacement: Tensor4D): Tensor4D {
  const inner = displacement.shape[1] - 1;
  const part = (row: number, column: number): Tensor4D => slice(displacement, [0, row, column, 0], [1, inner, inner, 2]);
  const here = part(1, 1);
  const across = square<Tensor4D>(sub<Tensor4D>(here, part(1, 0)));
  const down = square<Tensor4D>(sub<Tensor4D>(here, part(0, 1)));
  return add(mul(sum<Tensor4D>(add<Tensor4D>(across, down), 3, true), displacement.shape[1] ** 2), TINY);
}

export function squaredLength(displacement: Tensor4D): Tensor4D {
  return add(sum<Tensor4D>(square(displacement), 3, true), TINY);
}

/** Keeps gradients finite where nothing moves. */
const TINY = 1e-12;

/** Cb and Cr as red, green and blue (BT.601). */
function colourOf(tint: Tensor4D): Tensor4D {
  const [blue, red] = split(tint, 2, 3) as [Tensor4D, Tensor4D];
  return concat([mul<Tensor4D>(red, 1.402), add<Tensor4D>(mul(blue, -0.344136), mul(red, -0.714136)), mul<Tensor4D>(blue, 1.772)], 3);
}

/** 1 within an ellipse over the face, falling smoothly to 0 at its edge. Shares of the crop's side. */
function faceMaskAt({ centre, radii, soft }: FieldsDescription, x: number, y: number): number {
  const radius = Math.hypot((x - centre[0]) / radii[0], (y - centre[1]) / radii[1]);
  const inside = Math.min(Math.max((1 - radius) / soft, 0), 1);
  return inside * inside * (3 - 2 * inside);
}

/** High where nearly every face shows skin. */
function skinWeightAt({ skin_at: at, skin_spread: spread }: FieldsDescription, x: number, y: number): number {
  return at.reduce((total, [u, v]) => total + Math.exp(-((x - u) ** 2 + (y - v) ** 2) / (2 * spread ** 2)), 0);
}

function overPlaces(size: number, value: (x: number, y: number) => number): Tensor4D {
  const values = Float32Array.from({ length: size * size }, (_, i) => value(((i % size) + 0.5) / size, (Math.floor(i / size) + 0.5) / size));
  return tensor4d(values, [1, size, size, 1]);
}
