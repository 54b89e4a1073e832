/**
 * Finer quantisation steps where a cloak would be lost in coarse ones. A step is divided by a whole number and the file's
 * coefficients multiplied by it, so they stand for the very same frequencies as before. It costs bits all over the
 * picture, so steps are chosen by what the changes gain from them, within a share of the file.
 */
import { LARGEST_COEFFICIENT, sizeOf } from './coefficients';
import { roundedFrom, HALF } from './rounding';

/** So many more bits may be spent, as a share of the coefficients'. */
const MOST_MORE_BITS = 0.22;
/** The same where hiding counts for more than size, in files of up to `SMALL_FILE` bytes: a large one might be refused for it. */
const MOST_MORE_BITS_OF_SMALL = 0.6;
const SMALL_FILE = 2 ** 20;
/** Of the changes' energy, so much may be lost to rounding: what is held as well as that is left as it is. */
const LOSS = 0.08;
/** Bits of the Huffman code of a coefficient that is not zero, beside those of its value. */
const CODE_BITS = 3;

/** A factor that a step can be divided by, what is then lost of the changes (energy), and the bits it costs. */
interface Choice {
  factor: number;
  loss: number;
  bits: number;
}

const bitsOf = (value: number): number => (value ? CODE_BITS + sizeOf(value) : 0);

/** What one quantisation table's coefficients are, and what is to be added to them. */
export class StepSearch {
  bits = 0;
  energy = 0;
  private readonly factors: number[][];
  private readonly loss: Float64Array[];
  private readonly more: Float64Array[];
  private readonly filled = new Float64Array(64);

  /** @param table 64 steps in zigzag order; @param stored the coefficients of every component that has them */
  constructor(
    readonly table: Uint16Array,
    private readonly stored: readonly Int16Array[],
  ) {
    const largest = new Uint16Array(64);
    for (const coefficients of stored) {
      for (let i = 0; i < coefficients.length; i++) {
        const value = coefficients[i]!;
        if (!value) continue;
        this.filled[i & 63]!++;
        this.bits += bitsOf(value);
        if (Math.abs(value) > largest[i & 63]!) largest[i & 63] = Math.abs(value);
      }
    }
    this.factors = Array.from(table, (step, k) => divisorsOf(step).filter((factor) => factor === 1 || factor * largest[k]! <= LARGEST_COEFFICIENT));
    [this.loss, this.more] = [this.factors.map(({ length }) => new Float64Array(length)), this.factors.map(({ length }) => new Float64Array(length))];
  }

  /**
   * @param change what is to be added to a coefficient, not quantised
   * @param weight how many coefficients it stands for
   */
  observe(k: number, stored: number, change: number, weight: number): void {
    if (!change) return;
    this.energy += weight * change * change;
    this.factors[k]!.forEach((factor, i) => {
      const step = this.table[k]! / factor;
      const steps = roundedFrom(change / step, HALF);
      this.loss[k]![i]! += weight * (change - steps * step) ** 2;
      this.more[k]![i]! += weight * (bitsOf(stored * factor + steps) - bitsOf(stored * factor));
    });
  }

  /** For every step the best choice where a bit is worth `price` of energy. */
  at(price: number): Choice[] {
    return this.factors.map((factors, k) => {
      const choices = factors.map((factor, i): Choice => ({
        factor, loss: this.loss[k]![i]!, bits: this.more[k]![i]! + this.filled[k]! * Math.log2(factor),
      }));
      return choices.reduce((best, choice) => (choice.loss + price * choice.bits < best.loss + price * best.bits ? choice : best));
    });
  }

  /** Every coefficient stays what it stands for. */
  divide(factors: readonly number[]): void {
    if (factors.every((factor) => factor === 1)) return;
    for (const coefficients of this.stored) {
      for (let i = 0; i < coefficients.length; i++) if (coefficients[i]) coefficients[i]! *= factors[i & 63]!;
    }
    factors.forEach((factor, k) => (this.table[k]! /= factor));
  }
}

/** How many more bits may be spent on a file, as a share of its coefficients' bits. */
export function mostMoreBits(fileSize: number, isSizeSecond: boolean): number {
  return isSizeSecond && fileSize <= SMALL_FILE ? MOST_MORE_BITS_OF_SMALL : MOST_MORE_BITS;
}

/**
 * Divides the tables' steps and multiplies their coefficients where that is worth its bits.
 * @param most of the coefficients' bits, so many more may be spent, on the changes themselves and on finer steps
 */
export function takeFinerSteps(searches: readonly StepSearch[], most: number): void {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const [energy, bits] = [sum(searches.map((search) => search.energy)), sum(searches.map((search) => search.bits))];
  if (!energy) return;
  const at = (price: number): Choice[][] => searches.map((search) => search.at(price));
  const isEnough = (choices: readonly Choice[][]): boolean => sum(choices.flat().map(({ loss }) => loss)) <= LOSS * energy;
  const isTooMuch = (choices: readonly Choice[][]): boolean => sum(choices.flat().map((choice) => choice.bits)) > most * bits;
  // the lower the price of a bit, the more of them are spent
  let [low, high] = [Math.log(1e-6), Math.log(1e6)];
  for (let i = 0; i < 24; i++) {
    const price = (low + high) / 2;
    const choices = at(Math.exp(price));
    if (isTooMuch(choices) || isEnough(choices)) low = price;
    else high = price;
  }
  const within = at(Math.exp(high));
  within.forEach((choices, i) => searches[i]!.divide(choices.map(({ factor }) => factor)));
}

function divisorsOf(step: number): number[] {
  return Array.from({ length: Math.min(step, LARGEST_COEFFICIENT) }, (_, i) => i + 1).filter((factor) => step % factor === 0);
}
