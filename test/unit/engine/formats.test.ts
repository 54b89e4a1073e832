import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { readHeader } from '../../../src/engine/formats/header';
import { imageType } from '../../../src/shared/imageType';

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

  it('finds the colour profile', async () => {
    const wide = noisy().withIccProfile('p3');
    const jpeg = readHeader('jpeg', await wide.clone().jpeg().toBuffer())!;
    expect(Buffer.from(jpeg.profile!).toString('latin1').replaceAll('\0', '')).toContain('P3');
    expect(readHeader('png', await wide.clone().png().toBuffer())!.profile).not.toBeNull();
    expect(readHeader('jpeg', await noisy().jpeg().toBuffer())!.profile).toBeNull();
  });

  it.each(['jpeg', 'png', 'webp', 'gif', 'bmp', 'avif'] as const)('gives up on a %s that is cut off anywhere', async (format) => {
    const whole = format === 'bmp' ? Buffer.from('BM') : await noisy().toFormat(format).toBuffer();
    for (let length = 0; length < Math.min(whole.length, 400); length += 7) {
      expect(() => readHeader(format, whole.subarray(0, length))).not.toThrow();
    }
  });
});
