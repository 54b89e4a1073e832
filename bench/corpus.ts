/** The corpus of `bench:fidelity`: one portrait in every format, sampling, orientation and profile, made by sharp. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { adobeRgbProfile } from './adobeRgb';
import { apngOf, bmpOf } from './writers';
import type { ImageFormat } from '../src/shared/imageType';

export interface CorpusPicture {
  /** What the row of the table says. */
  name: string;
  file: { name: string; type: string; bytes: Buffer };
  /** What docs/formats.md promises. `edited`: nothing but the faces changes, or of a JPEG their blocks; `contained`: what is around them does as well, hardly; `encoded`: all is, a little. */
  promise: 'edited' | 'contained' | 'encoded' | 'held';
}

const EXIF = { IFD0: { Artist: 'Ada', Make: 'Camera' }, IFD2: { BodySerialNumber: 'SN-12345' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1' } };

/** How sharp undoes each orientation, so that the turned picture is upright once the tag is heeded. */
export const storedAs = (upright: Sharp, orientation: number): Sharp => {
  const turns: ((picture: Sharp) => Sharp)[] = [
    (picture) => picture,
    (picture) => picture.flop(),
    (picture) => picture.rotate(180),
    (picture) => picture.flip(),
    (picture) => picture.rotate(270).flop(), // sharp flops before it rotates
    (picture) => picture.rotate(270),
    (picture) => picture.rotate(90).flop(),
    (picture) => picture.rotate(90),
  ];
  return turns[orientation - 1]!(upright);
};

/**
 * @param portrait a file with one face
 * @param width of the still pictures; 640 is the portrait's own
 */
export async function makeCorpus(portrait: string, width = 640): Promise<CorpusPicture[]> {
  const height = (width * 7) / 8;
  const whole = await sharp(portrait).extract({ left: 0, top: 0, width: 640, height: 560 }).png().toBuffer();
  const upright = await sharp(whole).resize(width, height).png().toBuffer();
  const plain = (): Sharp => sharp(upright).withExif(EXIF);
  const make = async (name: string, format: ImageFormat, promise: CorpusPicture['promise'], picture: Sharp): Promise<CorpusPicture> => ({
    name,
    promise,
    file: { name: `${name.replace(/\W+/g, '-')}.${format}`, type: `image/${format}`, bytes: await picture.toBuffer() },
  });
  const round = Buffer.from(`<svg width="${width}" height="${height}" viewBox="0 0 640 560"><circle cx="320" cy="280" r="270" fill="black" fill-opacity=".8"/></svg>`);
  const translucent = (): Sharp => plain().composite([{ input: round, blend: 'dest-in' }]);
  const adobeRgb = join(await mkdtemp(join(tmpdir(), 'nullswap-corpus-')), 'adobe-rgb.icc');
  await writeFile(adobeRgb, adobeRgbProfile());
  const frames = await moving(portrait);
  const animated = (): Sharp => sharp(frames, { join: { animated: true } });
  const raw = await sharp(upright).removeAlpha().raw().toBuffer();
  const given = (name: string, format: ImageFormat, bytes: Buffer): CorpusPicture => ({
    name,
    promise: 'edited',
    file: { name: `${name.replace(/\W+/g, '-')}.${format}`, type: `image/${format}`, bytes },
  });
  return Promise.all([
    make('JPEG 4:2:0', 'jpeg', 'edited', plain().jpeg({ quality: 85 })),
    make('JPEG 4:4:4', 'jpeg', 'edited', plain().jpeg({ quality: 95, chromaSubsampling: '4:4:4' })),
    make('JPEG quality 50', 'jpeg', 'edited', plain().jpeg({ quality: 50 })),
    make('JPEG progressive', 'jpeg', 'edited', plain().jpeg({ quality: 85, progressive: true })),
    make('JPEG by mozjpeg', 'jpeg', 'edited', plain().jpeg({ quality: 80, mozjpeg: true })),
    make('JPEG grey', 'jpeg', 'edited', plain().toColourspace('b-w').jpeg({ quality: 85 })),
    make('JPEG Display P3', 'jpeg', 'edited', plain().withIccProfile('p3').jpeg({ quality: 90 })),
    make('JPEG Adobe RGB', 'jpeg', 'edited', plain().withIccProfile(adobeRgb).jpeg({ quality: 90 })),
    ...[2, 3, 4, 5, 6, 7, 8].map(async (orientation) => {
      const turned = await storedAs(sharp(upright), orientation).png().toBuffer();
      return make(`JPEG orientation ${orientation}`, 'jpeg', 'edited', sharp(turned).withExif(EXIF).withMetadata({ orientation }).jpeg({ quality: 90 }));
    }),
    make('JPEG CMYK', 'jpeg', 'edited', plain().toColourspace('cmyk').jpeg({ quality: 90 })),
    make('PNG', 'png', 'edited', plain().png()),
    make('PNG grey', 'png', 'edited', plain().toColourspace('b-w').png()),
    make('PNG with alpha', 'png', 'edited', translucent().png()),
    make('PNG Display P3', 'png', 'edited', plain().withIccProfile('p3').png()),
    make('PNG Adobe RGB', 'png', 'edited', plain().withIccProfile(adobeRgb).png()),
    make('PNG palette', 'png', 'edited', plain().png({ palette: true })),
    make('PNG interlaced', 'png', 'edited', plain().png({ progressive: true, adaptiveFiltering: true })),
    make('PNG 16 bits', 'png', 'edited', plain().toColourspace('rgb16').png()),
    given('PNG animated', 'png', apngOf(await Promise.all(frames.map((frame) => sharp(frame).png().toBuffer())))),
    make('WebP', 'webp', 'contained', plain().webp({ quality: 85 })),
    make('WebP lossless', 'webp', 'edited', plain().webp({ lossless: true })),
    make('WebP Display P3', 'webp', 'contained', plain().withIccProfile('p3').webp({ quality: 85 })),
    make('WebP with alpha', 'webp', 'contained', translucent().webp({ quality: 85 })),
    make('WebP animated', 'webp', 'contained', animated().webp({ quality: 85 })),
    make('GIF', 'gif', 'edited', plain().gif()),
    make('GIF animated', 'gif', 'edited', animated().gif()),
    given('BMP', 'bmp', bmpOf(raw, width, height)),
    make('AVIF 4:2:0', 'avif', 'encoded', plain().avif({ quality: 60, effort: 1, chromaSubsampling: '4:2:0' })),
    make('AVIF 4:4:4', 'avif', 'encoded', plain().avif({ quality: 60, effort: 1 })),
    make('AVIF with alpha', 'avif', 'encoded', translucent().avif({ quality: 60, effort: 1 })),
    make('AVIF 10 bits', 'avif', 'encoded', plain().avif({ quality: 60, effort: 1, bitdepth: 10 })),
    make('AVIF turned', 'avif', 'encoded', sharp(await storedAs(sharp(upright), 6).png().toBuffer()).withExif(EXIF).withMetadata({ orientation: 6 }).avif({ quality: 60, effort: 1 })),
    make('TIFF', 'tiff', 'held', plain().tiff()),
  ]);
}

/** Twelve frames of the face at half size, moving across the picture; the last four stand still. */
async function moving(portrait: string): Promise<Buffer[]> {
  const steps = Array.from({ length: 12 }, (_, i) => Math.min(i, 8));
  return Promise.all(steps.map((step) => sharp(portrait).extract({ left: 56 - 7 * step, top: 4 * step, width: 560, height: 520 }).resize(280, 260).png().toBuffer()));
}
