/** JPEG at the level of its coefficients: read, changed in places, written again. */
import sharp, { type JpegOptions } from 'sharp';
import { describe, expect, it } from 'vitest';
import { type Change, STEPS_PER_LEVEL } from '../../../src/engine/formats/change';
import { readJpeg } from '../../../src/engine/formats/jpeg/coefficients';
import { editJpeg } from '../../../src/engine/formats/jpeg/edit';
import { writeSegment } from '../../../src/engine/formats/jpeg/segments';
import { writeJpeg } from '../../../src/engine/formats/jpeg/writer';
import { concatenate } from '../../../src/engine/formats/bytes';
import { MetadataEditor } from '../../../src/engine/metadata/metadata';
import { changed, isIn, retouch, squaredError, stepsOf } from './retouch';
import { Unreadable } from '../../../src/engine/formats/unreadable';
import { texture } from './jpegKinds';

const portrait = (width: number, height: number) => sharp('samples/portrait-2.jpg').resize(width, height);
const edit = (bytes: Uint8Array, changes: Change[] = []): Buffer => Buffer.from(concatenate(editJpeg(bytes, changes, new MetadataEditor('all'))));
const raw = (bytes: Uint8Array): Promise<Buffer> => sharp(bytes).raw().toBuffer();

/** A soft bump in red and green at (x, y). */
function bump(x: number, y: number, width: number, height: number, level = 24): Change {
  const difference = new Int16Array(3 * width * height);
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at += 3) {
      const value = level * Math.sin((Math.PI * (row + 0.5)) / height) * Math.sin((Math.PI * (column + 0.5)) / width);
      difference.set(stepsOf([value, value / 2, 0]), at);
    }
  }
  return { x, y, width, height, difference };
}

const kinds: [string, JpegOptions][] = [
  ['baseline 4:2:0', { quality: 85, chromaSubsampling: '4:2:0' }],
  ['baseline 4:4:4', { quality: 95, chromaSubsampling: '4:4:4' }],
  ['coarse', { quality: 20 }],
  ['at quality 100', { quality: 100, chromaSubsampling: '4:4:4' }],
  ['progressive 4:2:0', { quality: 85, progressive: true }],
  ['progressive 4:4:4, coarse', { quality: 30, progressive: true, chromaSubsampling: '4:4:4' }],
  ['progressive with scans by mozjpeg', { quality: 80, mozjpeg: true }],
  ['with tables of another kind', { quality: 80, quantisationTable: 3 }],
];

describe.each(kinds)('a JPEG, %s,', (_, options) => {
  it.each([[640, 640], [317, 203], [8, 8], [17, 1]])('of %i x %i keeps every coefficient and about its bytes', async (width, height) => {
    const source = await portrait(width, height).jpeg(options).toBuffer();
    const written = edit(source);
    const [before, after] = [readJpeg(source), readJpeg(written)];
    expect(after.frame.content).toEqual(before.frame.content);
    expect(after.scans).toEqual(before.scans);
    after.components.forEach((component, i) => expect(Buffer.from(component.coefficients.buffer).equals(Buffer.from(before.components[i]!.coefficients.buffer))).toBe(true));
    expect((await raw(written)).equals(await raw(source))).toBe(true);
    expect(written.length).toBeLessThan(1.02 * source.length + 20);
  });

  it('changes where it is to, and keeps every coefficient elsewhere', async () => {
    const source = await portrait(317, 203).jpeg(options).toBuffer();
    const change = bump(100, 50, 90, 77);
    const written = edit(source, [change]);
    const [before, after] = [readJpeg(source), readJpeg(written)];
    const blockSize = { x: 8 * Math.max(...before.components.map(({ h }) => h)), y: 8 * Math.max(...before.components.map(({ v }) => v)) };
    let changed = 0;
    before.components.forEach(({ coefficients, stride, h, v }, i) => {
      const [wide, high] = [blockSize.x / h, blockSize.y / v];
      for (let block = 0; block < coefficients.length / 64; block++) {
        const [left, top] = [(block % stride) * wide, Math.floor(block / stride) * high];
        const isIn = left + wide > change.x && left < change.x + change.width && top + high > change.y && top < change.y + change.height;
        const same = Buffer.from(coefficients.slice(64 * block, 64 * block + 64).buffer).equals(Buffer.from(after.components[i]!.coefficients.slice(64 * block, 64 * block + 64).buffer));
        if (!isIn) expect(same).toBe(true);
        changed += same ? 0 : 1;
      }
    });
    expect(changed).toBeGreaterThan(10);

    const [a, b] = [await raw(source), await raw(written)];
    let [sum, wanted, count] = [0, 0, 0];
    for (let y = 60; y < 117; y++) {
      for (let x = 110; x < 180; x++, count++) {
        sum += b[3 * (y * 317 + x)]! - a[3 * (y * 317 + x)]!;
        wanted += change.difference[3 * ((y - 50) * 90 + x - 100)]! / STEPS_PER_LEVEL;
      }
    }
    expect(Math.abs(sum - wanted) / count).toBeLessThan(1.5);
  });
});

