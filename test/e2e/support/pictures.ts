/** Files to upload: a sample portrait, and everything that is not one. */
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

const samples = join(import.meta.dirname, '../../../samples');

export interface Files {
  folder: string;
  portrait: string;
  /** Another person. */
  portrait2: string;
  portraitPng: string;
  /** Many megapixels: long enough in the engine's hands for things to go wrong meanwhile. */
  large: string;
  landscape: string;
  /** The head of a JPEG with nothing to decode after it. */
  truncated: string;
  /** The first half of a JPEG, of which browsers show the upper part. */
  halved: string;
  empty: string;
  textNamedJpg: string;
  onePixel: string;
  pdf: string;
}

export async function makeFiles(): Promise<Files> {
  const folder = await mkdtemp(join(tmpdir(), 'nullswap-files-'));
  const names = (await readdir(samples)).filter((name) => name.endsWith('.jpg')).sort();
  const [first, second] = names as [string, string];
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
    large: await write('large.jpg', await sharp(portrait).resize(3600).jpeg({ quality: 90 }).toBuffer()),
    landscape: await write('landscape.jpg', await landscape()),
    halved: await write('halved.jpg', portrait.subarray(0, portrait.length / 2)),
    truncated: await write('truncated.jpg', portrait.subarray(0, 600)),
    empty: await write('empty.jpg', ''),
    textNamedJpg: await write('text.jpg', 'This is no picture.\n'),
    onePixel: await write('pixel.png', await sharp({ create: { width: 1, height: 1, channels: 3, background: '#a33' } }).png().toBuffer()),
    pdf: await write('paper.pdf', '%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n'),
  };
}

/** Hills under a sky, with no face anywhere. */
async function landscape(): Promise<Buffer> {
  const svg = await readFile(join(import.meta.dirname, '../../sites/lantern/photos/dawn.svg'));
  return sharp(svg).resize(1200, 640).jpeg({ quality: 88 }).toBuffer();
}

export interface Difference {
  /** Mean absolute difference of the values, 0 to 255. */
  inside: number;
  outside: number;
}

/** How far two pictures of one size differ, inside the middle (where a portrait has its face) and along the rim. */
export async function difference(before: Buffer, after: Buffer): Promise<Difference> {
  const [a, b] = await Promise.all([before, after].map((bytes) => sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true })));
  const { width, height } = a!.info;
  const sums = { inside: 0, outside: 0 };
  const counts = { inside: 0, outside: 0 };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const place = where(x / width, y / height);
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

function where(x: number, y: number): keyof Difference | null {
  if (x < 0.06 || x > 0.94 || y < 0.06 || y > 0.94) return 'outside';
  return x > 0.35 && x < 0.65 && y > 0.3 && y < 0.7 ? 'inside' : null;
}

export async function sizeOf(bytes: Buffer): Promise<{ width: number; height: number; format: string }> {
  const { width, height, format } = await sharp(bytes).metadata();
  return { width, height, format };
}
