/** An engine that does not work any more says so, and never takes a face for none; one that does is not worn out by a broken file. */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnginePage, sample } from './harness';

let page: EnginePage;
beforeAll(async () => {
  page = await EnginePage.open({ steps: 4 });
});
afterAll(() => page?.close());

/** Two faces beside each other. */
async function couple(): Promise<Buffer> {
  const faces = await Promise.all(['portrait.jpg', 'portrait-2.jpg'].map((name) => sharp(sample(name)).resize(400).toBuffer()));
  const layers = faces.map((input, i) => ({ input, left: 400 * i, top: 0 }));
  return sharp({ create: { width: 800, height: 400, channels: 3, background: '#888' } }).composite(layers).jpeg({ quality: 90 }).toBuffer();
}

describe('a detector that loses its graphics', () => {
  it.each([
    ['before it looks at a face', 0],
    ['when it has seen a face once', 1],
    ['when it has seen one of two faces', 3],
  ])('%s', async (_, looks) => {
    const bytes = await couple();
    const { contexts, isLost, end } = await page.runOn('cloakAfterLoss', { name: 'couple.jpg', type: 'image/jpeg', bytes }, { looks });
    expect([contexts, isLost, end]).toEqual([1, true, 'blind']);
  });

  it('in a picture without any face', async () => {
    const bytes = await sharp({ create: { width: 300, height: 200, channels: 3, background: '#7a8' } }).jpeg().toBuffer();
    // what MediaPipe is asked is the known face alone
    expect(await page.runOn('cloakAfterLoss', { name: 'wall.jpg', type: 'image/jpeg', bytes }, { looks: 0 })).toMatchObject({ isLost: true, end: 'blind' });
  });
});

/** A file of each kind, whole. */
async function wholeFiles(): Promise<[name: string, bytes: Buffer][]> {
  const still = sharp(sample('portrait-2.jpg')).resize(200);
  const pages = await Promise.all([200, 198, 196].map((side) => sharp(sample('portrait-2.jpg')).resize(side).extend({ right: 200 - side, bottom: 200 - side }).toBuffer()));
  const animated = sharp(pages, { join: { animated: true } });
  return [
    ['still.jpg', await still.clone().jpeg().toBuffer()],
    ['progressive.jpg', await still.clone().jpeg({ progressive: true }).toBuffer()],
    ['still.png', await still.clone().png().toBuffer()],
    ['still.webp', await still.clone().webp().toBuffer()],
    ['still.gif', await still.clone().gif().toBuffer()],
    ['animated.gif', await animated.clone().gif().toBuffer()],
    ['animated.webp', await animated.clone().webp().toBuffer()],
    ['still.avif', await still.clone().avif().toBuffer()],
  ];
}

it('a broken file is that file’s fault, wherever it is cut or scratched: the next one is cloaked', { timeout: 240_000 }, async () => {
  const good = { name: 'good.jpg', base64: (await readFile(sample('portrait-2.jpg'))).toString('base64') };
  for (const [name, whole] of await wholeFiles()) {
    const cuts = [0.1, 0.35, 0.6, 0.85, 0.99].map((share) => whole.subarray(0, Math.floor(whole.length * share)));
    const scratched = [0.15, 0.5, 0.8].map((share) => {
      const bytes = Buffer.from(whole);
      bytes.fill(0xff, Math.floor(whole.length * share), Math.floor(whole.length * share) + 40);
      return bytes;
    });
    const broken = [...cuts, ...scratched].map((bytes) => ({ name, base64: bytes.toString('base64') }));
    const ends = await page.run('outcomes', { files: [...broken, good] });
    expect(ends.at(-1), name).toBe('cloaked');
    for (const end of ends) expect(['damaged', 'unreadable', 'animated', 'unwritable', 'unverified', 'cloaked', 'no-face'], name).toContain(end);
  }
});
