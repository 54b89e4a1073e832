import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { readHeader } from '../../../src/engine/formats/registry';
import { MOST_MEGAPIXELS, openSource } from '../../../src/engine/sourceFile';
import { CloakError } from '../../../src/engine/types';
import { imageType } from '../../../src/shared/imageType';
import { drawingsAlone, drawingsWithPhoto, pictures } from '../../kinds';

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const noisy = (): Sharp =>
  sharp({ create: { width: 321, height: 123, channels: 3, background: '#808080', noise: { type: 'gaussian', mean: 128, sigma: 30 } } });

describe('image type', () => {
  it.each(['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const)('knows %s', async (format) => {
    expect(imageType(await noisy().toFormat(format).toBuffer())?.format).toBe(format);
  });

  it.each([
    ['bmp', 'BM\x36\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00\x01\x00\x00\x00'],
    ['heic', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
    ['heic', '\0\0\0\x18ftypmif1\0\0\0\0mif1heic'],
    ['avif', '\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf'],
    ['svg', '<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="x">'],
    ['svg', '<svg>'],
  ])('knows %s by its signature', (format, head) => {
    expect(imageType(bytesOf(head))?.format).toBe(format);
  });

  it.each(['', 'hello', 'BMW makes cars, and motorcycles too', '%PDF-1.7', '\0\0\0\x18ftypmp42\0\0\0\0isommp42', '<html><svg>', 'RIFF\0\0\0\0WAVEfmt '])(
    'takes %j for no image',
    (head) => {
      expect(imageType(bytesOf(head))).toBeNull();
    },
  );
});

describe('header', () => {
  it.each([5, 30, 50, 75, 85, 92, 98])('tells a JPEG of quality %i', async (quality) => {
    const header = readHeader('jpeg', await noisy().jpeg({ quality }).toBuffer());
    expect(header).toMatchObject({ width: 321, height: 123, animated: false, quality });
  });

  it('tells about the quality of a JPEG with tables of another kind', async () => {
    const header = readHeader('jpeg', await noisy().jpeg({ quality: 80, quantisationTable: 3 }).toBuffer());
    expect(header?.quality).toBeGreaterThan(60);
    expect(header?.quality).toBeLessThan(95);
  });

  it.each([20, 50, 75, 90])('tells about the quality of a WebP of quality %i', async (quality) => {
    const header = readHeader('webp', await sharp('samples/portrait-2.jpg').webp({ quality }).toBuffer());
    expect(header).toMatchObject({ width: 640, height: 640, animated: false });
    expect(Math.abs(header!.quality! - quality)).toBeLessThanOrEqual(5);
  });

  it('knows a lossless WebP', async () => {
    expect(readHeader('webp', await noisy().webp({ lossless: true }).toBuffer())).toMatchObject({ width: 321, height: 123, quality: null });
  });

  it('knows an animation', async () => {
    const frames = sharp(Buffer.alloc(2 * 8 * 8 * 3, 90).fill(9, 0, 100), { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } });
    expect(readHeader('webp', await frames.webp({ loop: 0 }).toBuffer())).toMatchObject({ width: 8, height: 8, animated: true });
  });

  it.each(['png', 'gif'] as const)('tells the size of a %s', async (format) => {
    expect(readHeader(format, await noisy().toFormat(format).toBuffer())).toMatchObject({ width: 321, height: 123 });
  });

  it('tells the size of an AVIF', async () => {
    expect(readHeader('avif', await noisy().avif({ effort: 0 }).toBuffer())).toMatchObject({ width: 321, height: 123 });
  });

  it('knows an animated AVIF by its brand', async () => {
    const bytes = await noisy().avif({ effort: 0 }).toBuffer();
    expect(readHeader('avif', bytes)).toMatchObject({ animated: false });
    bytes.write('avis', bytes.indexOf('miaf'), 'latin1');
    expect(readHeader('avif', bytes)).toMatchObject({ width: 321, height: 123, animated: true });
    bytes.write('none', bytes.indexOf('ispe'), 'latin1');
    expect(readHeader('avif', bytes)).toMatchObject({ animated: true });
  });

  it('finds the colour profile', async () => {
    const wide = noisy().withIccProfile('p3');
    const jpeg = readHeader('jpeg', await wide.clone().jpeg().toBuffer())!;
    expect(Buffer.from(jpeg.profile!).toString('latin1').replaceAll('\0', '')).toContain('P3');
    expect(readHeader('png', await wide.clone().png().toBuffer())!.profile).not.toBeNull();
    expect(readHeader('jpeg', await noisy().jpeg().toBuffer())!.profile).toBeNull();
  });

  it.each(['jpeg', 'png', 'webp', 'gif', 'bmp', 'avif', 'tiff'] as const)('gives up on a %s that is cut off anywhere', async (format) => {
    const whole = format === 'bmp' ? Buffer.from('BM') : await noisy().toFormat(format).toBuffer();
    for (let length = 0; length < Math.min(whole.length, 400); length += 7) {
      expect(() => readHeader(format, whole.subarray(0, length))).not.toThrow();
    }
  });

  it.each(['little', 'big'] as const)('tells the size of a TIFF, %s endian', async (order) => {
    const tiff = order === 'little' ? await noisy().tiff().toBuffer() : bigEndianTiff(321, 123);
    expect(readHeader('tiff', tiff)).toMatchObject({ width: 321, height: 123 });
  });

  it('tells the size of a BMP with either kind of header', () => {
    expect(readHeader('bmp', bitmapHeader(40, (data) => (data.setInt32(18, 321, true), data.setInt32(22, -123, true))))).toMatchObject({ width: 321, height: 123 });
    expect(readHeader('bmp', bitmapHeader(12, (data) => (data.setUint16(18, 321, true), data.setUint16(20, 123, true))))).toMatchObject({ width: 321, height: 123 });
  });
});

