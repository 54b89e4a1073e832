/** What may be drawn on a face: less the larger and the softer it is shown. */
import { readFile } from 'node:fs/promises';
import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import network from '../../../models/nullswap/network.json' with { type: 'json' };
import { CANONICAL_SIZE } from '../../../src/engine/align';
import { careFor, colourFor, lookFor, shareForDetail, shareForSize } from '../../../src/engine/nullswap/faceSize';
import { Projection } from '../../../src/engine/nullswap/projection';
import type { NetworkDescription } from '../../../src/engine/nullswap/weights';

it('large faces get a little less, and none less than three quarters', () => {
  expect([100, 256, 5000].map(shareForSize)).toEqual([1, 1, 0.75]);
  expect(shareForSize(400)).toBeCloseTo((256 / 400) ** 0.45, 10);
});

it('draws the more plainly, and the less in colours, the larger a face is shown', () => {
  expect([50, 200, 400, 3000].map(careFor)).toEqual([0, 0, 1, 1]);
  expect(careFor(283)).toBeCloseTo(0.5, 2);
  expect([50, 200, 3000].map(colourFor)).toEqual([1, 1, 0.55]);
});

describe('a face out of focus', () => {
  const allowance = { visibility: 6, colour: 1 };

  it('gets less, and nothing much finer than its own detail', () => {
    expect([90, 500, 10].map(shareForDetail)).toEqual([1, 1, 0.4]);
    expect(lookFor(allowance, 250, 40)).toEqual({ visibility: 4, colour: colourFor(250), side: 250, finest: 80 });
    expect(lookFor(allowance, 250, 200)).toEqual({ ...lookFor(allowance, 250), finest: 250 });
  });

  it('is none because it is small', () => {
    expect(lookFor(allowance, 64, 40)).toEqual({ visibility: 6, colour: 1, side: 64, finest: 64 });
  });
});

describe('detail', () => {
  let projection: Projection;
  beforeAll(async () => {
    await setBackend('cpu');
    projection = new Projection(network as unknown as NetworkDescription);
  });

  /** The trainer's crop, from as many pixels a side. */
  async function detailOf(side: number): Promise<number> {
    const crop = sharp(await readFile('models/nullswap/parity/crop256.input.bin'), { raw: { width: CANONICAL_SIZE, height: CANONICAL_SIZE, channels: 3 } });
    const small = await crop.resize(side, side, { kernel: 'linear' }).png().toBuffer();
    const { data } = await sharp(small).resize(CANONICAL_SIZE, CANONICAL_SIZE, { kernel: 'cubic' }).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    return projection.detail(Float32Array.from(data, (level) => level / 255));
  }

  it.each([48, 64, 80, 96, 128])('of a face that was shrunk to %i pixels is as many within a quarter', async (side) => {
    const found = await detailOf(side);
    expect(found).toBeGreaterThan(0.75 * side);
    expect(found).toBeLessThan(1.25 * side);
  });

  it('is unbounded where there is nothing, and takes no memory', async () => {
    const before = memory().numTensors;
    expect(await projection.detail(new Float32Array(CANONICAL_SIZE ** 2 * 3).fill(0.5))).toBe(Infinity);
    expect(memory().numTensors).toBe(before);
  });
});
