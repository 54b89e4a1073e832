/** Lossy WebP at the level of its coefficients: read, changed in places, written again. */
import sharp, { type Sharp, type WebpOptions } from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/engine/formats/change';
import { BooleanDecoder, BooleanEncoder } from '../../../src/engine/formats/webp/vp8/boolean';
import { changeOf } from '../../../src/engine/formats/webp/vp8/change';
import { editVp8 } from '../../../src/engine/formats/webp/vp8/edit';
import { readFrame, type Vp8Frame, writeFrame } from '../../../src/engine/formats/webp/vp8/frame';
import type { FrameHeader } from '../../../src/engine/formats/webp/vp8/header';
import { chunk, readWebpHeader, riff, webpChunks } from '../../../src/engine/formats/webp/chunks';
import { WebpAnimationEditor } from '../../../src/engine/formats/webp/animation';
import { editWebp } from '../../../src/engine/formats/webp/edit';
import { MetadataEditor } from '../../../src/engine/metadata/metadata';
import { changed, isIn, psnr, retouch, stepsOf } from './retouch';
import { Unreadable } from '../../../src/engine/formats/unreadable';

const portrait = (width: number, height: number): Sharp => sharp('samples/portrait-2.jpg').resize(width, height);
const contentOf = (webp: Uint8Array, type: string): Uint8Array => [...webpChunks(webp)].find((piece) => piece.type === type)!.content;
const frameOf = async (picture: Sharp, options: WebpOptions = {}): Promise<Uint8Array> => contentOf(await picture.webp(options).toBuffer(), 'VP8 ');
const raw = (bytes: Uint8Array): Promise<Buffer> => sharp(bytes).removeAlpha().raw().toBuffer();
const decode = (frame: Uint8Array): Promise<Buffer> => raw(riff([chunk('VP8 ', frame)]));

/** Coarse and fine changes in all colours at (x, y), up to `level`, which fade towards the edges. */
function ripples(x: number, y: number, width: number, height: number, level = 16): Change {
  const difference = new Int16Array(3 * width * height);
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at += 3) {
      const fade = level * Math.sin((Math.PI * (row + 0.5)) / height) * Math.sin((Math.PI * (column + 0.5)) / width);
      const wave = Math.sin(column / 5) * Math.cos(row / 7);
      difference.set(stepsOf([fade * (0.5 + wave / 2), fade * wave, -fade * 0.3]), at);
    }
  }
  return { x, y, width, height, difference };
}

/** Quicker than `toEqual`. */
const isSame = (a: ArrayBufferView, b: ArrayBufferView): boolean => Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));

it('codes bits of any probability', () => {
  const bits = Array.from({ length: 20_000 }, (_, i) => {
    const probability = 1 + ((i * 7919) % 255);
    return { probability, bit: (i * 104_729) % 256 < probability ? 0 : 1 };
  });
  const encoder = new BooleanEncoder();
  for (const { bit, probability } of bits) encoder.bit(bit, probability);
  const decoder = new BooleanDecoder(encoder.finish());
  expect(bits.map(({ probability }) => decoder.bit(probability))).toEqual(bits.map(({ bit }) => bit));
});

const sizes = [[320, 320], [333, 257], [16, 16], [17, 1], [1, 33]] as const;
const kinds: [string, WebpOptions][] = [
  ['of quality 5', { quality: 5 }],
  ['of quality 50', { quality: 50 }],
  ['of quality 85', { quality: 85 }],
  ['of quality 100', { quality: 100 }],
  ['made in haste', { quality: 75, effort: 0 }],
  ['made with care', { quality: 75, effort: 6, smartSubsample: true }],
  ['for text', { quality: 60, preset: 'text' }],
];

