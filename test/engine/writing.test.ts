/** What is written of a picture that changes, without any network: Chromium's decoder, and libvips, judge it. */
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chunk, riff, webpChunks } from '../../src/engine/formats/webp/chunks';
import { avifOf, box as boxOfType, codedOf, type Container, type TestItem, type TestProperty } from './avifContainer';
import { isThorough } from '../thorough';
import { EnginePage } from './harness';

let page: EnginePage;
beforeAll(async () => {
  page = await EnginePage.open({ steps: 1 });
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
  const likeOthers = ['grid', 'grid-12', 'grid-premultiplied', '444-12', '422-12', '420-10', 'bt709', 'fcc', 'pq', 'unsaid', 'rav1e', 'odd-400', 'cut-elsewhere', 'limited-420'];
  expect(names).toEqual(expect.arrayContaining([...held, ...likeOthers]));

  it.each(names.filter((name) => !held.includes(name) && (isThorough || !likeOthers.includes(name))))('%s', async (name) => {
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

describe('an AVIF whose container', async () => {
  const icc = (await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } }).withIccProfile('p3').png().toBuffer().then((png) => sharp(png).metadata())).icc!;
  const picture = codedOf(avif('420-8'));
  const whole: TestItem = { id: 1, type: 'av01', ...picture };
  const wide: TestItem = { ...whole, id: 0x12345 };
  const property = (type: string, ...content: number[]): TestProperty => ({ type, content: Buffer.from(content) });
  const having = (...more: TestProperty[]): TestItem => ({ ...whole, properties: [...more, ...picture.properties] });
  const essential = (one: TestProperty): TestProperty => ({ ...one, essential: true });
  const without = (wanted: string): TestProperty[] => picture.properties.filter(({ type }) => type !== wanted);
  const copy = codedOf(avif('444-8'));
  const grey = codedOf(avif('400-8'));
  const auxiliary = (kind: string): TestProperty => ({ type: 'auxC', content: Buffer.from(`\0\0\0\0${kind}\0`) });
  const alpha = auxiliary('urn:mpeg:mpegB:cicp:systems:auxiliary:alpha');
  const exif = Buffer.from('\0\0\0\0II*\0\x08\0\0\0\x01\0\x0f\x01\x02\0\x04\0\0\0Ada\0\0\0\0\0', 'latin1');
  // one channel, from 0 to 1, each number over 1
  const gains = Buffer.from([0, 0, 0, 0, 0, 0, ...[0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1].flatMap((number) => [0, 0, 0, number])]);
  const cell = (id: number): TestItem => ({ ...whole, id, hidden: true, properties: picture.properties });
  const grid: Container = {
    items: [
      { id: 3, type: 'grid', data: Buffer.from([0, 0, 0, 1, 0, 180, 0, 80]), properties: [property('ispe', 0, 0, 0, 0, 0, 0, 0, 180, 0, 0, 0, 80)] },
      cell(4),
      cell(7),
    ],
    references: [{ type: 'dimg', from: 3, to: [4, 7] }],
  };

  const variants: Record<string, Container> = {
    'is the usual': { items: [whole] },
    'has its data in the metadata': { items: [whole], place: 'idat' },
    'has its data in the metadata, and wide numbers': { items: [wide], place: 'idat', wide: true },
    'has its data in pieces': { items: [whole], place: 'pieces' },
    'has its data in front, in a long box': { items: [whole], place: 'long' },
    'has wide numbers': { items: [wide, { id: 0x54321, type: 'Exif', data: exif, hidden: true }], references: [{ type: 'cdsc', from: 0x54321, to: [0x12345] }], wide: true },
    'has a list of properties for each item': { items: [whole, { id: 2, type: 'Exif', data: exif, hidden: true, properties: [property('free', 1)] }], manyLists: true },
    'says its brands in another order': { items: [whole], brands: 'mif1\0\0\0\0mif1miafavifMA1B' },
    'does not say its colours': { items: [{ ...whole, properties: without('colr') }] },
    'has a profile': { items: [{ ...whole, properties: [...without('colr'), { type: 'colr', content: Buffer.concat([Buffer.from('prof'), icc]) }] }] },
    'has a profile, and says its colours': { items: [having({ type: 'colr', content: Buffer.concat([Buffer.from('prof'), icc]) })] },
    'says brightness, aspect and depth': { items: [having(property('clli', 1, 2, 3, 4), property('pasp', 0, 0, 0, 1, 0, 0, 0, 2), property('pixi', 0, 0, 0, 0, 3, 8, 8, 8))] },
    'says how it is coded at last': { items: [{ ...whole, properties: [...picture.properties].reverse() }] },
    'says that it has layers': { items: [having(property('a1lx', 0, 0, 0, 0, 0, 0, 0))] },
    'says which layer counts': { items: [having(essential(property('lsel', 255, 255)))] },
    'says which operating point counts': { items: [having(essential(property('a1op', 0)))] },
    'is a grid that is not filled': grid,
  };
  const hiding: Record<string, Container> = {
    'has a thumbnail': { items: [whole, { id: 2, type: 'av01', ...copy }], references: [{ type: 'thmb', from: 2, to: [1] }] },
    'has another picture': { items: [whole, { id: 2, type: 'av01', ...copy }] },
    'has a map of depths': { items: [whole, { id: 2, type: 'av01', data: grey.data, properties: [...grey.properties, auxiliary('urn:mpeg:mpegB:cicp:systems:auxiliary:depth')] }], references: [{ type: 'auxl', from: 2, to: [1] }] },
    'has a map of gains': {
      items: [whole, { id: 2, type: 'tmap', data: gains, properties: picture.properties.slice(0, 1) }, { id: 3, type: 'av01', hidden: true, ...copy }, { id: 4, type: 'mime', data: Buffer.from('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'), named: '\0application/rdf+xml', hidden: true }],
      references: [{ type: 'dimg', from: 2, to: [1, 3] }, { type: 'cdsc', from: 4, to: [3] }],
      brands: 'avif\0\0\0\0avifmif1miaftmapMA1B',
      more: [boxOfType('grpl', boxOfType('altr', [0, 0, 0, 0], [0, 0, 0, 99], [0, 0, 0, 2], [0, 0, 0, 2], [0, 0, 0, 1]))],
    },
    'has two transparencies': {
      items: [whole, { id: 2, type: 'av01', hidden: true, data: codedOf(avif('400-8')).data.subarray(), properties: [...grey.properties, alpha] }, { id: 3, type: 'av01', hidden: true, ...copy, properties: [...copy.properties, alpha] }],
      references: [{ type: 'auxl', from: 2, to: [1] }, { type: 'auxl', from: 3, to: [1] }],
    },
    'has a picture in a format of its own': { items: [whole, { id: 2, type: 'jpeg', data: copy.data }, { id: 3, type: 'xxxx', data: copy.data, hidden: true }] },
    'has a picture among its metadata': { items: [whole, { id: 2, type: 'mime', data: copy.data, named: '\0image/avif', hidden: true }, { id: 3, type: 'mime', data: copy.data, named: '\0application/rdf+xml\0deflate', hidden: true }] },
    'has a picture among its properties': { items: [having(property('udes', 0xff, 0xd8, 0xff, ...copy.data))] },
    'has more behind it': { items: [whole], behind: [boxOfType('free', copy.data), boxOfType('uuid', Buffer.alloc(16), copy.data)] },
    'has more in a grid': { ...grid, items: [...grid.items, { id: 8, type: 'av01', ...copy }], references: [...grid.references!, { type: 'thmb', from: 8, to: [3] }] },
  };

  it.each(Object.entries({ ...variants, ...hiding }))('%s', async (name, container) => {
    const box = { x: 12, y: 10, width: 36, height: 32 };
    const { bytes, before, after, dropped } = await write('a.avif', avifOf(container), box);
    LEVELS.forEach((wanted, channel) => expect(Math.abs(meanAdded({ before, after }, grown(box, -6))[channel]! - wanted)).toBeLessThan(1.6));
    expect(changedOutside({ before, after }, grown(box, 8)).rms).toBeLessThan(3);
    expect(alphaOf(after).equals(alphaOf(before))).toBe(true);
    expect(bytes.includes('Ada')).toBe(container.items.some(({ type }) => type === 'Exif'));
    const [first, ...others] = container.items;
    const was = (first!.type === 'grid' ? others[0]! : first!).data;
    if (first!.type !== 'grid') expect(bytes.includes(was.subarray(-60))).toBe(false);
    if (!(name in hiding)) return;
    expect(bytes.includes(copy.data.subarray(-60))).toBe(false);
    expect(bytes.includes('depth')).toBe(false);
    expect(bytes.includes('tmap')).toBe(false);
    expect(bytes.includes(grey.data.subarray(-60))).toBe(name === 'has two transparencies');
    if (!container.behind) expect(dropped).toContain('preview pictures');
    expect(bytes.includes('udes')).toBe(false);
  });
});

const contentOf = (webp: Buffer, wanted: string): Uint8Array | undefined => [...webpChunks(webp)].find(({ type }) => type === wanted)?.content;

describe('a WebP', () => {
  const [width, height] = [100, 80];
  const box = { x: 20, y: 10, width: 50, height: 40 };
  const raw = (webp: Buffer, frame = 0): Promise<Buffer> => sharp(webp, { page: frame }).ensureAlpha().raw().toBuffer();

  /** Noise between bounds that the change does not reach; as transparent as is asked, by the pixel's number. */
  function noise(transparency: (i: number) => number, colours = 120): Buffer {
    let seed = 1;
    const random = (): number => (seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff) / 0x80000000;
    return Buffer.from(Array.from({ length: width * height }, (_, i) => [...Array.from({ length: 3 }, () => 60 + Math.floor(random() * colours)), transparency(i)]).flat());
  }
  const lossless = (pixels: Buffer): ReturnType<typeof sharp> => sharp(pixels, { raw: { width, height, channels: 4 } });

  /** Added exactly within the box, nothing elsewhere, transparency and what it hides included. */
  function expectAdded(before: Buffer, after: Buffer, stride: number): void {
    const expected = Buffer.from(before);
    for (let y = box.y; y < box.y + box.height; y++) for (let x = box.x; x < box.x + box.width; x++) LEVELS.forEach((level, channel) => (expected[4 * (y * stride + x) + channel]! += level));
    expect(after.equals(expected)).toBe(true);
  }

  it.each([
    ['opaque', () => 255, 120],
    ['of few colours', () => 255, 2],
    ['half transparent', () => 128, 120],
    ['of every transparency', (i: number) => i % 256, 120],
    ['invisible', () => 0, 120],
  ] as const)('without loss, %s, changes where it is to, and no other number does', async (_, transparency, colours) => {
    const pixels = noise(transparency, colours);
    const source = await lossless(pixels).webp({ lossless: true, exact: true }).toBuffer();
    expect((await raw(source)).equals(pixels)).toBe(true);
    const { bytes } = await write('a.webp', source, box);
    expect([...webpChunks(bytes)].map(({ type }) => type)).toEqual(['VP8X', 'VP8L']);
    expectAdded(pixels, await raw(bytes), width);
    expect(bytes.length / source.length).toBeLessThan(1.3);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('without loss, of EXIF orientation %i, stays the same way up', async (orientation) => {
    const source = await lossless(noise((i) => (i * 3) % 256)).withMetadata({ orientation }).webp({ lossless: true, exact: true }).toBuffer();
    const { bytes, before, after } = await write('a.webp', source, box);
    expect((await sharp(bytes).metadata()).orientation).toBe(orientation);
    expect(after).toMatchObject({ width: before.width, height: before.height });
    expectAdded(await raw(source), await raw(bytes), width); // browsers do not heed it
  });

  it('without loss, whose transparency some readers do not heed, keeps it and that', async () => {
    const withHint = (webp: Buffer, hint: number): Buffer => {
      const frame = contentOf(webp, 'VP8L')!.slice();
      frame[4] = (frame[4]! & ~0x10) | hint;
      return Buffer.from(riff([chunk('VP8L', frame)]));
    };
    const pixels = noise((i) => i % 256);
    const source = await lossless(pixels).webp({ lossless: true, exact: true }).toBuffer();
    const { bytes } = await write('a.webp', withHint(source, 0), box);
    expect(contentOf(bytes, 'VP8L')![4]! & 0x10).toBe(0);
    expectAdded(pixels, await raw(withHint(bytes, 0x10)), width);
  });

  it.each([1, 6])('with loss and EXIF orientation %i keeps its transparency byte for byte', async (orientation) => {
    const source = await lossless(noise((i) => i % 256, 20)).withMetadata({ orientation }).webp({ quality: 90, alphaQuality: 70 }).toBuffer();
    const { bytes } = await write('a.webp', source, box);
    expect(contentOf(bytes, 'ALPH')).toEqual(contentOf(source, 'ALPH'));
    const [before, after] = (await Promise.all([source, bytes].map((webp) => raw(webp)))).map((data) => ({ width, height, data }));
    const opaque = (shown: Shown): Shown => ({ ...shown, data: Buffer.from(shown.data.map((value, i) => (i % 4 === 3 ? 255 : value))) });
    const added = meanAdded({ before: before!, after: after! }, grown(box, -6));
    LEVELS.forEach((wanted, channel) => expect(Math.abs(added[channel]! - wanted)).toBeLessThan(2));
    expect(changedOutside({ before: opaque(before!), after: opaque(after!) }, grown(box, 16)).rms).toBeLessThan(1.5);
  });

  it('that is animated without loss changes in one frame, and no other number does', async () => {
    const frames = await Promise.all([noise((i) => i % 256), noise((i) => 255 - (i % 256), 90)].map((pixels) => lossless(pixels).png().toBuffer()));
    const source = await sharp(frames, { join: { animated: true } }).webp({ lossless: true, exact: true, mixed: false }).toBuffer();
    const bytes = Buffer.from(await page.runOn('writeFrame', { name: 'a.webp', type: '', bytes: source }, { frame: 1, box, levels: LEVELS }), 'base64');
    const own = (webp: Buffer, frame: number): Promise<Buffer> => raw(Buffer.from(riff([...webpChunks([...webpChunks(webp)].filter(({ type }) => type === 'ANMF')[frame]!.content, 16)].map(({ type, content }) => chunk(type, content)))));
    expect((await own(bytes, 0)).equals(await own(source, 0))).toBe(true);
    expectAdded(await own(source, 1), await own(bytes, 1), width);
  });
});
