/** PNG, GIF and BMP at the level of their samples: what changes where it is told to, and nowhere else. */
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { apngOf, bmpOf, framesOfApng, pictureOfBmp } from '../../../bench/writers';
import { editBmp } from '../../../src/engine/formats/bmp/edit';
import { type Change, STEPS_PER_LEVEL } from '../../../src/engine/formats/change';
import { GifEditor } from '../../../src/engine/formats/gif/editor';
import { changeIndexed } from '../../../src/engine/formats/indexed';
import { packLzw, unpackLzw } from '../../../src/engine/formats/gif/lzw';
import { editPng, PngEditor } from '../../../src/engine/formats/png/editor';
import { MetadataEditor } from '../../../src/engine/metadata/metadata';
import { changed, isIn, psnr, retouch, squaredError, stepsOf } from './retouch';
import { Unreadable } from '../../../src/engine/formats/unreadable';

const portrait = (width = 120, height = 90): Sharp => sharp('samples/portrait-2.jpg').resize(width, height, { fit: 'cover' });
const together = async (parts: BlobPart[]): Promise<Buffer> => Buffer.from(await new Blob(parts).arrayBuffer());
const keepAll = (): MetadataEditor => new MetadataEditor('all');

/** Red, green and blue; some pixels go beyond white or black by it. */
const LEVELS = [9.25, -70.75, 110.5];
const change: Change = { x: 40, y: 30, width: 32, height: 24, difference: stepsOf(Array.from({ length: 3 * 32 * 24 }, (_, i) => LEVELS[i % 3]!)) };
const isInside = (x: number, y: number): boolean => isIn(change, x, y);

/** Interleaved samples of either depth. */
async function samplesOf(picture: Buffer, page = 0): Promise<{ data: Uint8Array | Uint16Array; channels: number; width: number }> {
  const { depth } = await sharp(picture).metadata();
  const deep = depth === 'ushort';
  const pipeline = sharp(picture, { page });
  const { data, info } = await (deep ? pipeline.toColourspace('rgb16').raw({ depth: 'ushort' }) : pipeline.raw()).toBuffer({ resolveWithObject: true });
  return { data: deep ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data, channels: info.channels, width: info.width };
}

function deepPng(samples: Uint16Array, { width, height }: { width: number; height: number }): Promise<Buffer> {
  return sharp(samples, { raw: { width, height, channels: 3 } }).toColourspace('rgb16').png().toBuffer();
}

/** Checks each sample by what became of it and returns how many changed. */
async function compare(source: Buffer, edited: Buffer, added: (before: number, channel: number) => number | null): Promise<number> {
  const [before, after] = await Promise.all([samplesOf(source), samplesOf(edited)]);
  expect(after.data.length).toBe(before.data.length);
  let changed = 0;
  before.data.forEach((value, i) => {
    const pixel = Math.floor(i / before.channels);
    const inside = isInside(pixel % before.width, Math.floor(pixel / before.width));
    const wanted = inside ? added(value, i % before.channels) : value;
    if (after.data[i] !== value) changed++;
    if (wanted !== null && after.data[i] !== wanted) expect({ i, value: after.data[i] }).toEqual({ i, value: wanted });
  });
  return changed;
}

const clamped = (value: number, most = 255): number => Math.min(most, Math.max(0, Math.round(value)));
const rgb = (before: number, channel: number): number => (channel === 3 ? before : clamped(before + LEVELS[channel]!));