describe.each(kinds)('a VP8 frame %s', (_, options) => {
  it.each(sizes)('of %i x %i keeps every mode and coefficient, and about its bytes', async (width, height) => {
    const source = await frameOf(portrait(width, height), options);
    const written = editVp8(source, []);
    const [was, is] = [readFrame(source), readFrame(written)];
    for (const part of ['segments', 'lumaModes', 'chromaModes', 'subblockModes', 'levels'] as const) expect(isSame(is[part], was[part])).toBe(true);
    expect(is.header.quantisers).toEqual(was.header.quantisers);
    expect((await decode(written)).equals(await decode(source))).toBe(true);
    expect(written.length).toBeLessThan(1.01 * source.length + 20);
  });

  it('changes where it is to, more exactly than encoding again would, and hardly elsewhere', async () => {
    const [width, height] = [365, 301];
    const source = await frameOf(portrait(width, height), options);
    const change = ripples(120, 80, 110, 120);
    const written = editVp8(source, [change]);
    const [before, after] = await Promise.all([source, written].map(decode) as [Promise<Buffer>, Promise<Buffer>]);
    const wanted = changed(before, width, change);
    const again = await raw(await sharp(wanted, { raw: { width, height, channels: 3 } }).webp(options).toBuffer());
    const inside = (column: number, row: number): boolean => isIn(change, column, row);
    const outside = (column: number, row: number): boolean => !inside(column, row);
    expect(psnr(before, after, width, outside)).toBeGreaterThan(48);
    expect(psnr(wanted, after, width, inside)).toBeGreaterThan(psnr(wanted, again, width, inside) - 0.1);
    expect(psnr(wanted, after, width, inside)).toBeGreaterThan(psnr(before, after, width, inside));
    expect(written.length / source.length).toBeLessThan(1.3);
  });
});

it.each([50, 75, 90])('bends and shades a part of a picture of quality %i as exactly as encoding again would, and hardly changes the rest', async (quality) => {
  const width = 400;
  const source = await frameOf(portrait(width, width), { quality });
  const before = await decode(source);
  const change = retouch(before, width, { x: 120, y: 80, width: 180, height: 220 });
  const written = editVp8(source, [change]);
  const [after, wanted] = [await decode(written), changed(before, width, change)];
  const again = await decode(await frameOf(sharp(wanted, { raw: { width, height: width, channels: 3 } }), { quality }));
  const inside = (column: number, row: number): boolean => isIn(change, column, row);
  expect(psnr(wanted, after, width, inside)).toBeGreaterThan(psnr(wanted, again, width, inside) - 0.3);
  expect(psnr(before, after, width, (column, row) => !inside(column, row))).toBeGreaterThan(50);
  expect(written.length / source.length).toBeLessThan(1.3);
});

it('takes a fraction of a level for what it is, and half of one at most for nothing', () => {
  const header = { width: 16, height: 16 } as FrameHeader;
  const change = (level: number): Change => ({ x: 0, y: 0, width: 16, height: 16, difference: stepsOf(new Array<number>(768).fill(level)) });
  expect(changeOf([change(1.25)], 0, 0, header)![0]).toBeCloseTo((1.25 * 219) / 255, 2);
  expect(changeOf([change(0.4)], 0, 0, header)).toBeNull();
  expect(changeOf([change(-200)], 0, 0, header)![0]).toBeCloseTo((-200 * 219) / 255, 2);
});

it('keeps macroblocks and pixels that the change is not near to, where there is room for a segment', async () => {
  const [width, height] = [365, 301];
  const source = withSegments(await frameOf(portrait(width, height), { quality: 80 }), [0, 1, 2, 2]);
  const change = ripples(100, 90, 110, 120);
  const written = editVp8(source, [change]);
  const [before, after] = await Promise.all([source, written].map(decode) as [Promise<Buffer>, Promise<Buffer>]);
  expect(psnr(before, after, width, (column, row) => !isIn(change, column, row, 48))).toBeGreaterThan(52);
  const [was, is] = [readFrame(source), readFrame(written)];
  const rows = Math.floor(change.y / 16) * was.wide;
  expect(isSame(is.segments.subarray(0, rows), was.segments.subarray(0, rows))).toBe(true);
  expect(isSame(is.levels.subarray(0, 400 * rows), was.levels.subarray(0, 400 * rows))).toBe(true);
  expect(isSame(is.subblockModes, was.subblockModes)).toBe(true);
});

