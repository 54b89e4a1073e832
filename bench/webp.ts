/**
 * `npm run bench:webp [-- --portraits N --docs]`: what cloaking costs a lossy WebP, by size and quality: portraits, whole and cut to the
 * face, cloaked through the built extension; and, to compare with, what encoding the uncloaked picture once more costs.
 */
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { boundsInPicture, canonicalBox, similarityTransform } from '../src/engine/align';
import { wholePixels } from '../src/engine/pixels';
import { buildExtension, openExtension, type Extension } from '../scripts/extension';
import { requireData, somePortraits } from './data';
import { compareOutside, decibels } from './fidelity';
import { decode, toSharp } from './picture';
import { progress } from './progress';
import { markdownTable, mean, updateTable } from './table';

const QUALITIES = [50, 75, 85, 95];
/** Pixels around the canonical crop of a picture that is cut to the face. */
const MARGIN = 32;

const { values: options } = parseArgs({ options: { portraits: { type: 'string', default: '8' }, docs: { type: 'boolean', default: false } } });
requireData();

interface Measured {
  kind: string;
  quality: number;
  /** Mean squared errors outside the crops. */
  outside: number;
  again: number;
  /** Bytes after, of those before. */
  growth: number;
}

/** PNGs of a portrait. */
async function picturesOf(extension: Extension, path: string): Promise<[kind: string, png: Buffer][]> {
  const [large, small] = await Promise.all([1024, 512].map((side) => sharp(path).resize(side, side, { fit: 'inside' }).png().toBuffer()));
  const { faces, width, height } = await extension.detect({ name: 'a.png', type: 'image/png', bytes: large! });
  const { x, y, ...size } = boundsInPicture(similarityTransform(faces[0]!.keypoints), canonicalBox);
  const around = { x: x - MARGIN, y: y - MARGIN, width: size.width + 2 * MARGIN, height: size.height + 2 * MARGIN };
  const box = wholePixels(around, { width, height })!;
  const cut = await sharp(large).extract({ left: box.x, top: box.y, width: box.width, height: box.height }).png().toBuffer();
  return [['1024 pixels', large!], ['512 pixels', small!], ['cut to the face', cut]];
}

async function measure(extension: Extension, kind: string, png: Buffer, quality: number): Promise<Measured | null> {
  const bytes = await sharp(png).webp({ quality }).toBuffer();
  const cloaked = await extension.cloak({ name: 'a.webp', type: 'image/webp', bytes }, { strength: 'standard' });
  if (!cloaked.report.faces.length) return null;
  const [before, after] = await Promise.all([decode(bytes), decode(cloaked.bytes)]);
  const encodedAgain = await decode(await toSharp(before).webp({ quality }).toBuffer());
  const crops = cloaked.report.faces.map(({ keypoints }) => similarityTransform(keypoints));
  const [outside, again] = [after, encodedAgain].map((picture) => compareOutside(before, picture, crops)!.meanSquare);
  return { kind, quality, outside: outside!, again: again!, growth: cloaked.bytes.length / bytes.length };
}

const dB = (meanSquare: number): string => decibels(meanSquare).toFixed(1);

function rowOf(of: readonly Measured[]): string[] {
  const [outside, again, growth] = [of.map((one) => one.outside), of.map((one) => one.again), of.map((one) => one.growth)];
  return [of[0]!.kind, String(of[0]!.quality), dB(mean(outside)), dB(Math.max(...outside)), dB(mean(again)), mean(growth).toFixed(2), Math.max(...growth).toFixed(2)];
}

const extension = await openExtension({ dist: await buildExtension() });
try {
  const chosen = somePortraits(Number(options.portraits));
  const measured: Measured[] = [];
  await progress('WebP', 3 * QUALITIES.length * chosen.length, async (done) => {
    for (const path of chosen) {
      for (const [kind, png] of await picturesOf(extension, path)) {
        for (const quality of QUALITIES) {
          const one = await measure(extension, kind, png, quality);
          if (one) measured.push(one);
          done();
        }
      }
    }
  });
  const kinds = [...new Set(measured.map(({ kind }) => kind))];
  const rows = kinds.flatMap((kind) => QUALITIES.map((quality) => rowOf(measured.filter((one) => one.kind === kind && one.quality === quality))));
  const table = markdownTable(['portrait', 'quality', 'outside the faces, PSNR dB', 'worst', 'encoded once more', 'bytes', 'worst'], rows);
  console.log(table);
  if (options.docs) await updateTable('docs/formats.md', 'bench:webp', table);
} finally {
  await extension.close();
}