function bitmapHeader(kind: number, fill: (data: DataView) => void): Uint8Array {
  const data = new DataView(new ArrayBuffer(14 + kind));
  data.setUint16(0, 0x424d);
  data.setUint32(14, kind, true);
  fill(data);
  return new Uint8Array(data.buffer);
}

function bigEndianTiff(width: number, height: number): Uint8Array {
  const data = new DataView(new ArrayBuffer(8 + 2 + 2 * 12 + 4));
  data.setUint32(0, 0x4d4d002a);
  data.setUint32(4, 8);
  data.setUint16(8, 2);
  [width, height].forEach((value, i) => {
    const at = 10 + 12 * i;
    data.setUint16(at, 256 + i);
    data.setUint16(at + 2, 4); // LONG
    data.setUint32(at + 4, 1);
    data.setUint32(at + 8, value);
  });
  return new Uint8Array(data.buffer);
}

/** A small file that says it is 40,000 pixels (WebP: 16,383) on a side. */
describe('a decompression bomb shows in the header of', () => {
  const huge = 40_000;
  const plain = (): Sharp => sharp({ create: { width: 321, height: 123, channels: 3, background: '#4080c0' } });
  const bombs: Record<string, () => Promise<Uint8Array>> = {
    async jpeg() {
      const bytes = await noisy().jpeg().toBuffer();
      const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
      bytes.writeUInt16BE(huge, frame + 5);
      bytes.writeUInt16BE(huge, frame + 7);
      return bytes;
    },
    async png() {
      const bytes = await plain().png().toBuffer();
      bytes.writeUInt32BE(huge, 16);
      bytes.writeUInt32BE(huge, 20);
      return bytes;
    },
    async webp() {
      const bytes = await noisy().webp().toBuffer();
      const frame = bytes.indexOf(Buffer.from([0x9d, 0x01, 0x2a]));
      bytes.writeUInt16LE(16_383, frame + 3);
      bytes.writeUInt16LE(16_383, frame + 5);
      return bytes;
    },
    async 'webp, cut off behind its size'() {
      return (await bombs.webp!()).subarray(0, 32);
    },
    async 'webp, extended'() {
      const bytes = Buffer.alloc(30);
      bytes.write('RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0', 'latin1');
      bytes.writeUIntLE(huge - 1, 24, 3);
      bytes.writeUIntLE(huge - 1, 27, 3);
      return bytes;
    },
    async gif() {
      const bytes = await plain().gif().toBuffer();
      bytes.writeUInt16LE(huge, 6);
      bytes.writeUInt16LE(huge, 8);
      return bytes;
    },
    async 'gif, by its first frame'() {
      const bytes = await plain().gif().toBuffer();
      const frame = bytes.indexOf(Buffer.from([0x2c, 0, 0, 0, 0, 321 & 0xff, 321 >> 8, 123, 0]));
      bytes.writeUInt16LE(huge, frame + 5);
      bytes.writeUInt16LE(huge, frame + 7);
      return bytes;
    },
    async avif() {
      const bytes = await noisy().avif({ effort: 0 }).toBuffer();
      const extents = bytes.indexOf('ispe');
      bytes.writeUInt32BE(huge, extents + 8);
      bytes.writeUInt32BE(huge, extents + 12);
      return bytes;
    },
    async 'avif, behind much else'() {
      const bytes = Buffer.from(await bombs.avif!());
      const start = bytes.indexOf('meta') - 4;
      const free = Buffer.alloc(16_384);
      free.writeUInt32BE(free.length);
      free.write('free', 4);
      return Buffer.concat([bytes.subarray(0, start), free, free, bytes.subarray(start)]);
    },
    async bmp() {
      return bitmapHeader(40, (data) => (data.setInt32(18, huge, true), data.setInt32(22, huge, true)));
    },
    async tiff() {
      return bigEndianTiff(huge, huge);
    },
  };

  it.each(Object.keys(bombs))('%s', async (kind) => {
    const bytes = await bombs[kind]!();
    const { format } = imageType(bytes)!;
    expect(kind.startsWith(format)).toBe(true);
    expect(bytes.length).toBeLessThan(50_000);
    const { width, height } = readHeader(format, bytes)!;
    expect((width * height) / 1e6).toBeGreaterThan(MOST_MEGAPIXELS);
    await expect(openSource(new File([Buffer.from(bytes)], 'bomb'))).rejects.toMatchObject({ reason: 'too_large' });
  });
});