/** The same levels in segments of other numbers, so another picture. */
function withSegments(source: Uint8Array, numbers: readonly number[]): Uint8Array {
  const frame = readFrame(source);
  return writeFrame({ ...frame, segments: frame.segments.map((segment) => numbers[segment]!) });
}

const variants: [string, (frame: Vp8Frame) => void][] = [
  ['without segments', (frame) => Object.assign(frame.header, { segmentation: null })],
  ['with segments that nothing is said to be of', (frame) => Object.assign(frame.header.segmentation!, { hasMap: false })],
  ['with quantisers told as differences', ({ header }) => Object.assign(header.segmentation!, { isAbsolute: false, quantisers: header.segmentation!.quantisers.map((value) => value - header.quantisers.base), filterLevels: [1, -2, 0, 3] })],
  ['in eight partitions', (frame) => Object.assign(frame.header, { tokenPartitions: 3 })],
  ['with the simple filter', (frame) => Object.assign(frame.header, { simpleFilter: 1 })],
  ['with filter levels by mode', (frame) => Object.assign(frame.header, { filterDeltas: [2, null, -2, -2, 4, -2, null, 4] })],
  ['with coarser colour', (frame) => Object.assign(frame.header.quantisers, { chromaAc: 8, chromaDc: 3, lumaDc: -4 })],
];

it.each(variants)('reads, writes and changes a frame %s', async (_, vary) => {
  const frame = readFrame(await frameOf(portrait(317, 203), { quality: 80 }));
  vary(frame);
  if (!frame.header.segmentation?.hasMap) frame.segments.fill(0);
  const source = writeFrame(frame);
  expect(isSame(readFrame(source).levels, frame.levels)).toBe(true);
  const change = ripples(110, 50, 90, 77);
  const [before, after] = await Promise.all([source, editVp8(source, [change])].map(decode) as [Promise<Buffer>, Promise<Buffer>]);
  expect(psnr(before, after, 317, (column, row) => !isIn(change, column, row))).toBeGreaterThan(46);
  const wanted = changed(before, 317, change);
  const inside = (column: number, row: number): boolean => isIn(change, column, row);
  expect(psnr(wanted, after, 317, inside)).toBeGreaterThan(psnr(wanted, before, 317, inside) + 3);
});

it('changes the whole of a picture, and what reaches beyond it not', async () => {
  const source = await frameOf(portrait(100, 90), { quality: 90 });
  const difference = stepsOf(new Array<number>(3 * 300 * 300).fill(10));
  const [before, after] = await Promise.all([source, editVp8(source, [{ x: -70, y: -80, width: 300, height: 300, difference }])].map(decode) as [Promise<Buffer>, Promise<Buffer>]);
  const mean = (pixels: Buffer): number => pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
  expect(mean(after) - mean(before)).toBeGreaterThan(8);
  expect(mean(after) - mean(before)).toBeLessThan(11);
});

it('refuses what is cut off', async () => {
  const whole = await frameOf(portrait(64, 64), { quality: 60 });
  for (let length = 0; length < whole.length - 8; length += 17) expect(() => editVp8(whole.subarray(0, length), [])).toThrow(Unreadable);
});

it('refuses a frame of a film that is no key frame', async () => {
  const frame = Uint8Array.from(await frameOf(portrait(64, 64)));
  frame[0]! |= 1;
  expect(() => editVp8(frame, [])).toThrow(Unreadable);
});

it('refuses a size that so few bytes cannot fill', async () => {
  const frame = Uint8Array.from(await frameOf(portrait(64, 64)));
  new DataView(frame.buffer).setUint32(6, 0x3fff_3fff, true);
  expect(() => editVp8(frame, [])).toThrow(Unreadable);
});

