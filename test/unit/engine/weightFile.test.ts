import { expect, it } from 'vitest';
import { toFloat32 } from '../../../src/engine/weightFile';

it('reads 16-bit floats', () => {
  const halves = [0x0000, 0x3c00, 0xc000, 0x3555, 0x7bff, 0x0001, 0x8400, 0x7c00, 0xfc00];
  const values = toFloat32(Uint16Array.from(halves));
  const expected = [0, 1, -2, 0.333251953125, 65504, 2 ** -24, -(2 ** -14), Infinity, -Infinity];
  expect([...values]).toEqual(expected);
  expect(toFloat32(Uint16Array.of(0x7e00))[0]).toBeNaN();
});
