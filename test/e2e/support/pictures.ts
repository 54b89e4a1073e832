/** Files to upload: a sample portrait, and everything that is not one. */
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import type { Box } from '../../../src/engine/types';

const samples = join(import.meta.dirname, '../../../samples');

export interface Files {
  folder: string;
  portrait: string;
  /** Another person. */
  portrait2: string;
  portraitPng: string;
  /** The three people in few pixels, for tests that need no more. */
  small: string;
  small2: string;
  small3: string;
  smallPng: string;
  /** Many megapixels: long enough in the engine's hands for things to go wrong meanwhile. */
  large: string;
  landscape: string;
  /** The head of a JPEG with nothing to decode after it. */
  truncated: string;
  truncated2: string;
  /** The first half of a JPEG, of which browsers show the upper part. */
  halved: string;
  /** With the camera's number in its EXIF. */
  withSerial: string;
  empty: string;
  textNamedJpg: string;
  onePixel: string;
  pdf: string;
}

export async function makeFiles(): Promise<Files> {
  const folder = await mkdtemp(join(tmpdir(), 'nullswap-files-'));
  const names = (await readdir(samples)).filter((name) => name.endsWith('.jpg')).sort();
  const [first, second, third] = names as [string, string, string];
  const portrait = await readFile(join(samples, first));
  const write = async (name: string, bytes: Buffer | string): Promise<string> => {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    return path;
  };
  return {
    folder,
    portrait: await write('Holiday at the lake.jpg', portrait),
    portrait2: await write('Second.jpg', await readFile(join(samples, second))),
    portraitPng: await write('Portrait.png', await sharp(portrait).resize(512).png().toBuffer()),
    small: await write('Ann.jpg', await small(first)),
    small2: await write('Ben.jpg', await small(second)),
    small3: await write('Cleo.jpg', await small(third)),
    smallPng: await write('Ann.png', await sharp(await small(first)).png().toBuffer()),
    large: await write('large.jpg', await sharp(portrait).resize(3600).jpeg({ quality: 90 }).toBuffer()),
    landscape: await write('landscape.jpg', await landscape()),
    halved: await write('halved.jpg', portrait.subarray(0, portrait.length / 2)),
    truncated: await write('truncated.jpg', portrait.subarray(0, 600)),
    truncated2: await write('truncated as well.jpg', portrait.subarray(0, 500)),
    withSerial: await write('serial.jpg', await sharp(portrait).resize(512).withExif({ IFD2: { BodySerialNumber: 'SERIAL-NUMBER-77' } }).jpeg().toBuffer()),
    empty: await write('empty.jpg', ''),
    textNamedJpg: await write('text.jpg', 'This is no picture.\n'),
    onePixel: await write('pixel.png', await sharp({ create: { width: 1, height: 1, channels: 3, background: '#a33' } }).png().toBuffer()),
    pdf: await write('paper.pdf', '%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n'),
  };
}

const small = (name: string): Promise<Buffer> => sharp(join(samples, name)).resize(240).jpeg({ quality: 90 }).toBuffer();

/** Hills under a sky, with no face anywhere. */
async function landscape(): Promise<Buffer> {
  const svg = await readFile(join(import.meta.dirname, '../../sites/lantern/photos/dawn.svg'));
  return sharp(svg).resize(600, 320).jpeg({ quality: 88 }).toBuffer();
}

export interface Difference {
  /** Mean absolute difference of the values, 0 to 255. */
  inside: number;
  outside: number;
}

/** The largest block of pixels that a JPEG codes together: a change shows no further. */
const BLOCK = 16;

/** How far two pictures of one size differ: in the middle of what a cloak may change, and where it may not. */
export async function difference(before: Buffer, after: Buffer, cloaked: Box): Promise<Difference> {
  const [a, b] = await Promise.all([before, after].map((bytes) => sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true })));
  const { width, height } = a!.info;
  const sums = { inside: 0, outside: 0 };
  const counts = { inside: 0, outside: 0 };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const place = where(x, y, cloaked);
      if (!place) continue;
      for (let channel = 0; channel < 3; channel += 1) {
        const at = (y * width + x) * 3 + channel;
        sums[place] += Math.abs(a!.data[at]! - b!.data[at]!);
        counts[place] += 1;
      }
    }
  }
  return { inside: sums.inside / counts.inside, outside: sums.outside / counts.outside };
}

function where(x: number, y: number, box: Box): keyof Difference | null {
  const fromCentre = Math.max(Math.abs(x - box.x - box.width / 2) / box.width, Math.abs(y - box.y - box.height / 2) / box.height);
  if (fromCentre < 0.2) return 'inside';
  const margin = 2 * BLOCK;
  const isFar = x < box.x - margin || x > box.x + box.width + margin || y < box.y - margin || y > box.y + box.height + margin;
  return isFar ? 'outside' : null;
}

export async function sizeOf(bytes: Buffer): Promise<{ width: number; height: number; format: string }> {
  const { width, height, format } = await sharp(bytes).metadata();
  return { width, height, format };
}
