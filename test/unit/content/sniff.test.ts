import { describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { canBePicture } from '../../../src/content/sniff';

const picture = (format: 'jpeg' | 'png' | 'webp' | 'gif' | 'avif' | 'tiff'): Promise<Buffer> =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: '#456' } }).toFormat(format).toBuffer();

const file = (bytes: Buffer | string, type = ''): Blob => new Blob([bytes as BlobPart], { type });

describe('canBePicture', () => {
  it.each(['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const)('sees a %s by its bytes', async (format) => {
    expect(await canBePicture(file(await picture(format), 'text/plain'))).toBe(true);
  });

  it.each([
    ['an empty file', ''],
    ['text', 'This is no picture.'],
    ['a PDF', '%PDF-1.7\n'],
    ['a video', '\0\0\0\x18ftypmp42\0\0\0\0mp42isom'],
    ['sound', 'RIFF\0\0\0\0WAVEfmt '],
    ['a zip', 'PK\x03\x04'],
  ])('is not taken in by the type of %s', async (_, bytes) => {
    expect(await canBePicture(file(bytes, 'image/jpeg'))).toBe(false);
  });
});
