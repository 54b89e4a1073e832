/** Every format, chosen in a page: what the server gets with the extension and without, and what is held. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCorpus, type CorpusPicture } from '../../bench/corpus';
import { decodeFrames } from '../../bench/picture';
import { boundsInPicture, canonicalBox, similarityTransform } from '../../src/engine/align';
import { openExtension } from '../../scripts/extension';
import { imageType } from '../../src/shared/imageType';
import type { Box } from '../../src/engine/types';
import { openBrowser, type TestBrowser } from './support/browser';
import { waitForFailure } from './support/notice';
import { receivedAfter } from './support/routes';
import { page, site, useSession } from './support/session';
import { choose } from './support/user';
import type { Upload } from '../sites/demo-site';

const PATH = '/pages/attached-input.html';
useSession(PATH);

const corpus: CorpusPicture[] = await makeCorpus('samples/portrait-2.jpg', 400);
const held = corpus.filter(({ promise }) => promise === 'held');
const cloaked = corpus.filter(({ promise }) => promise !== 'held');
const paths = new Map<CorpusPicture, string>();
let without: TestBrowser;
/** Around the face of the still pictures, and what a cloak may change of it, blocks of JPEG included. */
let face: Box;
let change: Box;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nullswap-formats-'));
  for (const picture of corpus) {
    paths.set(picture, join(folder, picture.file.name));
    await writeFile(paths.get(picture)!, picture.file.bytes);
  }
  without = await openBrowser({ extension: false });
  const extension = await openExtension({ dist: 'dist-demo' });
  const [found] = (await extension.detect(paths.get(corpus.find(({ name }) => name === 'PNG')!)!)).faces;
  await extension.close();
  face = found!.box;
  const { x, y, width, height } = boundsInPicture(similarityTransform(found!.keypoints), canonicalBox);
  change = { x: x - 24, y: y - 24, width: width + 48, height: height + 48 };
});
afterAll(() => without.close());

async function uploadWithout(picture: CorpusPicture): Promise<Upload> {
  const bare = await without.open(site.url + PATH);
  const before = site.received.length;
  await choose(bare, '#file', paths.get(picture)!);
  const [upload] = await receivedAfter(site, bare, before);
  await bare.close();
  return upload!;
}

/** Mean squared error; 1.6 is 46 dB. */
const mostOutside = { edited: 0, contained: 1.6, encoded: 12, held: 0 };

const isIn = ({ x, y, width, height }: Box, px: number, py: number): boolean => px >= x && py >= y && px < x + width && py < y + height;

describe.each(cloaked)('$name', (picture) => {
  it(`arrives as what it was, ${picture.promise}, under its own name, type and date`, async () => {
    const original = await uploadWithout(picture);
    expect(original.bytes.equals(picture.file.bytes)).toBe(true);
    await choose(page, '#file', paths.get(picture)!);
    const [upload, ...more] = await receivedAfter(site, page, 1);
    expect(more).toHaveLength(0);
    expect({ name: upload!.name, type: upload!.type, lastModified: upload!.lastModified }).toEqual({ name: original.name, type: original.type, lastModified: original.lastModified });
    expect(imageType(upload!.bytes)).toEqual(imageType(original.bytes));
    const [before, after] = await Promise.all([decodeFrames(original.bytes), decodeFrames(upload!.bytes)]);
    expect(after.map(({ width, height }) => [width, height])).toEqual(before.map(({ width, height }) => [width, height]));
    const isStill = before.length === 1;
    before.forEach((frame, number) => {
      let [inside, outside, pixels] = [0, 0, 0];
      for (let i = 0; i < frame.data.length; i++) {
        const [x, y] = [Math.floor(i / 3) % frame.width, Math.floor(i / 3 / frame.width)];
        const square = (frame.data[i]! - after[number]!.data[i]!) ** 2;
        if (isStill ? isIn(face, x, y) : true) inside += square;
        if (!isStill || isIn(change, x, y)) continue;
        outside += square;
        pixels++;
      }
      expect(inside / (isStill ? face.width * face.height * 3 : frame.data.length)).toBeGreaterThan(1);
      if (isStill) expect(outside / pixels).toBeLessThanOrEqual(mostOutside[picture.promise]);
    });
  });
});

describe.each(held)('$name', (picture) => {
  it('is held, and the server gets nothing', async () => {
    expect((await uploadWithout(picture)).bytes.equals(picture.file.bytes)).toBe(true);
    await choose(page, '#file', paths.get(picture)!);
    const notice = await waitForFailure(page);
    expect(notice!.text).toContain(picture.file.name);
    expect(notice!.buttons).toEqual(['Try again', 'Upload the original', 'Cancel']);
    expect(site.received).toHaveLength(1); // of the browser without the extension
    expect(await page.evaluate(() => document.querySelector<HTMLInputElement>('#file')!.files!.length)).toBe(0);
  });
});
