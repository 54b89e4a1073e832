/**
 * `npm run bench:strengths [-- --photos N --strengths A,B]`: how visible each strength is, on photos of people the network was
 * trained on. The strengths in training/export.py are set by these figures: the held-out people choose nothing.
 */
import { parseArgs } from 'node:util';
import { CANONICAL_SIZE, canonicalBox, similarityTransform } from '../src/engine/align';
import { type Strength, strengths } from '../src/shared/strengths';
import { buildExtension } from '../scripts/extension';
import { people, requireData } from './data';
import { Engines } from './engines';
import { compare, type Fidelity } from './fidelity';
import { subjectOf } from './photos';
import { crop, decode } from './picture';
import { progress } from './progress';
import { markdownTable, mean } from './table';

const COLUMNS: [title: string, field: keyof Fidelity, digits: number][] = [
  ['Butteraugli 3-norm', 'butteraugli3Norm', 2],
  ['max', 'butteraugliMax', 2],
  ['PSNR', 'psnr', 1],
  ['SSIM', 'ssim', 4],
  ['largest residual', 'largestResidual', 1],
];

const { values } = parseArgs({ options: { photos: { type: 'string', default: '24' }, strengths: { type: 'string', default: strengths.join() } } });
requireData();
const engines = await Engines.of(await buildExtension());
try {
  const everybody = people('train');
  const step = Math.floor(everybody.length / Number(values.photos));
  const paths = Array.from({ length: Number(values.photos) }, (_, i) => everybody[i * step]!.photos[0]!);
  const rows: string[][] = [];
  for (const strength of values.strengths.split(',') as Strength[]) {
    const measured = await progress(strength, paths.length, (done) =>
      engines.map(paths, async (extension, path) => {
        const { faces, width, height } = await extension.detect(path);
        const subject = subjectOf(faces, width, height);
        done();
        if (!subject) return null;
        const cut = async (source: string | Buffer) => crop(await decode(source), similarityTransform(subject.keypoints), canonicalBox, CANONICAL_SIZE);
        return compare(await cut(path), await cut((await extension.cloak(path, { strength })).bytes));
      }),
    );
    const found = measured.filter((fidelity) => fidelity !== null);
    rows.push([strength, String(found.length), ...COLUMNS.map(([, field, digits]) => mean(found.map((fidelity) => fidelity[field])).toFixed(digits))]);
  }
  console.log(markdownTable(['strength', 'photos', ...COLUMNS.map(([title]) => title)], rows));
} finally {
  await engines.close();
}