const retouchedKinds = [75, 85, 92, 95].flatMap((quality) => (['4:2:0', '4:4:4'] as const).map((chromaSubsampling): JpegOptions => ({ quality, chromaSubsampling })));

it.each(retouchedKinds)('bends and shades a part of a picture as exactly as encoding again would, within 1.2 times the bytes (%j)', async (options) => {
  const size = 400;
  const encode = (pixels: Buffer): Promise<Buffer> => sharp(pixels, { raw: { width: size, height: size, channels: 3 } }).jpeg(options).toBuffer();
  const source = await encode(texture(size, size));
  const before = await raw(source);
  const change = retouch(before, size, { x: 101, y: 83, width: 190, height: 230 });
  const written = edit(source, [change]);
  const [after, wanted] = [await raw(written), changed(before, size, change)];
  const inside = (x: number, y: number): boolean => isIn(change, x, y);
  const again = squaredError(wanted, await raw(await encode(wanted)), size, inside);
  expect(squaredError(wanted, after, size, inside)).toBeLessThan(1.05 * again);
  expect(squaredError(before, after, size, (x, y) => !isIn(change, x, y, 16))).toBe(0);
  expect(squaredError(before, after, size, (x, y) => !inside(x, y))).toBeLessThan(0.1);
  expect(written.length).toBeLessThan(1.2 * source.length);
});

it.each([['a fraction of a level', 128, 0.625, 129], ['to more than white', 240, 200, 255], ['to less than black', 20, -200, 0]])('adds %s', async (_, level, added, expected) => {
  const background = { r: level, g: level, b: level };
  const source = await sharp({ create: { width: 64, height: 64, channels: 3, background } }).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();
  const after = await raw(edit(source, [{ x: 16, y: 16, width: 32, height: 32, difference: stepsOf(new Array<number>(3 * 32 * 32).fill(added)) }]));
  expect([...after.subarray(3 * (32 * 64 + 32), 3 * (32 * 64 + 32) + 3)]).toEqual([expected, expected, expected]);
  expect([...after.subarray(0, 3)]).toEqual([level, level, level]);
});

it('changes no block in which nothing comes to half a step', async () => {
  const source = await portrait(160, 160).jpeg({ quality: 75 }).toBuffer();
  const [before, after] = [readJpeg(source), readJpeg(edit(source, [bump(16, 16, 128, 128, 0.4)]))];
  after.components.forEach(({ coefficients }, i) => expect(coefficients).toEqual(before.components[i]!.coefficients));
  expect(after.quantisation).toEqual(before.quantisation);
});

it('keeps small spots of colour although colours are stored at half size', async () => {
  const source = await sharp({ create: { width: 160, height: 160, channels: 3, background: '#808080' } }).jpeg({ quality: 98, chromaSubsampling: '4:2:0' }).toBuffer();
  const wave = (at: number): number => Math.sin((2 * Math.PI * at) / 8);
  const difference = Int16Array.from({ length: 3 * 160 * 160 }, (_, i) => (i % 3 === 2 ? Math.round(30 * STEPS_PER_LEVEL * wave(Math.floor(i / 3) % 160) * wave(Math.floor(i / 480))) : 0));
  const [a, b] = [await raw(source), await raw(edit(source, [{ x: 0, y: 0, width: 160, height: 160, difference }]))];
  const blueness = (of: (channel: number) => number): number => of(2) - (of(0) + of(1)) / 2;
  let [both, wanted] = [0, 0];
  for (let at = 0; at < a.length; at += 3) {
    const should = blueness((channel) => difference[at + channel]! / STEPS_PER_LEVEL);
    both += should * blueness((channel) => b[at + channel]! - a[at + channel]!);
    wanted += should ** 2;
  }
  expect(both / wanted).toBeGreaterThan(0.65); // .52 if the means of two by two pixels were stored as they are
});

it('keeps a grey JPEG grey', async () => {
  const source = await portrait(317, 203).toColourspace('b-w').jpeg({ quality: 90 }).toBuffer();
  const written = edit(source, [bump(0, 0, 317, 203)]);
  expect((await sharp(written).metadata()).channels).toBe(1);
  expect((await sharp(written).stats()).channels[0]!.mean).toBeGreaterThan((await sharp(source).stats()).channels[0]!.mean + 3);
});