describe('a PNG has the change added to its own samples', () => {
  it.each<[string, (picture: Sharp) => Sharp, (before: number, channel: number) => number]>([
    ['RGB', (picture) => picture.png(), rgb],
    ['RGB, interlaced', (picture) => picture.png({ progressive: true, adaptiveFiltering: true }), rgb],
    ['RGBA', (picture) => picture.ensureAlpha(0.4).png({ adaptiveFiltering: true }), rgb],
    ['grey', (picture) => picture.toColourspace('b-w').png(), (before) => clamped(before + 0.299 * 9.25 - 0.587 * 70.75 + 0.114 * 110.5)],
  ])('%s', async (_, make, added) => {
    const source = await make(portrait()).toBuffer();
    const edited = await together(await editPng(source, [change], keepAll()));
    expect(await compare(source, edited, added)).toBeGreaterThan(500);
    const [was, is] = [await sharp(source).metadata(), await sharp(edited).metadata()];
    expect(is).toMatchObject({ channels: was.channels, depth: was.depth, isProgressive: was.isProgressive, hasAlpha: was.hasAlpha });
  });

  it('through which nothing is seen: not at all', async () => {
    const source = await portrait().ensureAlpha(0).png().toBuffer();
    expect(await compare(source, await together(await editPng(source, [change], keepAll())), (before) => before)).toBe(0);
  });

  it('with a palette: which stays one, and on the whole the colour moves by the change, as far as 256 colours reach', async () => {
    const source = await portrait().png({ palette: true, colours: 200 }).toBuffer();
    const levels = [9.25, -7.75, 5.5];
    const tint = { ...change, difference: change.difference.map((_, i) => STEPS_PER_LEVEL * levels[i % 3]!) };
    const edited = await together(await editPng(source, [tint], keepAll()));
    expect(await sharp(edited).metadata()).toMatchObject({ isPalette: true });
    expect(await compare(source, edited, () => null)).toBeGreaterThan(500);
    const [before, after] = await Promise.all([samplesOf(source), samplesOf(edited)]);
    const off = [0, 0, 0];
    before.data.forEach((value, i) => {
      const [pixel, channel] = [Math.floor(i / before.channels), i % before.channels];
      if (isInside(pixel % 120, Math.floor(pixel / 120))) off[channel]! += after.data[i]! - clamped(value + levels[channel]!);
    });
    const mean = off.map((sum) => sum / (change.width * change.height));
    levels.forEach((added, channel) => expect(Math.abs(mean[channel]!)).toBeLessThan(Math.abs(added) / 2));
  });

  it.each<[string, (value: number, i: number) => number, (before: number, channel: number) => number]>([
    ['that tell 16', (value, i) => Math.max(0, 257 * value - (i % 100)), (before, channel) => clamped(before + 257 * LEVELS[channel]!, 0xffff)],
    ['that repeat 8', (value) => 257 * value, (before, channel) => 257 * rgb(before / 257, channel)],
    ['that are 8 with zeros behind', (value) => 256 * value, (before, channel) => 256 * rgb(before / 256, channel)],
    ['that are 8, the second byte all ones behind odd ones', (value) => 256 * value + (value % 2) * 255, (before, channel) => rgb(before >> 8, channel) * 256 + (rgb(before >> 8, channel) % 2) * 255],
  ])('16 bits %s, which still do', async (_, wide, added) => {
    const { data, info } = await portrait().raw().toBuffer({ resolveWithObject: true });
    const source = await deepPng(Uint16Array.from(data, wide), info);
    expect(await compare(source, await together(await editPng(source, [change], keepAll())), added)).toBeGreaterThan(500);
  });

  it('by fractions of a level where it has 16 bits', async () => {
    const source = await deepPng(Uint16Array.of(32_900, 32_901, 32_902), { width: 1, height: 1 });
    const edited = await together(await editPng(source, [{ x: 0, y: 0, width: 1, height: 1, difference: Int16Array.of(1, 32, -640) }], keepAll()));
    const [before, after] = await Promise.all([samplesOf(source), samplesOf(edited)]);
    expect([0, 1, 2].map((channel) => after.data[channel]! - before.data[channel]!)).toEqual([4, 129, -2570]);
  });

  it('frame by frame where it is animated', async () => {
    const frames = await Promise.all([portrait(), portrait().flop()].map((picture) => picture.png().toBuffer()));
    const source = apngOf(frames);
    const editor = new PngEditor(source);
    await editor.change(1, [change]);
    const [first, second] = framesOfApng(await together(await editor.finish(keepAll())));
    expect(await compare(frames[0]!, first!, (before) => before)).toBe(0);
    expect(await compare(frames[1]!, second!, rgb)).toBeGreaterThan(500);
  });

  it('and one that is damaged is refused', async () => {
    const source = await portrait().png().toBuffer();
    const middle = source.length >> 1;
    source.fill(7, middle, middle + 40);
    await expect(editPng(source, [change], keepAll())).rejects.toThrow(Unreadable);
    await expect(editPng(source.subarray(0, middle), [change], keepAll())).rejects.toThrow(Unreadable);
  });
});

