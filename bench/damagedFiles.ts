/** What is damaged by `bench:fuzz` and its test: a small portrait in every format that the engine writes. */
import sharp, { type Sharp } from 'sharp';
import type { Source } from '../scripts/extension';
import { apngOf, bmpOf } from './writers';

const SIDE = 160;

/** @param portrait a file with one large face */
export async function filesToDamage(portrait: string): Promise<Source[]> {
  const upright = await sharp(portrait).resize(SIDE, SIDE).png().toBuffer();
  const plain = (): Sharp => sharp(upright);
  const frames = await Promise.all([0, 4, 8].map((left) => plain().extract({ left, top: 0, width: SIDE - 8, height: SIDE - 8 }).png().toBuffer()));
  const animated = (): Sharp => sharp(frames, { join: { animated: true } });
  const fade = Buffer.from(`<svg width="${SIDE}" height="${SIDE}"><circle cx="50%" cy="50%" r="50%" fill-opacity=".8"/></svg>`);
  const translucent = (): Sharp => plain().composite([{ input: fade, blend: 'dest-in' }]);
  const exif = { IFD0: { Make: 'Camera' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1' } };
  const pictures: [name: string, type: string, bytes: Buffer | Promise<Buffer>][] = [
    ['JPEG', 'image/jpeg', plain().withExif(exif).jpeg({ quality: 85 }).toBuffer()],
    ['JPEG progressive', 'image/jpeg', plain().jpeg({ quality: 85, progressive: true }).toBuffer()],
    ['JPEG turned', 'image/jpeg', plain().rotate(270).withMetadata({ orientation: 6 }).jpeg({ quality: 85, chromaSubsampling: '4:4:4' }).toBuffer()],
    ['JPEG CMYK', 'image/jpeg', plain().toColourspace('cmyk').jpeg({ quality: 85 }).toBuffer()],
    ['PNG', 'image/png', plain().withExif(exif).png().toBuffer()],
    ['PNG palette', 'image/png', plain().png({ palette: true, colours: 128 }).toBuffer()],
    ['PNG 16 bits, interlaced', 'image/png', plain().toColourspace('rgb16').png({ progressive: true }).toBuffer()],
    ['PNG animated', 'image/png', apngOf(frames)],
    ['GIF animated', 'image/gif', animated().gif().toBuffer()],
    ['BMP', 'image/bmp', bmpOf(await plain().removeAlpha().raw().toBuffer(), SIDE, SIDE)],
    ['WebP', 'image/webp', plain().withExif(exif).webp({ quality: 80 }).toBuffer()],
    ['WebP lossless', 'image/webp', plain().webp({ lossless: true }).toBuffer()],
    ['WebP with alpha', 'image/webp', translucent().webp({ quality: 80 }).toBuffer()],
    ['WebP animated', 'image/webp', animated().webp({ quality: 80 }).toBuffer()],
    ['AVIF', 'image/avif', plain().avif({ quality: 60, effort: 0, chromaSubsampling: '4:2:0' }).toBuffer()],
    ['AVIF with alpha', 'image/avif', translucent().avif({ quality: 60, effort: 0 }).toBuffer()],
  ];
  return Promise.all(pictures.map(async ([name, type, bytes]) => ({ name, type, bytes: await bytes })));
}
