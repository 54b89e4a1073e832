import { expect, it } from 'vitest';
import { addChange } from '../../../src/engine/pixels';
import { stepsOf } from './retouch';

it('adds a change to the pixels that it shares with them, rounded and clamped, and leaves transparency', () => {
  const pixels = { x: 5, y: 5, width: 2, height: 1, data: Uint8ClampedArray.from([100, 100, 100, 7, 100, 100, 100, 7]) };
  addChange(pixels, { x: 6, y: 4, width: 2, height: 2, difference: stepsOf([9, 9, 9, 9, 9, 9, 1.7, -255, 200, 9, 9, 9]) });
  expect([...pixels.data]).toEqual([100, 100, 100, 7, 102, 0, 255, 7]);
});
