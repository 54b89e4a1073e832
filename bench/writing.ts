/**
 * `npm run bench:writing [-- --runs N] [--megapixels 12] [--only JPEG,PNG]`: what it takes to write a photo whose faces changed, against decoding and
 * encoding the same picture by the browser alone, in the same run, in turns; medians. Prints a table and the ratios as one line of JSON.
 */
import { parseArgs } from 'node:util';
import { EnginePage } from '../test/engine/harness';
import { concatenate } from '../src/engine/formats/bytes';
import { readJpeg } from '../src/engine/formats/jpeg/coefficients';
import { writeSegment } from '../src/engine/formats/jpeg/segments';
import { writeJpeg } from '../src/engine/formats/jpeg/writer';
import type { Box } from '../src/engine/types';
import { count } from './options';
import { scenery, sizeOf } from './scenery';
import { fixed, markdownTable, quantile } from './table';

const { values: options } = parseArgs({ options: { runs: { type: 'string', default: '7' }, megapixels: { type: 'string', default: '12' }, only: { type: 'string' } } });
const runs = count('runs', options.runs, 1);
const megapixels = count('megapixels', options.megapixels, 1);

function restarting(jpeg: Buffer): Buffer {
  const image = readJpeg(jpeg);
  for (const scan of image.scans) scan.restartInterval = image.unitsWide;
  return Buffer.from(concatenate(writeJpeg(image, image.extras.map(({ marker, content }) => writeSegment(marker, content)))));
}

const { width, height } = sizeOf(megapixels);
const photo = scenery(width, height);
/** So wide is a face that fills a good part of the picture, and one of five. */
const [large, small] = [Math.round(width / 3.6), Math.round(width / 7)];
const one: Box[] = [{ x: Math.round(width / 3), y: Math.round(height / 3), width: large, height: large }];
const five: Box[] = Array.from({ length: 5 }, (_, i) => ({ x: Math.round((i + 0.1) * (width / 5)), y: Math.round(height * (0.3 + 0.1 * (i % 2))), width: small, height: small }));

const optimised = (): Promise<Buffer> => photo.clone().jpeg({ quality: 90 }).toBuffer();
const kinds: [name: string, type: string, quality: number, bytes: () => Promise<Buffer>, boxes: Box[]][] = [
  ['JPEG, one face', 'image/jpeg', 0.9, optimised, one],
  ['JPEG, five faces', 'image/jpeg', 0.9, optimised, five],
  ['JPEG, tables of the standard', 'image/jpeg', 0.9, () => photo.clone().jpeg({ quality: 90, optimiseCoding: false }).toBuffer(), one],
  ['JPEG 4:4:4 of quality 95', 'image/jpeg', 0.95, () => photo.clone().jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer(), one],
  ['JPEG, restarting', 'image/jpeg', 0.9, async () => restarting(await optimised()), one],
  ['JPEG, progressive', 'image/jpeg', 0.9, () => photo.clone().jpeg({ quality: 90, progressive: true }).toBuffer(), one],
  ['PNG', 'image/png', 1, () => photo.clone().png({ compressionLevel: 6 }).toBuffer(), one],
  ['WebP', 'image/webp', 0.8, () => photo.clone().webp({ quality: 80, effort: 2 }).toBuffer(), one],
];

const page = await EnginePage.open();
try {
  const rows: string[][] = [];
  const ratios: Record<string, number> = {};
  for (const [name, type, quality, make, boxes] of kinds.filter(([name]) => !options.only || options.only.split(',').some((word) => name.startsWith(word)))) {
    const { writing, decoding, encoding, growth } = await page.runOn('writingTimes', { name: 'picture', type, bytes: await make() }, { boxes, type, quality, runs });
    const [write, bare] = [quantile(writing, 0.5), quantile(decoding, 0.5) + quantile(encoding, 0.5)];
    ratios[name] = Number((write / bare).toFixed(2));
    rows.push([name, fixed(write, 0), fixed(quantile(decoding, 0.5), 0), fixed(quantile(encoding, 0.5), 0), fixed(write / bare, 2), fixed(growth, 3)]);
    console.log(rows.at(-1)!.join(' | '));
  }
  console.log(markdownTable([`${megapixels} megapixels`, 'written, ms', 'decoded by the browser', 'encoded by it', 'writing / both', 'bytes after / before'], rows));
  console.log(JSON.stringify({ ratios }));
} finally {
  await page.close();
}