describe('a picture of numbered colours', () => {
  const [width, height] = [240, 240];
  const box = { x: 70, y: 60, width: 100, height: 120 };
  const round = Buffer.from('<svg width="240" height="240"><circle cx="120" cy="120" r="80"/></svg>');
  const rgbOf = (picture: Sharp | Buffer): Promise<Buffer> => (Buffer.isBuffer(picture) ? sharp(picture) : picture).removeAlpha().raw().toBuffer();
  /** Means of 4 x 4 pixels: what is seen of a picture that is dithered. */
  const coarse = (pixels: Buffer): Promise<Buffer> => sharp(pixels, { raw: { width, height, channels: 3 } }).resize(width / 4, height / 4, { kernel: 'linear' }).raw().toBuffer();
  const gifChanged = async (source: Buffer, retouched: Change): Promise<Buffer> => {
    const editor = new GifEditor(source);
    await editor.change(0, [retouched]);
    return together(editor.finish(keepAll()));
  };

  it.each<[string, (picture: Sharp) => Sharp, (source: Buffer, retouched: Change) => Promise<Buffer>]>([
    ['PNG', (picture) => picture.png({ palette: true }), async (source, retouched) => together(await editPng(source, [retouched], keepAll()))],
    ['GIF', (picture) => picture.gif(), gifChanged],
  ])('is bent and shaded, %s, as nearly as if its palette had been made for it, and stays transparent where it was', async (_, make, edit) => {
    const source = await make(portrait(width, height).composite([{ input: round, blend: 'dest-in' }])).toBuffer();
    const before = await rgbOf(source);
    const retouched = retouch(before, width, box);
    const wanted = changed(before, width, retouched);
    const written = await edit(source, retouched);
    const after = await rgbOf(written);
    const [was, is] = await Promise.all([source, written].map((bytes) => sharp(bytes).extractChannel(3).raw().toBuffer()));
    expect(is!.equals(was!)).toBe(true);
    expect(squaredError(before, after, width, (x, y) => !isIn(box, x, y))).toBe(0);
    const seen = (x: number, y: number): boolean => was![y * width + x] === 255 && isIn(box, x, y, -8);
    const again = await rgbOf(await make(sharp(wanted, { raw: { width, height, channels: 3 } })).toBuffer());
    expect(psnr(wanted, after, width, seen)).toBeGreaterThan(psnr(wanted, again, width, seen) - 4);
    const [coarseWanted, coarseAfter, coarseAgain] = await Promise.all([wanted, after, again].map(coarse));
    const seenCoarse = (x: number, y: number): boolean => seen(4 * x, 4 * y);
    expect(psnr(coarseWanted!, coarseAfter!, width / 4, seenCoarse)).toBeGreaterThan(psnr(coarseWanted!, coarseAgain!, width / 4, seenCoarse) - 1);
  });
});

