/** What may be done to a face: its fields go by the strength alone, its paint is less the softer it is shown, and a little more on large faces. */
import { readFile } from 'node:fs/promises';
import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import network from '../../../models/nullswap/network.json' with { type: 'json' };
import { CANONICAL_SIZE } from '../../../src/engine/align';
import { allowanceFor, allowanceOf, careFor, colourFor, shareForDetail, shareForSize, type PaintAllowance } from '../../../src/engine/cloak/allowance';
import { Paint } from '../../../src/engine/cloak/paint';
import type { NetworkDescription } from '../../../src/engine/cloak/weights';
import { strengths } from '../../../src/shared/strengths';

it('large faces get a little more, and none more than a quarter', () => {
  expect([100, 256, 5000].map(shareForSize)).toEqual([1, 1, 1.25]);
  expect(shareForSize(400)).toBeCloseTo((400 / 256) ** 0.3, 10);
});

it('draws the more plainly, and the less in colours, the larger a face is shown', () => {
  expect([50, 200, 400, 3000].map(careFor)).toEqual([0, 0, 1, 1]);
  expect(careFor(283)).toBeCloseTo(0.5, 2);
  expect([50, 200, 3000].map(colourFor)).toEqual([1, 1, 0.55]);
});

const bounds = { strain: 0.15, distance: 0.045, shade: 0.05, detail: 0.25, tint: 0.004 };
const WHOLE = 8;
/** Of a strength that gives paint half of its visibility and nine tenths of the colours' thresholds. */
const paintOn = (side: number, detail: number): PaintAllowance => allowanceOf({ ...bounds, paint: 0.5, colour: 0.9 }, WHOLE, { side, detail, symmetry: 0.3, isGrey: false }).paint;

it('gives a face its fields, however large or soft, and its symmetry', () => {
  for (const [side, detail] of [[40, 30], [256, 40], [2000, 500]] as const) {
    expect(allowanceOf({ ...bounds, paint: 0.5, colour: 0.9 }, WHOLE, { side, detail, symmetry: 0.3, isGrey: false })).toEqual({
      fields: bounds,
      symmetry: 0.3,
      paint: paintOn(side, detail),
    });
  }
});

it('gives a photo without colour no tint', () => {
  const { fields } = allowanceOf({ ...bounds, paint: 0.5, colour: 0.9 }, WHOLE, { side: 256, detail: 256, symmetry: 1, isGrey: true });
  expect(fields).toEqual({ ...bounds, tint: 0 });
});

it('gives paint its share, and more of it on a large face', () => {
  expect(paintOn(200, 500)).toEqual({ visibility: 4, colour: 0.9, side: 200, finest: 200 });
  const large = paintOn(5000, 5000);
  expect(large.visibility).toBeCloseTo(1.25 * 4, 10);
  expect(large.colour).toBeCloseTo(0.9 * 0.55, 10);
});

describe('a face out of focus', () => {
  it('gets less paint, and none much finer than its own detail', () => {
    expect([90, 500, 10].map(shareForDetail)).toEqual([1, 1, 0.4]);
    const { visibility, ...soft } = paintOn(250, 40);
    expect(visibility).toBeCloseTo(4 * (40 / 90) ** 0.5, 10);
    expect(soft).toEqual({ colour: 0.9 * colourFor(250), side: 250, finest: 80 });
    expect(paintOn(250, 200)).toEqual({ ...paintOn(250, Infinity), finest: 250 });
  });

  it('is none because it is small', () => {
    expect(paintOn(64, 40)).toEqual({ visibility: 4, colour: 0.9, side: 64, finest: 64 });
  });
});

describe('a strength', () => {
  const description = network as unknown as NetworkDescription;

  it('is as the network file has it, be its paint applied or not', () => {
    for (const layers of ['all', 'without-paint'] as const) expect(allowanceFor(description, 'gentle', layers)).toEqual(network.strengths.gentle);
  });

  it('allows no fields where paint goes alone, and as much paint as the network file says', () => {
    const none = { strain: 0, distance: 0, shade: 0, detail: 0, tint: 0 };
    expect(allowanceFor(description, 'strong', 'paint-alone')).toEqual({ ...none, ...network.paint_alone });
  });

  it('goes the farther the higher it is', () => {
    const [gentle, standard, strong] = strengths.map((strength) => allowanceFor(description, strength, 'all'));
    for (const name of ['strain', 'distance', 'shade', 'detail', 'tint', 'paint'] as const) {
      expect(gentle![name]).toBeLessThan(standard![name]);
      expect(standard![name]).toBeLessThan(strong![name]);
    }
  });
});

describe('detail', () => {
  let paint: Paint;
  beforeAll(async () => {
    await setBackend('cpu');
    paint = new Paint(network as unknown as NetworkDescription);
  });

  /** The trainer's crop, from as many pixels a side. */
  async function detailOf(side: number): Promise<number> {
    const crop = sharp(await readFile('models/nullswap/parity/crop256.input.bin'), { raw: { width: CANONICAL_SIZE, height: CANONICAL_SIZE, channels: 3 } });
    const small = await crop.resize(side, side, { kernel: 'linear' }).png().toBuffer();
    const { data } = await sharp(small).resize(CANONICAL_SIZE, CANONICAL_SIZE, { kernel: 'cubic' }).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    return paint.detail(Float32Array.from(data, (level) => level / 255));
  }

  it.each([48, 64, 80, 96, 128])('of a face that was shrunk to %i pixels is as many within a quarter', async (side) => {
    const found = await detailOf(side);
    expect(found).toBeGreaterThan(0.75 * side);
    expect(found).toBeLessThan(1.25 * side);
  });

  it('is unbounded where there is nothing, and takes no memory', async () => {
    const before = memory().numTensors;
    expect(await paint.detail(new Float32Array(CANONICAL_SIZE ** 2 * 3).fill(0.5))).toBe(Infinity);
    expect(memory().numTensors).toBe(before);
  });
});
