/**
 * `npm run bench:fidelity`: cloaks one portrait in every format, sampling, orientation and profile with the built extension and
 * writes what became of it into docs/formats.md.
 */
import { join } from 'node:path';
import sharp from 'sharp';
import { similarityTransform, type Similarity } from '../src/engine/align';
import { buildExtension, EngineFailure, openExtension, type Extension } from '../scripts/extension';
import { makeCorpus, type CorpusPicture } from './corpus';
import { compare, compareOutside } from './fidelity';
import { decode } from './picture';
import { markdownTable, updateTable } from './table';

const HEAD = ['picture', 'comes out as', 'outside the faces, PSNR dB', 'at the face, PSNR dB', 'Butteraugli 3-norm', 'bytes', 'metadata dropped'];
const SAMPLE = join(import.meta.dirname, '../samples/portrait-2.jpg');

async function row(extension: Extension, { name, file }: CorpusPicture): Promise<string[]> {
  try {
    const { bytes, report } = await extension.cloak(file, { strength: 'standard' });
    const faces = report.faces.map(({ keypoints }): Similarity => similarityTransform(keypoints));
    const [before, after] = await Promise.all([decode(file.bytes), decode(bytes)]);
    const is = await sharp(bytes).metadata();
    const kind = [is.format, is.chromaSubsampling, is.isProgressive && 'progressive', is.icc && 'profile', is.orientation && is.orientation > 1 && `orientation ${is.orientation}`];
    const outside = compareOutside(before, after, faces);
    const { butteraugli3Norm } = await compare(before, after);
    return [
      name,
      kind.filter(Boolean).join(', '),
      outside ? dB(outside.meanSquare) : '–',
      report.faces.map(({ psnr }) => psnr.toFixed(1)).join(' '),
      butteraugli3Norm.toFixed(2),
      (bytes.length / file.bytes.length).toFixed(2),
      report.metadata!.dropped.join(', '),
    ];
  } catch (error) {
    if (!(error instanceof EngineFailure)) throw error;
    return [name, `held: ${error.message}`, '–', '–', '–', '–', '–'];
  }
}

function dB(meanSquare: number): string {
  return meanSquare === 0 ? 'same' : (10 * Math.log10(255 ** 2 / meanSquare)).toFixed(1);
}

const extension = await openExtension({ dist: await buildExtension() });
try {
  const rows: string[][] = [];
  for (const picture of await makeCorpus(SAMPLE)) {
    rows.push(await row(extension, picture));
    console.log(rows.at(-1)!.join(' | '));
  }
  await updateTable(join(import.meta.dirname, '../docs/formats.md'), 'bench:fidelity', markdownTable(HEAD, rows));
} finally {
  await extension.close();
}