it('keeps restart intervals', async () => {
  const source = await portrait(317, 203).jpeg({ quality: 88 }).toBuffer();
  const image = readJpeg(source);
  for (const scan of image.scans) scan.restartInterval = 7;
  const restarting = Buffer.from(concatenate(writeJpeg(image, [])));
  expect((await raw(restarting)).equals(await raw(source))).toBe(true);
  const written = edit(restarting);
  expect(readJpeg(written).scans).toEqual(image.scans);
  expect((await raw(written)).equals(await raw(source))).toBe(true);
  expect((await raw(edit(restarting, [bump(0, 0, 64, 64)]))).equals(await raw(source))).toBe(false);
});

/** Colour at half the width: made of a picture's luma and a narrower one's chroma. */
async function withHalvedColour(): Promise<Buffer> {
  const options = { quality: 90, chromaSubsampling: '4:4:4' } as const;
  const image = readJpeg(await portrait(320, 208).jpeg(options).toBuffer());
  const narrow = readJpeg(await portrait(160, 208).jpeg(options).toBuffer());
  image.frame.content[7] = 0x21;
  image.components = image.components.map((component, i) => (i === 0 ? { ...component, h: 2 } : narrow.components[i]!));
  image.unitsWide /= 2;
  return Buffer.from(concatenate(writeJpeg(image, image.extras.map(({ marker, content }) => writeSegment(marker, content)))));
}

it('keeps 4:2:2', async () => {
  const source = await withHalvedColour();
  expect(readJpeg(source).components.map(({ h, v }) => [h, v])).toEqual([[2, 1], [1, 1], [1, 1]]);
  const written = edit(source);
  expect((await raw(written)).equals(await raw(source))).toBe(true);
  const change = bump(64, 64, 100, 100);
  const [a, b] = [await raw(source), await raw(edit(source, [change]))];
  const at = 3 * (114 * 320 + 114);
  expect(b[at]! - a[at]!).toBeGreaterThan(12);
  expect(b.subarray(0, 3 * 320 * 60).equals(a.subarray(0, 3 * 320 * 60))).toBe(true);
});

it('leaves damage to others', async () => {
  const whole = await portrait(64, 64).jpeg().toBuffer();
  for (let length = 0; length < whole.length - 3; length += 13) expect(() => edit(whole.subarray(0, length))).toThrow(Unreadable);
});

describe('a JPEG of four inks', () => {
  const all = (level: number): Change => ({ x: 16, y: 16, width: 32, height: 32, difference: stepsOf(new Array<number>(3 * 32 * 32).fill(level)) });
  const ADOBE = Buffer.from('Adobe');
  const TRANSFORM = 11;

  // the second reads the inks of the first as luma and chroma: the place looked at is almost black then, in the first it lacks cyan
  it.each([['as they are', 0, -12], ['turned into luma and chroma', 2, 12]] as const)('%s becomes darker or lighter where it is to, and black stays', async (_, transform, level) => {
    const source = await portrait(64, 64).toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer();
    source[source.indexOf(ADOBE) + TRANSFORM] = transform;
    const written = edit(source, [all(level)]);
    const [before, after] = [readJpeg(source), readJpeg(written)];
    expect(after.components[3]!.coefficients).toEqual(before.components[3]!.coefficients);
    const mean = async (bytes: Buffer, left: number): Promise<number[]> => {
      const part = await sharp(bytes).toColourspace('srgb').extract({ left, top: 16, width: 16, height: 16 }).png().toBuffer();
      return (await sharp(part).stats()).channels.map((channel) => channel.mean);
    };
    const [was, is] = [await mean(source, 24), await mean(written, 24)];
    was.forEach((value, channel) => expect(Math.sign(level) * (is[channel]! - value)).toBeGreaterThan(3));
    expect(await mean(written, 48)).toEqual(await mean(source, 48));
  });

  it('takes at most the whole of an ink where there is black over it', async () => {
    const image = readJpeg(await sharp({ create: { width: 64, height: 64, channels: 3, background: '#808080' } }).toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer());
    const black = image.components[3]!;
    const light = 40;
    for (let at = 0; at < black.coefficients.length; at += 64) black.coefficients[at] = Math.round((8 * (light - 128)) / image.quantisation[black.table]![0]!);
    const source = concatenate(writeJpeg(image, image.extras.map(({ marker, content }) => writeSegment(marker, content))));
    const [before, after] = [readJpeg(source), readJpeg(edit(source, [all(200)]))];
    const at = 64 * (3 * before.components[0]!.stride + 3); // a block that all of the change is on
    for (const ink of [0, 1, 2]) expect(after.components[ink]!.coefficients[at]).toBeGreaterThan(before.components[ink]!.coefficients[at]! + 200);
  });

  it('is not touched where nothing says how they are stored', async () => {
    const source = await portrait(64, 64).toColourspace('cmyk').jpeg().toBuffer();
    source.write('Other', source.indexOf(ADOBE));
    expect(() => edit(source, [all(9)])).toThrow(Unreadable);
  });
});
