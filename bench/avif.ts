/**
 * `npm run bench:avif [-- --portraits N --dist FOLDER]`: what an AVIF loses and grows by being encoded again. Portraits in AVIFs of several
 * qualities, samplings and depths, cloaked by the built extension; `--dist` measures one that was built before.
 */
import { parseArgs } from 'node:util';
import sharp, { type AvifOptions } from 'sharp';
import { similarityTransform } from '../src/engine/align';
import { buildExtension, EngineFailure, openExtension } from '../scripts/extension';
import { requireData, somePortraits } from './data';
import { compareOutside, decibels } from './fidelity';
import { decode } from './picture';
import { markdownTable, mean } from './table';

const { values: options } = parseArgs({ options: { portraits: { type: 'string', default: '6' }, size: { type: 'string', default: '768' }, dist: { type: 'string' } } });
const size = Number(options.size);
const kinds: [name: string, options: AvifOptions, alpha?: boolean][] = [
  ...[50, 60, 80].flatMap((quality) =>
    ['4:2:0', '4:4:4'].map((chromaSubsampling): [string, AvifOptions] => [`quality ${quality}, ${chromaSubsampling}`, { quality, chromaSubsampling }]),
  ),
  ['quality 60, 4:2:0, with alpha', { quality: 60, chromaSubsampling: '4:2:0' }, true],
  ['quality 60, 4:2:0, 10 bits', { quality: 60, chromaSubsampling: '4:2:0', bitdepth: 10 }],
  ['quality 60, 4:4:4, 10 bits', { quality: 60, bitdepth: 10 }],
];
const round = Buffer.from(`<svg width="${size}" height="${size}"><circle cx="50%" cy="50%" r="48%" fill="black" fill-opacity=".8"/></svg>`);

requireData();
const chosen = somePortraits(Number(options.portraits));
const extension = await openExtension({ dist: options.dist ?? (await buildExtension()) });

interface Measured {
  /** Outside the faces, dB. */
  psnr: number;
  growth: number;
  seconds: number;
}

async function measure(path: string, avif: AvifOptions, alpha: boolean): Promise<Measured | null> {
  const picture = sharp(path).resize(size, size);
  const bytes = await (alpha ? picture.composite([{ input: round, blend: 'dest-in' }]) : picture).avif(avif).toBuffer();
  const { bytes: cloaked, report } = await extension.cloak({ name: 'portrait.avif', type: 'image/avif', bytes });
  const [before, after] = await Promise.all([decode(bytes), decode(cloaked)]);
  const outside = compareOutside(before, after, report.faces.map(({ keypoints }) => similarityTransform(keypoints)));
  if (!report.faces.length || !outside) return null;
  return { psnr: decibels(outside.meanSquare), growth: cloaked.length / bytes.length, seconds: report.ms.encode! / 1000 };
}

async function row(name: string, avif: AvifOptions, alpha: boolean): Promise<string[]> {
  const found: Measured[] = [];
  for (const path of chosen) {
    try {
      const measured = await measure(path, avif, alpha);
      if (measured) found.push(measured);
    } catch (error) {
      if (!(error instanceof EngineFailure)) throw error;
      return [name, `held: ${error.message}`, '–', '–', '–', '–'];
    }
  }
  const [psnr, growth] = [found.map((one) => one.psnr), found.map((one) => one.growth)];
  const figures = [mean(psnr).toFixed(1), Math.min(...psnr).toFixed(1), mean(growth).toFixed(2), Math.max(...growth).toFixed(2), mean(found.map((one) => one.seconds)).toFixed(1)];
  return [name, ...figures];
}

try {
  const rows: string[][] = [];
  for (const [name, avif, alpha = false] of kinds) {
    rows.push(await row(name, avif, alpha));
    console.log(rows.at(-1)!.join(' | '));
  }
  console.log(markdownTable(['AVIF', 'outside the faces, PSNR dB', 'least', 'bytes', 'most', 'seconds to encode'], rows));
} finally {
  await extension.close();
}
