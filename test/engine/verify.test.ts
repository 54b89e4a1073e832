/** Written files are read back by the browser: what is right is verified, in every format and way of being turned, and a wrong file never is. */
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storedAs } from '../../bench/corpus';
import type { Source } from '../../scripts/extension';
import { boundsInPicture, canonicalBox, similarityTransform } from '../../src/engine/align';
import type { Fidelity } from '../../src/engine/formats/format';
import type { DetectedFace } from '../../src/engine/types';
import { EnginePage, sample } from './harness';

/** Of refinement: what a face becomes is not what is tested. */
const STEPS = 1;
const options = { strength: 'standard', selfCheck: false };

let page: EnginePage;
beforeAll(async () => {
  page = await EnginePage.open({ steps: STEPS });
});
afterAll(() => page?.close());

describe('a written file', () => {
  const WIDTH = 480;
  const HEIGHT = 420;
  let upright: Buffer;
  let meant: Buffer;
  let face: DetectedFace;

  const file = (bytes: Buffer, format: string): Source => ({ name: `a.${format}`, type: `image/${format}`, bytes });
  async function verifies(source: Buffer, written: Buffer, { format = 'png', fidelity = 'edited' as Fidelity } = {}): Promise<string> {
    const base64 = { meant: meant.toString('base64'), written: written.toString('base64') };
    return page.runOn('verifies', file(source, format), { keypoints: face.keypoints, fidelity, ...base64 });
  }

  beforeAll(async () => {
    upright = await sharp(sample('portrait-2.jpg')).resize(300, 300).extend({ left: 20, right: 160, top: 20, bottom: 100, background: '#7a8a6a' }).png().toBuffer();
    const { base64, report } = await page.runOn('cloak', file(upright, 'png'), { options });
    expect(report).toMatchObject({ outcome: 'cloaked', verified: true });
    expect(report!.ms.verify).toBeGreaterThan(0);
    [meant, face] = [Buffer.from(base64!, 'base64'), report!.faces[0]!];
  });

  it('that shows what was meant is verified', async () => {
    expect(await verifies(upright, meant)).toBe('verified');
  });

  it.each<[string, (picture: Sharp) => Sharp]>([
    ['JPEG', (picture) => picture.jpeg({ quality: 60 })],
    ['WebP', (picture) => picture.webp({ quality: 60 })],
    ['AVIF', (picture) => picture.avif({ quality: 50, effort: 0 })],
  ])('that was encoded once more as %s is, but not where only the faces were to change', async (_, encode) => {
    const written = await encode(sharp(meant)).toBuffer();
    expect(await verifies(upright, written, { fidelity: 'encoded' })).toBe('verified');
    expect(await verifies(upright, written, { fidelity: 'edited' })).toBe('unverified');
  });

  it.each(([1, 2, 3, 4, 5, 6, 7, 8] as const).flatMap((orientation) => (['jpeg', 'png'] as const).map((format) => ({ orientation, format }))))(
    'that is a $format stored as EXIF $orientation is, and not where it is turned otherwise',
    async ({ orientation, format }) => {
      const stored = async (picture: Buffer, as: number): Promise<Buffer> =>
        sharp(await storedAs(sharp(picture), orientation).png().toBuffer()).withMetadata({ orientation: as }).toFormat(format, { quality: 95 }).toBuffer();
      const source = await stored(upright, orientation);
      expect(await verifies(source, await stored(meant, orientation), { format, fidelity: 'encoded' })).toBe('verified');
      expect(await verifies(source, await stored(meant, (orientation % 8) + 1), { format, fidelity: 'encoded' })).toBe('unverified');
    },
  );

  it('that is a WebP is as browsers show it, whatever its EXIF says', async () => {
    const stored = (picture: Buffer): Promise<Buffer> => sharp(picture).withMetadata({ orientation: 6 }).webp({ lossless: true }).toBuffer();
    const turned = await sharp(meant).rotate(90).png().toBuffer();
    expect(await verifies(await stored(upright), await stored(meant), { format: 'webp', fidelity: 'encoded' })).toBe('verified');
    expect(await verifies(await stored(upright), await stored(turned), { format: 'webp', fidelity: 'encoded' })).toBe('unverified');
  });

  const overlaid = async (left: number, top: number, change: (picture: Sharp) => Sharp = (picture) => picture): Promise<Buffer> => {
    const { x, y, width, height } = boundsInPicture(similarityTransform(face.keypoints), canonicalBox);
    const region = { left: Math.max(0, Math.round(x)), top: Math.max(0, Math.round(y)) };
    const size = { width: Math.min(WIDTH - region.left, Math.round(width)), height: Math.min(HEIGHT - region.top, Math.round(height)) };
    const cut = await change(sharp(await sharp(meant).extract({ ...region, ...size }).png().toBuffer())).png().toBuffer();
    const canvas = await sharp(upright).extend({ left: 20, right: 20, top: 20, bottom: 20 }).composite([{ input: cut, left: region.left + left + 20, top: region.top + top + 20 }]).png().toBuffer();
    return sharp(canvas).extract({ left: 20, top: 20, width: WIDTH, height: HEIGHT }).png().toBuffer();
  };

  it.each<[string, () => Promise<Buffer>]>([
    ['the source as it was', async () => upright],
    ['the cloaked picture turned', () => sharp(meant).rotate(180).png().toBuffer()],
    ['the cloaked picture turned by a quarter', () => sharp(meant).rotate(90).png().toBuffer()],
    ['the cloaked picture mirrored', () => sharp(meant).flop().png().toBuffer()],
    ['the face 8 pixels further to the right', () => overlaid(8, 0)],
    ['the face 8 pixels further up', () => overlaid(0, -8)],
    ['the face mirrored', () => overlaid(0, 0, (picture) => picture.flop())],
    ['twice the change', () => mixed(2)],
    ['half of the change', () => mixed(0.5)],
    ['the cloaked picture darker', () => sharp(meant).linear(0.97, 0).png().toBuffer()],
    ['the cloaked picture half transparent', () => sharp(meant).ensureAlpha(0.5).png().toBuffer()],
    ['the cloaked picture smaller', () => sharp(meant).resize(WIDTH / 2).png().toBuffer()],
    ['no picture at all', async () => Buffer.from('what is this?')],
  ])('that shows %s is not', async (_, wrong) => {
    expect(await verifies(upright, await wrong())).toBe('unverified');
  });

  async function mixed(share: number): Promise<Buffer> {
    const [was, is] = await Promise.all([upright, meant].map((picture) => sharp(picture).removeAlpha().raw().toBuffer()));
    const data = Buffer.from(was!.map((value, i) => Math.min(255, Math.max(0, Math.round(value + share * (is![i]! - value))))));
    return sharp(data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } }).png().toBuffer();
  }
});

it.each([3, 5, 6, 7, 8])('a photo stored as EXIF %i is cloaked, whatever there is around the face', async (orientation) => {
  const noise = sharp({ create: { width: 700, height: 500, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 40 } } });
  const upright = await noise.composite([{ input: await sharp(sample('portrait-2.jpg')).resize(200).toBuffer(), left: 100, top: 150 }]).png().toBuffer();
  for (const format of ['jpeg', 'png'] as const) {
    const bytes = await storedAs(sharp(upright), orientation).withMetadata({ orientation }).toFormat(format, { quality: 90 }).toBuffer();
    const { error, report } = await page.runOn('cloak', { name: `a.${format}`, type: `image/${format}`, bytes }, { options });
    expect({ error, outcome: report?.outcome, verified: report?.verified }).toEqual({ error: null, outcome: 'cloaked', verified: true });
  }
});
