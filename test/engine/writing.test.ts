/** What is written of a picture that changes, without any network: Chromium's decoder, and libvips, judge it. */
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnginePage } from './harness';

let page: EnginePage;
beforeAll(async () => {
  page = await EnginePage.open();
});
afterAll(() => page?.close());

const LEVELS = [24, 12, -16] as const;
const luma = Math.round(0.299 * LEVELS[0] + 0.587 * LEVELS[1] + 0.114 * LEVELS[2]);
const options = { strength: 'standard', selfCheck: false, metadata: 'all' };

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

interface Shown {
  width: number;
  height: number;
  data: Buffer;
}

interface Written {
  bytes: Buffer;
  before: Shown;
  after: Shown;
  dropped: string[];
}

async function write(name: string, bytes: Buffer, box: Box, levels: readonly number[] = LEVELS): Promise<Written> {
  const result = await page.runOn('write', { name, type: '', bytes }, { box, levels, options });
  if (result.error) throw new Error(`${result.error.message}: ${result.error.cause}`);
  const pixelsOf = ({ width, height, base64 }: { width: number; height: number; base64: string }): Shown => ({ width, height, data: Buffer.from(base64, 'base64') });
  return { bytes: Buffer.from(result.written, 'base64'), before: pixelsOf(result.before), after: pixelsOf(result.after), dropped: result.metadata.dropped };
}

/** Mean of what was added to red, green and blue within a box. */
function meanAdded({ before, after }: Pick<Written, 'before' | 'after'>, { x, y, width, height }: Box): number[] {
  const sums = [0, 0, 0];
  for (let row = y; row < y + height; row++) {
    for (let column = x; column < x + width; column++) {
      const at = 4 * (row * before.width + column);
      for (let channel = 0; channel < 3; channel++) sums[channel]! += after.data[at + channel]! - before.data[at + channel]!;
    }
  }
  return sums.map((sum) => sum / (width * height));
}

/** Root mean square of what was changed outside a box, where it is transparent as far as it is seen, and the largest. */
function changedOutside({ before, after }: Pick<Written, 'before' | 'after'>, { x, y, width, height }: Box): { rms: number; largest: number } {
  let [sum, count, largest] = [0, 0, 0];
  for (let i = 0; i < before.data.length; i++) {
    const [column, row] = [Math.floor(i / 4) % before.width, Math.floor(i / 4 / before.width)];
    if (i % 4 === 3 || (column >= x && row >= y && column < x + width && row < y + height)) continue;
    const off = (Math.abs(after.data[i]! - before.data[i]!) * before.data[i | 3]!) / 255;
    sum += off * off;
    count++;
    largest = Math.max(largest, off);
  }
  return { rms: Math.sqrt(sum / count), largest };
}

const grown = ({ x, y, width, height }: Box, by: number): Box => ({ x: x - by, y: y - by, width: width + 2 * by, height: height + 2 * by });
const alphaOf = ({ data }: Shown): Buffer => Buffer.from(data.filter((_, i) => i % 4 === 3));

const folder = join(import.meta.dirname, 'avif');
const avif = (name: string): Buffer => readFileSync(join(folder, `${name}.avif`));

/** Where even cells of a grid of 2 x 2 each have a part of it. */
const boxOf = (name: string): Box => (name.startsWith('grid') && name !== 'grid-cut' ? { x: 56, y: 40, width: 56, height: 48 } : { x: 12, y: 10, width: 36, height: 32 });
const isGrey = (name: string): boolean => /400|grey/.test(name);

/** Of the tests' files; the change is as strong in each, and where it was wanted. */
describe('an AVIF', async () => {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.avif')).map((name) => name.slice(0, -5));
  const held = ['400-12'];

  it.each(names.filter((name) => !held.includes(name)))('%s', async (name) => {
    const box = boxOf(name);
    const source = avif(name);
    const written = await write('a.avif', source, box);
    expect(written.after).toMatchObject({ width: written.before.width, height: written.before.height });
    const added = meanAdded(written, grown(box, -6));
    (isGrey(name) ? [luma, luma, luma] : LEVELS).forEach((wanted, channel) => expect(Math.abs(added[channel]! - wanted)).toBeLessThan(1.6));
    expect(changedOutside(written, grown(box, 8)).rms).toBeLessThan(3);
    expect(alphaOf(written.after).equals(alphaOf(written.before))).toBe(true);
  });

  it.each(held)('%s is held', async (name) => {
    await expect(write('a.avif', avif(name), boxOf(name))).rejects.toThrow('AVIF');
  });
});
