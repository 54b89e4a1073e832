import { expect, it } from 'vitest';
import { roundedFrom, Rounding } from '../../../src/engine/formats/jpeg/rounding';
import { randomFrom } from '../../../src/engine/refine/random';

/** Changes as a cloak's are, of this deviation in steps: the energy left by rounding over that wanted, and where it rounds up. */
function leftOf(deviation: number): { from: number; energy: number } {
  const random = randomFrom(7);
  const values = Array.from({ length: 4000 }, () => deviation * random.normal());
  const rounding = new Rounding();
  for (const value of values) rounding.observe(value, 6);
  const from = rounding.from();
  const energy = (of: number[]): number => of.reduce((sum, value) => sum + value * value, 0);
  return { from, energy: energy(values.map((value) => roundedFrom(value, from))) / energy(values) };
}

it('rounds away from zero from the given fraction of a step on', () => {
  expect([0.29, 0.3, -0.3, 1.29, -1.31, 0].map((value) => roundedFrom(value, 0.3))).toEqual([0, 1, -1, 1, -2, 0]);
});

it('keeps the energy of a change below half a step, where rounding to the nearest would drop it', () => {
  const { from, energy } = leftOf(0.2);
  expect(from).toBeLessThan(0.5);
  expect(energy).toBeGreaterThan(0.8);
  expect(energy).toBeLessThanOrEqual(1);
});

it('rounds to the nearest where what that leaves is energy enough', () => {
  const rounding = new Rounding();
  for (let i = 0; i < 100; i++) rounding.observe(i % 2 ? 0.7 : 0.3, 6);
  expect(rounding.from()).toBe(0.5);
});

it('rounds to the nearest what fine steps hold as it is', () => {
  const { from, energy } = leftOf(12);
  expect(from).toBe(0.5);
  expect(energy).toBeCloseTo(1, 1);
});

it('has nothing to say of no change', () => {
  expect(roundedFrom(0, new Rounding().from())).toBe(0);
});
