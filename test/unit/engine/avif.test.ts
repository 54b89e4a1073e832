/** AVIF: its container, its colours, its planes, and how finely it is encoded. */
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { Avif, avifOrientation } from '../../../src/engine/formats/avif/container';
import { addChange, carrierOf, hideBeyond, type Planes, SAMPLING } from '../../../src/engine/formats/avif/planes';
import { colourOf, withColour } from '../../../src/engine/formats/avif/sequenceHeader';
import { encodeWithin, FINENESSES } from '../../../src/engine/formats/avif/sizeSearch';
import { MetadataEditor } from '../../../src/engine/metadata/metadata';
import { stepsOf } from './retouch';
import { Unreadable } from '../../../src/engine/formats/unreadable';

const WIDTH = 96;
const HEIGHT = 64;
const portrait = (): Sharp => sharp('samples/portrait-2.jpg').resize(WIDTH, HEIGHT, { fit: 'fill' });
const round = Buffer.from(`<svg width="${WIDTH}" height="${HEIGHT}"><circle cx="40" cy="30" r="25"/></svg>`);
const pixels = (avif: Uint8Array): Promise<Buffer> => sharp(avif).raw().toBuffer();

describe('container', () => {
  const translucent = (): Promise<Buffer> => portrait().composite([{ input: round, blend: 'dest-in' }]).withIccProfile('p3').withExif({ IFD0: { Make: 'Camera' } }).avif({ effort: 0 }).toBuffer();

  const bare = (bytes: Uint8Array): Uint8Array => {
    const avif = new Avif(bytes);
    return avif.bare(avif.parts[0]!);
  };

  it('gives the picture by itself', async () => {
    expect(await sharp(bare(await translucent())).metadata()).toMatchObject({ width: WIDTH, height: HEIGHT, hasAlpha: false });
    expect((await sharp(bare(await translucent())).metadata()).exif).toBeUndefined();
  });

  it('takes another picture, and keeps transparency, profile and metadata', async () => {
    const source = await translucent();
    const other = await portrait().negate().withIccProfile('p3').avif({ effort: 0, quality: 80 }).toBuffer();
    const made = withPicture(source, other);
    const [was, is] = [await sharp(source).metadata(), await sharp(made).metadata()];
    expect(is.icc!.equals(was.icc!)).toBe(true);
    expect(is.exif!.includes('Camera')).toBe(true);
    const alpha = (avif: Uint8Array): Promise<Buffer> => sharp(avif).extractChannel('alpha').raw().toBuffer();
    expect((await alpha(made)).equals(await alpha(source))).toBe(true);
    expect((await pixels(bare(made))).equals(await pixels(bare(other)))).toBe(true);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('tells that the picture is turned as EXIF %i, and gives it unturned', async (orientation) => {
    const avif = await portrait().withMetadata({ orientation }).avif({ effort: 0 }).toBuffer();
    expect(avifOrientation(avif)).toBe(orientation);
    const plain = await portrait().withMetadata().avif({ effort: 0 }).toBuffer();
    expect((await pixels(bare(avif))).equals(await pixels(plain))).toBe(true);
  });

  it('leaves an animation alone', async () => {
    const avif = await portrait().avif({ effort: 0 }).toBuffer();
    const movie = Buffer.from([0, 0, 0, 8, ...Buffer.from('moov')]);
    expect(() => new Avif(Buffer.concat([avif, movie]))).toThrow('animated');
  });

  it.each(['meta', 'hdlr', 'pitm', 'iloc', 'iinf', 'iprp', 'ipco', 'ispe', 'av1C'])('leaves a file without %s alone', async (box) => {
    const avif = await portrait().avif({ effort: 0 }).toBuffer();
    avif.write('free', avif.indexOf(box), 'latin1');
    expect(() => new Avif(avif)).toThrow(Unreadable);
    expect(avifOrientation(avif)).toBe(1);
  });

  it('leaves a file alone that is cut off anywhere', async () => {
    const avif = await translucent();
    for (let length = 0; length < avif.length; length += 7) expect(() => new Avif(avif.subarray(0, length))).toThrow(Unreadable);
  });
});

/** The first with the picture of the second. */
function withPicture(source: Uint8Array, other: Uint8Array, metadata = new MetadataEditor('all')): Uint8Array<ArrayBuffer> {
  const avif = new Avif(source);
  return avif.withPictures(new Map([[avif.parts[0]!.id, new Avif(other).parts[0]!]]), metadata);
}

describe('sequence header', () => {
  // as libaom writes it, 64 x 48: 4:2:0, 4:4:4, 4:2:0 of 10 bits, 4:2:2; each is followed by the beginning of its frame
  const headers = ['0a0918157fbd8204040d08', '0a0938157fbd8408081a40', '0a0918157fbd8a04040d08', '0a0958157fbd8204040d20'].map((text) => Buffer.from(`${text}3212`, 'hex'));
  const colour = { primaries: 9, transfer: 16, matrix: 9, fullRange: false };

  it.each(headers)('says the colours, and nothing else is changed (%#)', (header) => {
    const said = withColour(header, colour);
    expect(colourOf(said)).toEqual(colour);
    const bits = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
    expect(bits(said)).toContain(`1${'00001001'}${'00010000'}${'00001001'}0`);
    const original = { primaries: 2, transfer: 2, matrix: 6, fullRange: true };
    expect(Buffer.from(withColour(said, original)).equals(header)).toBe(true);
  });

  it('is made longer where it told no colours, and the mark of a video goes', () => {
    const bare = Buffer.from('12000a061815 7fbd8140 3212'.replaceAll(' ', ''), 'hex');
    const said = withColour(bare, colour);
    expect(said).toHaveLength(bare.length - 2 + 3);
    expect([...said.subarray(0, 2)]).toEqual([0x0a, 9]);
    expect([...said.subarray(-2)]).toEqual([0x32, 0x12]);
  });

  // RGB, 64 x 48, of 8, 10 and 12 bits: its range and sampling are left out where it is said to be that of sRGB
  it.each(['0a0938157fbd840808024032', '0a0938157fbd8c080802403232', '0a0958157fbd8d0202008832'])('of RGB says that it is sRGB, and takes it back (%#)', (text) => {
    const header = Buffer.from(text, 'hex').subarray(0, 11);
    const sRgb = { primaries: 1, transfer: 13, matrix: 0, fullRange: true };
    expect(colourOf(header)).toEqual({ ...sRgb, primaries: 2, transfer: 2 });
    const said = withColour(header, sRgb);
    expect(colourOf(said)).toEqual(sRgb);
    expect(said.length).toBeLessThanOrEqual(header.length);
    expect(Buffer.from(withColour(said, { ...sRgb, primaries: 2, transfer: 2 })).equals(header)).toBe(true);
    expect(() => withColour(said, { ...sRgb, fullRange: false })).toThrow(Unreadable);
  });

  it('is read where it is one of a video', () => {
    // a still by SVT-AV1, 96 x 80, whose header is not reduced
    const header = Buffer.from('0a0a0000000335f9e7dfcc02', 'hex');
    expect(colourOf(header)).toEqual({ primaries: 2, transfer: 2, matrix: 2, fullRange: false });
    expect(colourOf(withColour(header, colour))).toEqual(colour);
  });

  it.each(['12003212', '0a04', '0a0318157f'])('is asked for: %s', (coded) => {
    expect(() => withColour(Buffer.from(coded, 'hex'), colour)).toThrow(Unreadable);
  });
});

const CODES = { primaries: 1, transfer: 13, matrix: 6, fullRange: true };

function grey(format: Planes['format'], bits: number): Planes {
  const scale = SAMPLING[format];
  const plane = (width: number, height: number): Planes['planes'][number] => ({ samples: new Uint16Array((width + 1) * height).fill(2 ** (bits - 1)), stride: width + 1 });
  const chroma = (): Planes['planes'][number] => plane(Math.ceil(7 / scale.x), Math.ceil(5 / scale.y));
  return { format, bits, width: 7, height: 5, planes: format === 'I400' ? [plane(7, 5)] : [plane(7, 5), chroma(), chroma()] };
}

const everywhere = (red: number, green: number, blue: number) => ({ x: -1, y: -1, width: 9, height: 7, difference: stepsOf(Array.from({ length: 3 * 9 * 7 }, (_, i) => [red, green, blue][i % 3]!)) });
const firstSamples = ({ planes }: Planes): number[] => planes.map(({ samples }) => samples[0]!);

describe('planes', () => {
  it.each([
    ['grey', [20, 20, 20], {}, 8, [148, 128, 128]],
    ['grey of 10 bits', [20, 20, 20], {}, 10, [592, 512, 512]],
    ['grey, limited range', [51, 51, 51], { fullRange: false }, 8, [172, 128, 128]],
    ['grey of 10 bits, limited range', [51, 51, 51], { fullRange: false }, 10, [687, 512, 512]],
    ['grey by a fraction', [19.4, 19.4, 19.4], {}, 8, [147, 128, 128]],
    ['grey of 10 bits by a fraction', [20.1, 20.1, 20.1], {}, 10, [593, 512, 512]],
    ['grey, to more than white', [200, 200, 200], {}, 8, [255, 128, 128]],
    ['grey of 10 bits, to less than black', [-200, -200, -200], {}, 10, [0, 512, 512]],
    ['red, BT.601', [100, 0, 0], {}, 8, [158, 111, 178]],
    ['blue, BT.709', [0, 0, 100], { matrix: 1 }, 8, [135, 178, 123]],
    ['grey of 12 bits', [20, 20, 20], {}, 12, [2369, 2048, 2048]],
    ['red, of no matrix that is said', [100, 0, 0], { matrix: 2 }, 8, [158, 111, 178]],
    ['RGB', [10, 20, 30], { matrix: 0 }, 8, [148, 158, 138]],
    ['RGB, limited range', [51, 0, 102], { matrix: 0, fullRange: false }, 8, [128, 216, 172]],
    ['red, luma with green and orange', [100, 0, 0], { matrix: 8 }, 8, [153, 103, 178]],
  ] as const)('take a change of %s', (_, [red, green, blue], colour, bits, expected) => {
    for (const format of ['I420', 'I422', 'I444'] as const) {
      const planes = grey(format, bits);
      addChange(planes, { ...CODES, ...colour }, everywhere(red, green, blue));
      if (format === 'I444') expect(firstSamples(planes)).toEqual(expected);
      else expect(firstSamples(planes)[0]).toBe(expected[0]); // a change that ends within a sample of chroma moves it by its share
    }
  });

  it('share a change of one pixel among the pixels of a sample of chroma', () => {
    const planes = grey('I420', 8);
    addChange(planes, CODES, { x: 2, y: 2, width: 1, height: 1, difference: stepsOf([0, 0, 128]) });
    const { samples, stride } = planes.planes[1]!;
    expect(samples[stride + 1]).toBe(128 + 16);
    expect(samples.filter((value) => value !== 128)).toHaveLength(1);
  });

  it.each([['I420', 8], ['I420', 10], ['I422', 8], ['I444', 8], ['I444', 10]] as const)('%s of %i bits come back from their carrier', (format, bits) => {
    const planes = grey(format, bits);
    const step = 2 ** (bits - 8);
    planes.planes.forEach(({ samples }, number) => samples.forEach((_, i) => (samples[i] = step * (number ? 110 + ((i * 7) % 30) : 80 + ((i * 11) % 90)) + (i % step))));
    const again = planesFrom(carrierOf(planes, CODES), planes);
    const luma = planes.planes[0]!;
    for (let y = 0; y < 5; y++) for (let x = 0; x < 7; x++) expect(Math.abs(again[0]!(x, y) - luma.samples[y * luma.stride + x]!)).toBeLessThanOrEqual(0.5);
    const { x: across, y: down } = SAMPLING[format];
    for (const number of [1, 2] as const) {
      const { samples, stride } = planes.planes[number]!;
      expect(Math.abs(again[number]!(3 * across, down) - samples[stride + 3]!)).toBeLessThanOrEqual(0.75);
    }
  });

  it('that no colour gives are clamped', () => {
    const planes = grey('I444', 8);
    planes.planes[0]!.samples.fill(250);
    planes.planes[2]!.samples.fill(200);
    expect([...carrierOf(planes, CODES).subarray(0, 4)]).toEqual([255, 199, 250, 255]);
  });
});

describe('planes alone', () => {
  it('of luma take a change as grey, whatever matrix is said', () => {
    for (const matrix of [0, 2, 6]) {
      const planes = grey('I400', 8);
      addChange(planes, { ...CODES, matrix }, everywhere(100, 0, 0));
      expect(firstSamples(planes)).toEqual([158]);
      expect([...carrierOf(planes, CODES).subarray(0, 4)]).toEqual([158, 158, 158, 255]);
    }
  });

  it('of RGB are handed over as they are', () => {
    const planes = grey('I444', 10);
    [500, 20, 1000].forEach((value, number) => planes.planes[number]!.samples.fill(value));
    expect([...carrierOf(planes, { ...CODES, matrix: 0 }).subarray(0, 4)]).toEqual([1000, 500, 20, 1023]);
  });

  it('of unknown colours are not touched', () => {
    expect(() => addChange(grey('I444', 8), { ...CODES, matrix: 14 }, everywhere(1, 1, 1))).toThrow(Unreadable);
  });

  it.each([
    [{ width: 7, height: 5 }, 7, 5],
    [{ width: 9, height: 9 }, 7, 5],
    [{ width: 3, height: 2 }, 3, 2],
    [{ width: 0, height: 5 }, 1, 5],
    [{ width: -3, height: -8 }, 1, 1],
  ])('are hidden beyond %j', (visible, columns, rows) => {
    const planes = grey('I420', 8);
    for (const { samples } of planes.planes) samples.forEach((_, i) => (samples[i] = i));
    hideBeyond(planes, visible);
    const [luma, chroma] = planes.planes as [Planes['planes'][number], Planes['planes'][number]];
    for (let y = 0; y < 5; y++) for (let x = 0; x < 7; x++) expect(luma.samples[8 * y + x]).toBe(8 * Math.min(y, rows - 1) + Math.min(x, columns - 1));
    for (let y = 0; y < 3; y++) for (let x = 0; x < 4; x++) expect(chroma.samples[5 * y + x]).toBe(5 * Math.min(y, Math.ceil(rows / 2) - 1) + Math.min(x, Math.ceil(columns / 2) - 1));
  });
});

/** Luma and chroma by BT.601 at full range, as the encoder takes them from pixels, not rounded. */
function planesFrom(rgba: ArrayLike<number>, { bits, width }: Planes): ((x: number, y: number) => number)[] {
  const at = (x: number, y: number): number[] => [0, 1, 2].map((channel) => rgba[4 * (y * width + x) + channel]!);
  const luma = (x: number, y: number): number => 0.299 * at(x, y)[0]! + 0.587 * at(x, y)[1]! + 0.114 * at(x, y)[2]!;
  const neutral = 2 ** (bits - 1);
  return [luma, (x, y) => neutral + (at(x, y)[2]! - luma(x, y)) / 1.772, (x, y) => neutral + (at(x, y)[0]! - luma(x, y)) / 1.402];
}

describe('search for a size', () => {
  const sizeOf = (fineness: number): number => Math.round(1000 * Math.exp(0.04 * fineness));
  const run = (most: number, draft = sizeOf) => {
    const tried: number[] = [];
    const found = encodeWithin(most, draft, (fineness) => {
      tried.push(fineness);
      return new Uint8Array(sizeOf(fineness));
    });
    return { size: found.length, tried };
  };
  const finest = (most: number): number => Math.max(...Array.from({ length: FINENESSES }, (_, i) => sizeOf(i)).filter((size) => size <= most));

  it.each([1100, 2500, 5000, 9999])('finds the largest of at most %i bytes', (most) => {
    expect(run(most).size).toBe(finest(most));
  });

  it.each([0.8, 1.25])('fits, in few tries, where drafts come out %d times as large', (factor) => {
    const { size, tried } = run(5000, (fineness) => factor * sizeOf(fineness));
    expect(size).toBeLessThanOrEqual(5000);
    expect(size).toBeGreaterThan(0.9 * 5000);
    expect(tried.length).toBeLessThanOrEqual(3);
    expect(new Set(tried).size).toBe(tried.length);
  });

  it('tries no further where the next would be too large', () => {
    expect(run(1.01 * sizeOf(39), (fineness) => 1.2 * sizeOf(fineness))).toEqual({ size: sizeOf(39), tried: [39] });
  });

  it('goes on until one fits', () => {
    expect(run(1100, () => 1).size).toBe(finest(1100));
  });

  it('takes the coarsest where none fits, and the finest where all do', () => {
    expect(run(10).size).toBe(sizeOf(0));
    expect(run(1e6).size).toBe(sizeOf(FINENESSES - 1));
  });
});
