/**
 * Refinement: from what the network drew, steps of gradient descent on the very picture, so that recognisers know the
 * face less and less while fields and paint stay within their bounds. Each step sees the picture a little moved, often mirrored
 * or shrunk, since a recogniser will not see it in the very same place and size either, and asks the next of several recognisers: what misleads
 * them all misleads others, too. Paint is refined at a share of its visibility: at full strength the recogniser is soon wholly misled, and
 * what more it is misled by misleads no other.
 */
import {
  add,
  clone,
  dispose,
  div,
  keep,
  minimum,
  mul,
  pow,
  scalar,
  sqrt,
  square,
  sub,
  tensor4d,
  tidy,
  valueAndGrads,
  zerosLike,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { canonicalBox, type TemplateBox } from '../align';
import type { Crop } from '../crop';
import { clampStraightThrough, resample, type Matrix } from '../differentiable';
import { nextTask } from '../nextTask';
import type { MobileFaceNet } from '../recognisers/mobileFaceNet';
import { chained, mirrored, sampled, shrunkAndBack, toMatrix } from '../sampling';
import { CloakError } from '../types';
import { careFor, type FaceAllowance } from './allowance';
import { fieldNames, type FieldTensors } from './fields';
import { byName, disposeFace, type Face, type FaceCloak, type NullSwap } from './nullSwap';
import type { Canvas } from './paint';
import { randomFrom, type Random } from './random';
import type { RefineSettings } from './settings';

const SEED = 1;
/** A website's copy of the crop is as small as this share of it, and as large as that. */
const SMALLEST = 70 / 160;
const LARGEST = 150 / 160;

/** Whom a step asks, and what it says of the clean face. */
interface Asked {
  recogniser: MobileFaceNet;
  reference: Tensor2D;
}

/** Every face gets at least this many. */
const MIN_STEPS_PER_FACE = 4;
/** A group may take as long as this many single faces. */
const STEP_BUDGET_IN_FACES = 2;

/** A way to look at the crop: which part of it, by row and column. */
interface View {
  rows: Matrix;
  columns: Matrix;
}

/**
 * Several faces share the steps of two, the larger getting more, so that a group does not take much longer.
 * @param ofOne steps that a face alone gets
 * @param sides of the faces' crops in the picture, pixels
 */
export function stepsFor(ofOne: number, sides: readonly number[]): number[] {
  const whole = sides.reduce((sum, side) => sum + side, 0);
  return sides.map((side) => Math.min(ofOne, Math.max(MIN_STEPS_PER_FACE, Math.floor((STEP_BUDGET_IN_FACES * ofOne * side) / whole))));
}

/** What is refined: the fields' parameters, and paint. */
const parameterNames = [...fieldNames, 'paint'] as const;
type ParameterName = (typeof parameterNames)[number];

export class Refiner {
  constructor(
    /** Asked in turn. */
    private readonly recognisers: readonly MobileFaceNet[],
    private readonly nullSwap: NullSwap,
    readonly settings: RefineSettings,
  ) {}

  /** What the network drew, as refinement begins with it. */
  begin(drawn: FaceCloak): FaceCloak {
    return { ...drawn, fields: byName((name) => drawn.fields[name].map((value) => value * this.settings.field_share)) };
  }

  /**
   * @param start what to begin with, for the same crop
   * @param onStep called after each step
   * @returns a cloak within the same bounds, whose paint is no more visible than `start`'s.
   * Throws a `CloakError`, or the signal's reason.
   */
  async refine(crop: Crop, start: FaceCloak, steps: number, signal: AbortSignal, onStep: () => void = () => {}): Promise<FaceCloak> {
    const { allowance } = start;
    const face = this.nullSwap.face(crop, allowance);
    const { canvas } = face;
    const size = canvas.picture.shape[1];
    const references = tidy(() => this.recognisers.map((recogniser) => recogniser.embed(seen(canvas.picture, straightView(size, recogniser)))));
    const share = this.settings.visibility_share;
    // smooth skin is left the plainer the larger it is shown
    const places: Tensor4D = tidy(() => pow(canvas.texture, 1 + careFor(allowance.paint.side)));
    const startPaint: Tensor4D = tidy(() => mul(tensor4d(start.paint, [1, size, size, 3]), share));
    const begun = { ...this.nullSwap.fieldTensors(start.fields), paint: clone(startPaint) };
    const adams = parameterNames.map((name) => new Adam(begun[name], this.settings.betas));
    const random = randomFrom(SEED);
    try {
      for (let step = 0; step < steps; step++) {
        await nextTask();
        signal.throwIfAborted();
        const loss = tidy(() => {
          const turn = step % this.recognisers.length;
          const asked = { recogniser: this.recognisers[turn]!, reference: references[turn]! };
          const view = this.randomView(size, asked.recogniser, random);
          const lossOf = (...values: Tensor[]): Scalar => this.loss(values as Tensor4D[], face, allowance, view, asked);
          const { value, grads } = valueAndGrads(lossOf)(adams.map(({ values }) => values));
          parameterNames.forEach((name, i) => {
            const rate = this.rateAt(step, steps, name, allowance);
            adams[i]!.step(grads[i] as Tensor4D, name === 'paint' ? mul(places, rate) : scalar(rate));
          });
          return value as Scalar;
        });
        const [value] = await loss.data(); // waits for the graphics card, too
        loss.dispose();
        if (!Number.isFinite(value)) throw new CloakError('refining');
        onStep();
      }
      const refined = tidy(() => {
        const { residual } = this.nullSwap.paint.project(adams.at(-1)!.values, canvas, share * allowance.paint.visibility);
        return div<Tensor4D>(this.noMoreThan(startPaint, residual, canvas), share);
      });
      const [paint, ...fields] = (await Promise.all([refined, ...adams.map(({ values }) => values)].map((tensor) => tensor.data()))) as Float32Array[];
      refined.dispose();
      return { allowance, paint: paint!, fields: byName((_, i) => fields[i]!) };
    } finally {
      for (const adam of adams) adam.dispose();
      disposeFace(face);
      dispose([...references, startPaint, places]);
    }
  }

  dispose(): void {
    for (const recogniser of this.recognisers) recogniser.dispose();
  }

  private loss([warp, shade, detail, tint, paint]: Tensor4D[], face: Face, allowance: FaceAllowance, view: View, { recogniser, reference }: Asked): Scalar {
    const fields: FieldTensors = { warp: warp!, shade: shade!, detail: detail!, tint: tint! };
    const { retouched } = this.nullSwap.fields.retouched(fields, face, allowance.fields);
    const visibility = this.settings.visibility_share * allowance.paint.visibility;
    const { residual, overshoot } = this.nullSwap.paint.project(paint!, face.canvas, visibility);
    const cloaked = clampStraightThrough(add<Tensor4D>(retouched, residual), 0, 1);
    return add(recogniser.similarity(seen(cloaked, view), reference), mul(overshoot, this.settings.overshoot));
  }

  /** Paint's visibility is set before what is too large is cut off: the network's loses more by that cut than refined paint. */
  private noMoreThan(start: Tensor4D, refined: Tensor4D, canvas: Canvas): Tensor4D {
    const { paint } = this.nullSwap;
    return mul(refined, minimum(div(paint.visibility(start, canvas), paint.visibility(refined, canvas)), 1));
  }

  /** From the full rate down to a share of it, along a half cosine; the more steps, the smaller are all of them. */
  private rateAt(step: number, steps: number, name: ParameterName, { paint }: FaceAllowance): number {
    const { rates, last_rate: last } = this.settings;
    const first = (rates[name] * (name === 'paint' ? paint.visibility : 1)) / Math.sqrt(steps);
    return first * (last + ((1 - last) / 2) * (1 + Math.cos((Math.PI * step) / steps)));
  }

  private randomView(size: number, recogniser: Input, random: Random): View {
    const { jitter, resize_share, flip } = this.settings;
    const scale = Math.exp(jitter.scale * random.normal());
    const shifts = { x: jitter.shift * random.normal(), y: jitter.shift * random.normal() };
    const isMirrored = flip && random.uniform() < 0.5;
    const isShrunk = random.uniform() < resize_share;
    const side = Math.floor(size * (SMALLEST + (LARGEST - SMALLEST) * random.uniform()));
    const along = (start: number, end: number, shift: number, isReversed: boolean): Matrix => {
      const moved = [start, end].map((at) => (0.5 + scale * (at / size - 0.5) + shift / 2) * size) as [number, number];
      const cut = sampled(size, recogniser.size, ...moved);
      const uncut = isShrunk ? chained(shrunkAndBack(size, side), cut) : cut;
      return toMatrix(isReversed ? mirrored(uncut, size) : uncut, size);
    };
    const [left, top, right, bottom] = boxInCrop(size, recogniser.box);
    return { rows: along(top, bottom, shifts.y, false), columns: along(left, right, shifts.x, isMirrored) };
  }
}

/** What the recogniser sees of a crop at working size. */
export function seen(picture: Tensor4D, { rows, columns }: View): Tensor4D {
  return resample(picture, rows, columns);
}

type Input = Pick<MobileFaceNet, 'size' | 'box'>;

/** The recogniser's box as it is. */
export function straightView(size: number, recogniser: Input): View {
  const [left, top, right, bottom] = boxInCrop(size, recogniser.box);
  return {
    rows: toMatrix(sampled(size, recogniser.size, top, bottom), size),
    columns: toMatrix(sampled(size, recogniser.size, left, right), size),
  };
}

/** A recogniser's box in pixels of a canonical crop of `size` x `size`. */
function boxInCrop(size: number, [left, top, right, bottom]: TemplateBox): TemplateBox {
  const [originX, originY, end] = canonicalBox;
  const unit = size / (end - originX);
  return [(left - originX) * unit, (top - originY) * unit, (right - originX) * unit, (bottom - originY) * unit];
}

/** Adam (Kingma and Ba, 2015) on one tensor. */
class Adam {
  private steps = 0;
  private mean: Tensor4D;
  private meanSquare: Tensor4D;

  /** Takes `values` over. */
  constructor(
    public values: Tensor4D,
    private readonly betas: readonly [number, number],
  ) {
    this.mean = zerosLike(values);
    this.meanSquare = zerosLike(values);
  }

  /** @param rate of all values, or of each place: smooth skin stays as the network left it */
  step(gradient: Tensor4D, rate: Tensor): void {
    this.steps++;
    const [beta1, beta2] = this.betas;
    const before = [this.values, this.mean, this.meanSquare];
    this.mean = keep(add<Tensor4D>(mul(this.mean, beta1), mul(gradient, 1 - beta1)));
    this.meanSquare = keep(add<Tensor4D>(mul(this.meanSquare, beta2), mul(square(gradient), 1 - beta2)));
    const deviation = add(sqrt(div(this.meanSquare, 1 - beta2 ** this.steps)), 1e-8);
    this.values = keep(sub<Tensor4D>(this.values, mul(div(this.mean, deviation), div(rate, 1 - beta1 ** this.steps))));
    dispose(before);
  }

  dispose(): void {
    dispose([this.values, this.mean, this.meanSquare]);
  }
}
