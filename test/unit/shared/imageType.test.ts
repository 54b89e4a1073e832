/** What is a picture, by its content alone: a table of files of every kind. */
import { describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { pictureType, SIGNATURE_LENGTH } from '../../../src/shared/imageType';
import { drawingsAlone, drawingsWithPhoto, others, pictures } from '../../kinds';

/** Under a name and a type that say something else. */
const misnamed = (bytes: Uint8Array): File => new File([bytes as Uint8Array<ArrayBuffer>], 'notes.txt', { type: 'text/plain' });

it.each(['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const)('a %s is one', async (format) => {
  const bytes = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#456' } }).toFormat(format).toBuffer();
  expect((await pictureType(misnamed(bytes)))?.format).toBe(format);
});

it.each(pictures)('$name is one', async ({ bytes, format }) => {
  const type = await pictureType(misnamed(bytes));
  expect(type?.format).toBe(format);
  expect(type?.type).toMatch(/^image\//);
});

describe('a drawing with a photo in it is one', () => {
  it.each(drawingsWithPhoto)('$name', async ({ bytes }) => {
    expect(await pictureType(misnamed(bytes))).toEqual({ format: 'svg', type: 'image/svg+xml' });
  });
});

describe('a drawing alone is none', () => {
  it.each(drawingsAlone)('$name', async ({ bytes }) => {
    expect(await pictureType(new File([new Uint8Array(bytes)], 'a.svg', { type: 'image/svg+xml' }))).toBeNull();
  });
});

describe('what is none', () => {
  it.each(others)('$name', async ({ bytes }) => {
    expect(await pictureType(new File([new Uint8Array(bytes)], 'a.jpg', { type: 'image/jpeg' }))).toBeNull();
  });
});

/** Counts the bytes that are asked for. */
class Watched extends File {
  asked = 0;

  override slice(start = 0, end = this.size): Blob {
    const piece = super.slice(start, end);
    this.asked += piece.size;
    return piece;
  }

  override arrayBuffer(): never {
    throw new Error('read whole');
  }
}

describe('reads the first bytes alone', () => {
  it.each([
    ['a video', `\0\0\0\x18ftypmp42\0\0\0\0mp42isom`],
    ['a text', 'No picture. '],
    ['a web page', '<!doctype html><html>'],
    ['a photo', '\xff\xd8\xff\xe0'],
    ['a raw file', 'FUJIFILMCCD-RAW '],
  ])('%s', async (_, head) => {
    const file = new Watched([Buffer.from(head, 'latin1'), new Uint8Array(2_000_000).fill(32)], 'large');
    await pictureType(file);
    expect(file.asked).toBeLessThanOrEqual(SIGNATURE_LENGTH + 4096);
  });
});

describe('text of any kind takes steps in proportion to its length', () => {
  const times = 50_000;
  it.each(['data:', 'data:,', '"data:', '(data:,', 'data:;base64,', '<!--', '<?', '<![CDATA[', '&#', '&a', '%', '\\', '<!ENTITY a "', "<!ENTITY a '", '<!ENTITY ', '&quot;data:,', 'url(data:image/svg+xml,<svg>'])(
    '%j again and again',
    async (piece) => {
      const file = new File([`<svg xmlns="http://www.w3.org/2000/svg">${piece.repeat(times)}`], 'a.svg');
      expect(['svg', undefined]).toContain((await pictureType(file))?.format);
    },
    60_000, // quadratic time would be hours
  );
});