describe('a GIF', () => {
  it.each([2, 4, 8])('is unpacked and packed with values of %i bits', (bits) => {
    const values = Uint8Array.from({ length: 70_000 }, (_, i) => (i < 30_000 ? (i * i * 7919) >> 5 : i >> 9) & ((1 << bits) - 1));
    expect(Buffer.from(unpackLzw(packLzw(values, bits), bits, values.length)).equals(values)).toBe(true);
  });

  it.each([[{}], [{ progressive: true }], [{ colours: 16, interFrameMaxError: 0 }]])('%j changes where it is told to, in one frame, and nowhere else', async (how) => {
    const frames = await Promise.all([portrait(), portrait().flop()].map((picture) => picture.png().toBuffer()));
    const source = await sharp(frames, { join: { animated: true } }).gif({ ...how, delay: [70, 90] }).toBuffer();
    const editor = new GifEditor(source);
    await editor.change(1, [change]);
    const edited = await together(editor.finish(keepAll()));
    expect(await sharp(edited).metadata()).toMatchObject({ pages: 2, delay: [70, 90] });
    expect((await sharp(edited).raw().toBuffer()).equals(await sharp(source).raw().toBuffer())).toBe(true);
    const [before, after] = await Promise.all([samplesOf(source, 1), samplesOf(edited, 1)]);
    let changed = 0;
    for (let pixel = 0; pixel < 120 * 90; pixel++) {
      const at = pixel * before.channels;
      if ([0, 1, 2].every((channel) => before.data[at + channel] === after.data[at + channel])) continue;
      changed++;
      expect(isInside(pixel % 120, Math.floor(pixel / 120))).toBe(true);
    }
    expect(changed).toBeGreaterThan(500);
  });

  it('that is cut off, or none, is refused', async () => {
    const source = await portrait().gif().toBuffer();
    expect(() => new GifEditor(source.subarray(0, 40))).toThrow(Unreadable);
    source[source.length - 1] = 0x77;
    expect(() => new GifEditor(source)).toThrow(Unreadable);
  });
});

describe('numbered colours', () => {
  it('take a change exactly where there is room for its colours', () => {
    const picture = { width: 4, height: 1, indices: Uint8Array.of(0, 1, 1, 0), palette: Uint8Array.of(10, 20, 30, 200, 100, 50), alphaOf: () => 255, mostColours: 4 };
    const { indices, palette } = changeIndexed(picture, [{ x: 1, y: 0, width: 2, height: 1, difference: stepsOf([1, 2.25, 3, -104.4, -105, -6]) }])!;
    const colours = [...indices].map((number) => [...palette.subarray(3 * number, 3 * number + 3)]);
    expect(colours).toEqual([[10, 20, 30], [201, 102, 53], [96, 0, 44], [10, 20, 30]]);
  });

  it('stay where the change is less than half a level', () => {
    const picture = { width: 2, height: 1, indices: Uint8Array.of(0, 1), palette: Uint8Array.of(10, 20, 30, 200, 100, 50), alphaOf: () => 255, mostColours: 4 };
    expect(changeIndexed(picture, [{ x: 0, y: 0, width: 2, height: 1, difference: stepsOf([0.4, -0.4, 0, 0, 0.3, 0.4]) }])).toBeNull();
  });

  it('neither change nor become transparent', () => {
    const picture = { width: 2, height: 1, indices: Uint8Array.of(0, 1), palette: Uint8Array.of(9, 9, 9, 12, 12, 12), alphaOf: (colour: number) => (colour ? 255 : 0), mostColours: 2 };
    const changed = changeIndexed(picture, [{ x: 0, y: 0, width: 2, height: 1, difference: stepsOf([5, 5, 5, -3, -3, -3]) }])!;
    expect([...changed.indices]).toEqual([0, 1]);
  });
});

describe('a BMP', () => {
  it('has the change added to its own bytes', async () => {
    const raw = await portrait().raw().toBuffer();
    const source = bmpOf(raw, 120, 90);
    editBmp(source as Buffer<ArrayBuffer>, [change], keepAll());
    const { data } = pictureOfBmp(source);
    data.forEach((value, i) => {
      const pixel = Math.floor(i / 3);
      const wanted = isInside(pixel % 120, Math.floor(pixel / 120)) ? rgb(raw[i]!, i % 3) : raw[i];
      if (value !== wanted) expect({ i, value }).toEqual({ i, value: wanted });
    });
    expect(Buffer.from(data).equals(raw)).toBe(false);
  });

  it('of another kind is refused', async () => {
    const source = bmpOf(await portrait().raw().toBuffer(), 120, 90);
    source.writeUInt16LE(8, 28);
    expect(() => editBmp(source as Buffer<ArrayBuffer>, [change], keepAll())).toThrow(Unreadable);
  });
});
