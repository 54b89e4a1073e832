/** How a refinement step looks at a crop, and how many steps a face gets. */
import '@tensorflow/tfjs-backend-cpu';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomFrom } from '../../../src/engine/cloak/random';
import { stepsFor } from '../../../src/engine/cloak/refiner';
import { chained, enlarged, mirrored, sampled, shrunk, toMatrix, type Sampling } from '../../../src/engine/sampling';

beforeAll(() => setBackend('cpu'));

const apply = (sampling: Sampling, values: number[]): number[] =>
  sampling.map((place) => place.reduce((sum, { from, weight }) => sum + weight * values[from]!, 0));

const ramp = (length: number): number[] => Array.from({ length }, (_, i) => i + 0.5);

describe('sampling', () => {
  it('gives a ramp its own places, and the last value beyond the edges', () => {
    expect(apply(sampled(10, 4, 2, 6), ramp(10))).toEqual([2.5, 3.5, 4.5, 5.5]);
    expect(apply(sampled(10, 5, 2.25, 4.75), ramp(10))).toEqual([2.5, 3, 3.5, 4, 4.5]);
    expect(apply(sampled(4, 4, -4, 0), ramp(4))).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(apply(sampled(4, 2, 3, 7), ramp(4))).toEqual([3.5, 3.5]);
  });

  it('keeps what is even when it shrinks, and the middle of a ramp', () => {
    for (const value of apply(shrunk(160, 70), new Array(160).fill(7))) expect(value).toBeCloseTo(7, 10);
    const small = apply(shrunk(20, 10), ramp(20));
    for (let i = 1; i < 9; i++) expect(small[i]!).toBeCloseTo(2 * i + 1, 10);
  });

  it('enlarges by the cubic of Keys, whose slope is -3/4, as torch does', () => {
    // twice as many: the new places lie a quarter before and after the old ones
    const [near, far] = [0.25, 0.75].map((x) => (1.25 * x - 2.25) * x * x + 1);
    const [nearer, farther] = [1.25, 1.75].map((x) => ((-0.75 * x + 3.75) * x - 6) * x + 3);
    const doubled = apply(enlarged(8, 16), [0, 0, 0, 1, 0, 0, 0, 0]);
    [0, 0, 0, farther, nearer, far, near, near, far, nearer, farther, 0, 0, 0, 0, 0].forEach((weight, i) => expect(doubled[i]!, `at ${i}`).toBeCloseTo(weight!, 12));
    // three times: every third place is an old one
    const tripled = apply(enlarged(5, 15), [3, 1, 4, 1, 5]);
    [3, 1, 4, 1, 5].forEach((value, i) => expect(tripled[3 * i + 1]!).toBeCloseTo(value, 12));
  });

  it('keeps what is even when it enlarges, and is symmetric', () => {
    for (const value of apply(enlarged(8, 160), new Array(8).fill(7))) expect(value).toBeCloseTo(7, 10);
    const values = [3, 1, 4, 1, 5];
    const turned = apply(enlarged(5, 23), [...values].reverse()).reverse();
    apply(enlarged(5, 23), values).forEach((value, i) => expect(value).toBeCloseTo(turned[i]!, 10));
  });

  it('makes of a ramp the ramp and the ripple of its cubic, and levels off at the ends', () => {
    const places = apply(enlarged(10, 80), ramp(10));
    for (let i = 16; i < 64; i++) {
      const place = (i + 0.5) / 8;
      const t = (place + 0.5) % 1; // from one sample to the next
      // a slope of -1/2 would keep the ramp; -3/4 is steeper at the samples than between them
      expect(places[i]! - place, `at ${i}`).toBeCloseTo((t * (1 - t) * (1 - 2 * t)) / 2, 10);
    }
    expect(places[4]! - places[0]!).toBeLessThan(0.5);
  });

  it('is mirrored by reading from the other end', () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6];
    const cut = sampled(8, 3, 1, 5);
    expect(apply(mirrored(cut, 8), values)).toEqual(apply(cut, [...values].reverse()));
  });

  it('is the same chained as one after the other, and as a matrix and its transpose', () => {
    const values = ramp(12).map((value) => Math.sin(value));
    const [first, then] = [shrunk(12, 5), sampled(5, 7, 1, 4)];
    const expected = apply(then, apply(first, values));
    const both = chained(first, then);
    apply(both, values).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 10));
    const { forward, back } = toMatrix(both, 12);
    const [rows, columns] = [forward.arraySync(), back.arraySync()];
    rows.forEach((row, i) => {
      expect(row.reduce((sum, weight, j) => sum + weight * values[j]!, 0)).toBeCloseTo(expected[i]!, 5);
      row.forEach((weight, j) => expect(columns[j]![i]).toBe(weight));
    });
  });
});

describe('random numbers', () => {
  it('are the same for the same seed, and others for another', () => {
    const draw = (seed: number): number[] => Array.from({ length: 5 }, randomFrom(seed).uniform);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('are spread as they should be', () => {
    const random = randomFrom(7);
    const uniform = Array.from({ length: 20_000 }, random.uniform);
    const normal = Array.from({ length: 20_000 }, random.normal);
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniform)).toBeLessThan(1);
    expect(mean(uniform)).toBeCloseTo(0.5, 1);
    expect(mean(normal)).toBeCloseTo(0, 1);
    expect(mean(normal.map((value) => value * value))).toBeCloseTo(1, 1);
  });
});

it('several faces share the steps of two, the larger getting more, down to four', () => {
  const alike = (faces: number): number[] => stepsFor(12, Array<number>(faces).fill(80));
  expect([1, 2, 3, 4, 20].map((faces) => alike(faces)[0])).toEqual([12, 12, 8, 6, 4]);
  expect(stepsFor(24, [180, 60])).toEqual([24, 12]);
  expect(stepsFor(24, [300, 100, 10])).toEqual([24, 11, 4]);
  expect(stepsFor(2, [80, 80])).toEqual([2, 2]);
  expect(stepsFor(0, [80])).toEqual([0]);
});
