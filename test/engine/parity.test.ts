/** The network in TypeScript against the trainer's vectors. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnginePage, parityFile } from './harness';

/** In units of the [0, 1] range. */
const TOLERANCE = 2e-3;

interface Vector {
  name: string;
  working_size: number;
  visibility: number;
  files: Record<'small' | 'raw' | 'projected', { file: string }>;
}

let page: EnginePage;
beforeAll(async () => {
  page = await EnginePage.open();
});
afterAll(() => page?.close());

async function vector(name: string): Promise<Vector> {
  const { vectors } = JSON.parse((await parityFile('parity.json')).toString()) as { vectors: Vector[] };
  return vectors.find((candidate) => candidate.name === name)!;
}

async function floats(file: string): Promise<Float32Array> {
  const bytes = await parityFile(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

function largestDifference(actual: ArrayLike<number>, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0);
}

describe.each([
  ['wasm', 'wasm', 'crop64'],
  ['wasm', 'wasm', 'crop256'],
  ['webgl-software', 'webgl', 'crop64'],
] as const)('on %s', (backend, name, crop) => {
  it(`gives the trainer's residual for ${crop}`, async () => {
    const { files, working_size: size, visibility } = await vector(crop);
    const small = [...(await floats(files.small.file))];
    const { used, raw, projected } = await page.run('residual', { backend, small, size, visibility });
    expect(used).toBe(name);
    const difference = { raw: largestDifference(raw, await floats(files.raw.file)), projected: largestDifference(projected, await floats(files.projected.file)) };
    expect(difference.projected).toBeLessThan(TOLERANCE);
    expect(difference.raw).toBeLessThan(TOLERANCE);
  });
});
