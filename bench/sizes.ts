/**
 * `npm run bench:sizes [-- --portraits N --docs]`: what a cloak is worth by the size of the face. Portraits shrunk until the face has
 * the wanted size, cloaked through the built extension, and shown to the judges, which compare with the same small picture uncloaked.
 */
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { scaled, scaleOf, similarityTransform } from '../src/engine/align';
import { buildExtension } from '../scripts/extension';
import { requireData, somePortraits } from './data';
import { Engines } from './engines';
import { meanOf, worstOf } from './figures';
import { subjectOf } from './photos';
import { decode } from './picture';
import { progress } from './progress';
import { cosine, Recogniser } from './recogniser';
import type { Judged } from './result';
import { fixed, markdownTable, mean, updateTable } from './table';

/** Side of the ArcFace template's box, pixels. */
const SIZES = [24, 32, 48, 64, 96, 128, 192, 256];
const TEMPLATE_SIDE = 112;
const JPEG_QUALITY = 90;

const { values: options } = parseArgs({ options: { portraits: { type: 'string', default: '20' }, docs: { type: 'boolean', default: false } } });
requireData();
const judges = await Recogniser.loadAll('judge');
const engines = await Engines.of(await buildExtension());

interface Measured {
  size: number;
  raw: Judged<number>;
  compressed: Judged<number>;
}

/** Means over portraits: the worst judge's, and of all judges. */
function figures(found: readonly Judged<number>[]): [worst: string, mean: string] {
  const byJudge = found.length ? Object.fromEntries(judges.map(({ id }) => [id, mean(found.map((of) => of[id]!))])) : null;
  return [fixed(worstOf(byJudge)?.value, 2), fixed(meanOf(byJudge), 2)];
}

try {
  const chosen = somePortraits(Number(options.portraits));
  const tasks = chosen.flatMap((path) => SIZES.map((size) => ({ path, size })));
  const measured = await progress('sizes', tasks.length, (done) =>
    engines.map(tasks, async (extension, { path, size }): Promise<Measured | null> => {
      const { faces, width, height } = await extension.detect(path);
      const whole = similarityTransform(subjectOf(faces, width, height)!.keypoints);
      const scale = size / (TEMPLATE_SIDE * scaleOf(whole));
      const small = await sharp(path).resize(Math.round(width * scale), Math.round(height * scale)).jpeg({ quality: JPEG_QUALITY }).toBuffer();
      const { bytes, report } = await extension.cloak({ name: 'small.jpg', type: 'image/jpeg', bytes: small });
      done();
      if (report.faces.length === 0) return null;
      const alignment = scaled(whole, scale);
      const [clean, cloaked, compressed] = await Promise.all([small, bytes, await sharp(bytes).jpeg({ quality: 75 }).toBuffer()].map((source) => decode(source)));
      const against = async (picture: typeof clean): Promise<Judged<number>> => {
        const scores = judges.map(async (judge) => [judge.id, cosine(await judge.embed(clean!, alignment), await judge.embed(picture!, alignment))] as const);
        return Object.fromEntries(await Promise.all(scores));
      };
      return { size, raw: await against(cloaked), compressed: await against(compressed) };
    }),
  );
  const rows = SIZES.map((size) => {
    const found = measured.filter((one) => one?.size === size).map((one) => one!);
    const [raw, compressed] = [figures(found.map((one) => one.raw)), figures(found.map((one) => one.compressed))];
    return [`${size} px`, `${found.length} of ${chosen.length}`, raw[0], compressed[0], raw[1], compressed[1]];
  });
  const table = markdownTable(['face', 'found and cloaked', 'worst judge: cosine', 'after JPEG 75', 'mean of all: cosine', 'after JPEG 75'], rows);
  console.log(table);
  if (options.docs) await updateTable('docs/benchmarks.md', 'bench:sizes', table);
} finally {
  await engines.close();
}
