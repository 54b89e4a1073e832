import { expect, it } from 'vitest';
import { ENERGY, roundedFrom, Rounding } from '../../../src/engine/formats/jpeg/rounding';
import { randomFrom } from '../../../src/engine/refine/random';

/** Changes as a cloak's are, of this deviation in steps: the energy left by rounding over that wanted, and where it rounds up. */
function leftOf(deviation: number, wanted: number = ENERGY.light): { from: number; energy: number } {
  const random = randomFrom(7);
  const values = Array.from({ length: 4000 }, () => deviation * random.normal());
  const rounding = new Rounding(wanted);
  for (const value of values) rounding.observe(value, 6);
  const from = rounding.from();
  const energy = (of: number[]): number => of.reduce((sum, value) => sum + value * value, 0);
  return { from, energy: energy(values.map((value) => roundedFrom(value, from))) / energy(values) };
}

it('rounds away from zero from the given fraction of a step on', () => {
  expect([0.29, 0.3, -0.3, 1.29, -1.31, 0].map((value) => roundedFrom(value, 0.3))).toEqual([0, 1, -1, 1, -2, 0]);
});

it('keeps of a change below half a step a little more energy than there was, where rounding to the nearest would drop it', () => {
  const { from, energy } = leftOf(0.3);
  expect(from).toBeLessThan(0.5);
  expect(energy).toBeGreaterThan(1.15);
  expect(energy).toBeLessThanOrEqual(1.3);
});

it('keeps more of what is a colour', () => {
  expect(leftOf(0.3, ENERGY.colour).energy).toBeGreaterThan(1.4 * leftOf(0.3).energy);
});

it('rounds to the nearest where what that leaves is energy enough', () => {
  const rounding = new Rounding(ENERGY.light);
  for (let i = 0; i < 100; i++) rounding.observe(0.55, 6);
  expect(rounding.from()).toBe(0.5);
});

it('does not enlarge what fine steps hold as it is', () => {
  const { from, energy } = leftOf(12);
  expect(from).toBe(0.1);
  expect(energy).toBeLessThan(1.1);
});

it('has nothing to say of no change', () => {
  expect(roundedFrom(0, new Rounding(ENERGY.light).from())).toBe(0);
});
