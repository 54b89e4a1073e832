/** Made photos for benches of time: of any size, with as many faces as wanted. */
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';

const PORTRAITS = ['portrait.jpg', 'portrait-2.jpg', 'portrait-3.jpg'].map((name) => join(import.meta.dirname, '../samples', name));

/** Four to three. */
export function sizeOf(megapixels: number): { width: number; height: number } {
  const width = Math.round(Math.sqrt((megapixels * 4e6) / 3));
  return { width, height: Math.round((megapixels * 1e6) / width) };
}

/** Sky and grass under noise: a photo's worth of detail. */
export function scenery(width: number, height: number): Sharp {
  const pixels = Buffer.alloc(3 * width * height);
  let state = 7;
  const random = (): number => (state = (state * 1664525 + 1013904223) >>> 0) / 2 ** 32;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      const noise = 24 * (random() - 0.5);
      const wave = 20 * Math.sin(x / 23 + y / 31) + 10 * Math.sin(x / 7);
      const isSky = y < 0.55 * height + 60 * Math.sin(x / 170) + 30 * Math.sin(x / 41);
      pixels.set((isSky ? [120 + (60 * y) / height, 150 + (50 * y) / height, 210] : [70 + wave, 110 + wave, 50 + wave]).map((value) => Math.max(0, Math.min(255, value + noise))), at);
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** A JPEG of people in front of such a scenery, none beside so many. @param faces up to 20 */
export async function photoOf(megapixels: number, faces: number): Promise<Buffer> {
  const { width, height } = sizeOf(megapixels);
  const columns = Math.ceil(Math.sqrt(faces * (4 / 3)));
  const rows = Math.ceil(faces / Math.max(1, columns));
  const side = faces === 0 ? 0 : Math.floor(Math.min(width / columns, height / rows, width / 3) * 0.9);
  const layers = Array.from({ length: faces }, async (_, i) => ({
    input: await sharp(PORTRAITS[i % PORTRAITS.length]).resize(side, side, { fit: 'cover' }).toBuffer(),
    left: Math.round(((i % columns) + 0.05) * (width / columns)),
    top: Math.round((Math.floor(i / columns) + 0.05) * (height / rows)),
  }));
  const plain = await scenery(width, height).png({ compressionLevel: 0 }).toBuffer();
  return sharp(plain, { limitInputPixels: false }).composite(await Promise.all(layers)).jpeg({ quality: 90 }).toBuffer();
}
