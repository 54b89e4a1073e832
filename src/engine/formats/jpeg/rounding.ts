/**
 * From which part of a quantisation step on a change is rounded up. A cloak is mostly changes of less than half a step, and
 * rounding to the nearest drops them: on a JPEG of quality 75 half of what the cloak is worth. So the part is chosen for
 * each face and component such that what is left has as much energy as what was wanted; of fine steps it makes no odds.
 */
const LEAST = 0.1;
export const HALF = 0.5;
const BINS = 50;

/** `value`, in quantisation steps, to a whole number of them: away from zero if its fraction is at least `from`. */
export function roundedFrom(value: number, from: number): number {
  const whole = Math.floor(Math.abs(value) + 1 - from);
  return value < 0 ? -whole : whole;
}

/** Collects what rounding does to the energy of a change, and chooses by it. */
export class Rounding {
  private wanted = 0;
  private roundedDown = 0;
  /** What rounding up adds, by the fraction of a step. */
  private readonly added = new Float64Array(BINS);

  /** @param value in quantisation steps of the size `step` */
  observe(value: number, step: number): void {
    const steps = Math.abs(value);
    if (!steps) return;
    const [down, energy] = [Math.floor(steps), step * step];
    this.wanted += steps * steps * energy;
    this.roundedDown += down * down * energy;
    this.added[Math.floor((steps - down) * BINS)]! += (2 * down + 1) * energy;
  }

  /** The fraction of a step to round up from, for `roundedFrom`: .1 to .5, the lower the more would be lost. */
  from(): number {
    let [bin, left] = [BINS, this.roundedDown];
    while (bin > LEAST * BINS && (bin > HALF * BINS || left + this.added[bin - 1]! <= this.wanted)) left += this.added[--bin]!;
    return bin / BINS;
  }
}