describe('a picture whose header tells no size', () => {
  it.each(['jpeg', 'png', 'webp', 'gif', 'avif'] as const)('is refused before it is decoded (%s, cut off anywhere in its header)', async (format) => {
    const whole = await noisy().toFormat(format).toBuffer();
    const outcomes = new Set<string>();
    for (let length = 6; length < 300; length += 7) {
      const outcome = await openSource(new File([Buffer.from(whole.subarray(0, length))], 'cut')).then(
        (source) => (source ? (source.header ? 'opened' : 'without a header') : 'no image'),
        (error: unknown) => (error instanceof CloakError ? error.reason : String(error)),
      );
      outcomes.add(outcome);
    }
    expect(outcomes).toContain('damaged');
    expect([...outcomes].every((outcome) => ['damaged', 'opened', 'no image'].includes(outcome)), [...outcomes].join()).toBe(true);
  });
});

describe('a picture that no browser decodes', () => {
  it.each([...pictures.filter(({ format }) => ['cr3', 'psd', 'jp2', 'raf'].includes(format)), ...drawingsWithPhoto.slice(0, 1)])('$name is refused by its name, and not read', async ({ bytes }) => {
    const source = new File([new Uint8Array(bytes)], 'a');
    source.arrayBuffer = () => Promise.reject(new Error('read whole'));
    await expect(openSource(source)).rejects.toMatchObject({ reason: 'unreadable' });
  });

  it('is none where a drawing has no photo in it', async () => {
    for (const { bytes } of drawingsAlone) expect(await openSource(new File([new Uint8Array(bytes)], 'drawing.svg'))).toBeNull();
  });
});
