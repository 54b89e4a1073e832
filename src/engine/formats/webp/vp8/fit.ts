/** Chooses a macroblock's levels so that its samples come out as they are to. */
import type { Plane } from './planes';
import type { Fitter, Steps } from './reconstruct';
import { forward, forwardSecond, inverse, PATTERNS } from './transform';

/** Eighths that round to 0 are -4 to 3. */
const HALF = 0.5;
/** A sample that has to come out right is better this far from where it would be rounded otherwise. */
const MARGIN = 1 / 8;
/** What such a sample counts more than others. */
const PENALTY = 4000;
const MOST_STEPS = 24;

export class TargetFitter implements Fitter {
  /**
   * @param levels where they are written
   * @param target as by `samplesOf`
   * @param exact which of them have to come out right, if the steps are fine enough; null: none
   */
  constructor(
    private readonly levels: Int16Array,
    private readonly target: Float64Array,
    private readonly exact: Uint8Array | null,
  ) {}

  second({ stride, data }: Plane, at: number, steps: Steps, levelsAt: number): void {
    const firsts = new Float64Array(16);
    for (let i = 0; i < 256; i++) {
      const [block, sample] = [i >> 4, i & 15];
      const [x, y] = [4 * (block & 3) + (sample & 3), 4 * (block >> 2) + (sample >> 2)];
      firsts[block]! += (this.target[i]! - data[at + y * stride + x]!) / 2;
    }
    forwardSecond(firsts).forEach((value, i) => (this.levels[levelsAt + i] = Math.round(value / (i ? steps.ac : steps.dc))));
  }

  block({ stride, data }: Plane, at: number, block: number, steps: Steps, dc: number | null, levelsAt: number): void {
    const wanted = new Float64Array(16);
    for (let i = 0; i < 16; i++) wanted[i] = this.target[16 * block + i]! - data[at + (i >> 2) * stride + (i & 3)]!;
    const own = this.levels.subarray(levelsAt, levelsAt + 16);
    forward(wanted).forEach((value, i) => (own[i] = i === 0 && dc !== null ? 0 : Math.round(value / (i ? steps.ac : steps.dc))));
    const exact = this.exact?.subarray(16 * block, 16 * block + 16);
    if (exact?.includes(1)) hit(own, wanted, steps, dc, exact);
  }
}

const coefficients = new Int32Array(16);
const eighths = new Int32Array(16);

/** Moves levels, one or two at a time, until the samples that have to come out right do, the others as well as they can. */
function hit(levels: Int16Array, wanted: Float64Array, steps: Steps, dc: number | null, exact: Uint8Array): void {
  const errors = new Float64Array(16);
  const stepOf = (i: number): number => (i ? steps.ac : steps.dc);
  for (let count = 0; count < MOST_STEPS; count++) {
    for (let i = 0; i < 16; i++) coefficients[i] = i === 0 && dc !== null ? dc : levels[i]! * stepOf(i);
    inverse(coefficients, eighths);
    for (let i = 0; i < 16; i++) errors[i] = (eighths[i]! + HALF) / 8 - wanted[i]!;
    if (isHit(errors, exact)) return;
    const move = bestMove(errors, exact, stepOf, dc === null ? 0 : 1);
    if (!move) return;
    for (const [i, sign] of move) levels[i]! += sign;
  }
}

function addPattern(errors: Float64Array, coefficient: number, value: number): void {
  for (let i = 0; i < 16; i++) errors[i]! += value * PATTERNS[16 * coefficient + i]!;
}

function isHit(errors: Float64Array, exact: Uint8Array): boolean {
  for (let i = 0; i < 16; i++) if (exact[i] && Math.abs(errors[i]!) > HALF) return false;
  return true;
}

type Move = [coefficient: number, sign: number][];

function bestMove(errors: Float64Array, exact: Uint8Array, stepOf: (i: number) => number, first: number): Move | null {
  const moved = new Float64Array(16);
  let [least, best]: [number, Move | null] = [costWith(errors, exact, 0, 0) - 1e-9, null];
  for (let i = first; i < 16; i++) {
    for (const sign of [-1, 1]) {
      moved.set(errors);
      addPattern(moved, i, sign * stepOf(i));
      const cost = costWith(moved, exact, 0, 0);
      if (cost < least) [least, best] = [cost, [[i, sign]]];
      for (let j = i + 1; j < 16; j++) {
        for (const other of [-1, 1]) {
          const both = costWith(moved, exact, j, other * stepOf(j));
          if (both < least) [least, best] = [both, [[i, sign], [j, other]]];
        }
      }
    }
  }
  return best;
}

/** What the errors cost once a coefficient has become larger by `value`. */
function costWith(errors: Float64Array, exact: Uint8Array, coefficient: number, value: number): number {
  let cost = 0;
  for (let i = 0; i < 16; i++) {
    const error = errors[i]! + value * PATTERNS[16 * coefficient + i]!;
    if (!exact[i]) cost += error * error;
    else if (Math.abs(error) > HALF - MARGIN) cost += PENALTY * (Math.abs(error) - HALF + MARGIN) ** 2;
  }
  return cost;
}
