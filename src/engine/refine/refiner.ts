/**
 * Refinement: from the network's residual, steps of gradient descent on the very picture, so that a recogniser knows the
 * face less and less while the cloak stays as visible as it is. Each step sees the picture a little moved, often mirrored
 * or shrunk, since a recogniser will not see it in the very same place and size either, and asks the next of several recognisers: what misleads
 * them all misleads others, too. The steps are taken at a share of the
 * visibility: at full strength the recogniser is soon wholly misled, and what more it is misled by misleads no other.
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
  sqrt,
  square,
  sub,
  sum,
  tensor4d,
  tidy,
  valueAndGrad,
  zerosLike,
  type Scalar,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { Strength } from '../../shared/strengths';
import { canonicalBox, type TemplateBox } from '../align';
import type { Crop } from '../crop';
import { cutStraightThrough, resample, type Matrix } from '../differentiable';
import { nextTask } from '../nextTask';
import type { Residual } from '../nullswap/nullSwap';
import { careFor, type Look } from '../nullswap/faceSize';
import { disposeGround, type Ground, type Projection } from '../nullswap/projection';
import { chained, mirrored, sampled, shrunkAndBack, toMatrix } from '../sampling';
import { CloakError } from '../types';
import type { MobileFaceNet } from './mobileFaceNet';
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

/** However many faces share them, each gets as many steps. */
const FEWEST_STEPS = 4;
/** Several faces share the steps of so many. */
const FACES_PAID = 2;

/** A way to look at the crop: which part of it, by row and column. */
interface View {
  rows: Matrix;
  columns: Matrix;
}

/**
 * Several faces share the steps of two, the larger getting more, so that a group does not take much longer; with `maximum` each has them all.
 * @param ofOne steps that a face alone gets
 * @param sides of the faces' crops in the picture, pixels
 */
export function stepsFor(ofOne: number, sides: readonly number[], strength: Strength): number[] {
  if (strength === 'maximum') return sides.map(() => ofOne);
  const whole = sides.reduce((sum, side) => sum + side, 0);
  return sides.map((side) => Math.min(ofOne, Math.max(FEWEST_STEPS, Math.floor((FACES_PAID * ofOne * side) / whole))));
}

export class Refiner {
  constructor(
    /** Asked in turn. */
    private readonly recognisers: readonly MobileFaceNet[],
    private readonly projection: Projection,
    readonly settings: RefineSettings,
  ) {}

  /**
   * @param start the residual to begin with, for the same crop
   * @param look as `start` was drawn
   * @param onStep called after each step
   * @returns a residual that is neither more visible than `start` nor of more energy. Throws a `CloakError`, or the signal's reason.
   */
  async refine(
    crop: Crop,
    start: Residual,
    look: Look,
    steps: number,
    signal: AbortSignal,
    onStep: () => void = () => {},
  ): Promise<Residual> {
    const { size } = start;
    const { visibility, side } = look;
    const ground = this.projection.ground(crop, look);
    const references = tidy(() => this.recognisers.map((recogniser) => recogniser.embed(seen(ground.picture, straightView(size, recogniser)))));
    const { at } = this.settings;
    // smooth skin is left the plainer the larger it is shown
    const places: Tensor4D = tidy(() => pow(ground.texture, 1 + careFor(side)));
    const smaller: Tensor4D = tidy(() => mul(tensor4d(start.values, [1, size, size, 3]), at));
    const adam = new Adam(clone(smaller), this.settings.betas);
    const random = randomFrom(SEED);
    try {
      for (let step = 0; step < steps; step++) {
        await nextTask();
        signal.throwIfAborted();
        const loss = tidy(() => {
          const turn = step % this.recognisers.length;
          const asked = { recogniser: this.recognisers[turn]!, reference: references[turn]! };
          const view = this.randomView(size, asked.recogniser, random);
          const { value, grad } = valueAndGrad((raw) => this.loss(raw as Tensor4D, ground, at * visibility, view, asked))(adam.values);
          adam.step(grad as Tensor4D, mul(places, rateAt(step, steps, this.settings.rate)));
          return value as Scalar;
        });
        const [value] = await loss.data(); // waits for the graphics card, too
        loss.dispose();
        if (!Number.isFinite(value)) throw new CloakError('refining');
        onStep();
      }
      const refined = tidy(() => {
        const { residual } = this.projection.project(adam.values, ground, at * visibility);
        return div<Tensor4D>(this.noMoreThan(smaller, residual, ground), at);
      });
      const values = (await refined.data()) as Float32Array;
      refined.dispose();
      return { size, values };
    } finally {
      adam.dispose();
      disposeGround(ground);
      dispose([...references, smaller, places]);
    }
  }

  dispose(): void {
    for (const recogniser of this.recognisers) recogniser.dispose();
  }

  private loss(raw: Tensor4D, ground: Ground, visibility: number, view: View, { recogniser, reference }: Asked): Scalar {
    const { residual, overshoot } = this.projection.project(raw, ground, visibility);
    const cloaked = cutStraightThrough(add<Tensor4D>(ground.picture, residual), 0, 1);
    return add(recogniser.similarity(seen(cloaked, view), reference), mul(overshoot, this.settings.overshoot));
  }

  /**
   * A residual's visibility is set before what is too large is cut off. The network's loses more by that cut than a refined one,
   * which also puts more of its energy where nothing hides it.
   */
  private noMoreThan(start: Tensor4D, refined: Tensor4D, ground: Ground): Tensor4D {
    const visible = div(this.projection.visibility(start, ground), this.projection.visibility(refined, ground));
    const energy = sqrt(div(sum(square(start)), sum(square(refined))));
    return mul(refined, minimum(minimum(visible, energy), 1));
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

/** From the full rate down to a tenth of it, along a half cosine; the more steps, the smaller are all of them. */
function rateAt(step: number, steps: number, rate: number): number {
  return (rate / Math.sqrt(steps)) * (0.1 + 0.45 * (1 + Math.cos((Math.PI * step) / steps)));
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

  /** @param rate of each place: smooth skin stays as the network left it */
  step(gradient: Tensor4D, rate: Tensor4D): void {
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