it('comes to an end with damaged frames', async () => {
  const whole = await frameOf(portrait(40, 40), { quality: 60 });
  let ends = 0;
  for (let at = 10; at < whole.length; at += 23) {
    const damaged = Uint8Array.from(whole);
    damaged[at]! ^= 0x55;
    try {
      expect(editVp8(damaged, [ripples(10, 10, 16, 16)]).length).toBeGreaterThan(10);
    } catch (error) {
      expect(error).toBeInstanceOf(Unreadable);
    }
    ends++;
  }
  expect(ends).toBeGreaterThan(20);
});

describe('a lossy WebP', () => {
  const round = Buffer.from('<svg width="320" height="240"><circle cx="160" cy="120" r="110" fill-opacity=".7"/></svg>');
  const change = ripples(100, 60, 90, 80);

  it('keeps transparency, profile and orientation', async () => {
    const picture = portrait(320, 240).composite([{ input: round, blend: 'dest-in' }]).withIccProfile('p3').withMetadata({ orientation: 6 });
    const source = await picture.webp({ quality: 80 }).toBuffer();
    const written = Buffer.from(await editWebp(source, [change], new MetadataEditor('private')));
    expect(await sharp(written).metadata()).toMatchObject({ width: 320, height: 240, hasAlpha: true, orientation: 6 });
    for (const type of ['ALPH', 'ICCP']) expect(contentOf(written, type)).toEqual(contentOf(source, type));
    expect(contentOf(written, 'VP8 ')).not.toEqual(contentOf(source, 'VP8 '));
  });

  it('loses pictures that are hidden behind its own', async () => {
    const source = await portrait(320, 240).webp().toBuffer();
    const hiding = riff([...webpChunks(source), ...webpChunks(source)].map(({ type, content }) => chunk(type, content)));
    const written = await editWebp(hiding, [change], new MetadataEditor('all'));
    expect([...webpChunks(written)].map(({ type }) => type)).toEqual(['VP8X', 'VP8 ']);
    expect(readWebpHeader(written)).toMatchObject({ width: 320, height: 240 });
  });

  it('is left to others where it is cut off before its frame', async () => {
    const source = await portrait(32, 32).composite([{ input: Buffer.from('<svg width="32" height="32"><circle r="9"/></svg>'), blend: 'dest-in' }]).webp().toBuffer();
    await expect(editWebp(source.subarray(0, source.indexOf('VP8 ')), [], new MetadataEditor('all'))).rejects.toThrow(Unreadable);
  });
});

it('changes a lossy animated WebP in the frames that change, and leaves the others byte for byte', async () => {
  const frames = await Promise.all([0, 40, 80].map((left) => sharp('samples/portrait-2.jpg').extract({ left, top: 0, width: 520, height: 520 }).resize(208).png().toBuffer()));
  const source = await sharp(frames, { join: { animated: true } }).webp({ quality: 80 }).toBuffer();
  const editor = new WebpAnimationEditor(source);
  await editor.change(1, [ripples(60, 60, 80, 80)]);
  const written = Buffer.concat(editor.finish(new MetadataEditor('all')) as Uint8Array[]);
  const framesOf = (webp: Uint8Array): Uint8Array[] => [...webpChunks(webp)].filter(({ type }) => type === 'ANMF').map(({ content }) => content);
  const [before, after] = [framesOf(source), framesOf(written)];
  expect(after.map((frame, i) => Buffer.from(frame).equals(before[i]!))).toEqual([true, false, true]);
  const page = (webp: Buffer): Promise<Buffer> => sharp(webp, { page: 1 }).removeAlpha().raw().toBuffer();
  const [was, is] = [await page(source), await page(written)];
  expect(psnr(was, is, 208, (column, row) => column < 50 || row < 50)).toBeGreaterThan(46);
  expect(psnr(was, is, 208, (column, row) => column >= 80 && column < 120 && row >= 80 && row < 120)).toBeLessThan(38);
});
