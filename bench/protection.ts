/**
 * `npm run bench:protection [-- OPTIONS]`: cloaks photos of LFW's held-out people through the built extension's engine and asks
 * recognisers that training never saw whether they still know the person. What is measured, and how: docs/benchmarks.md.
 *
 *   --people N        of the 300 that have more than one photo (300)
 *   --fewer N         of these, for what takes long: all transformations, a second photo, whole pictures, noise (100)
 *   --strengths A,B   some of gentle, standard, strong, maximum, or none (all)
 *   --baselines A,B   some of noise, optimised, or none (both)
 *   --optimised N     people in the row of per-picture optimisation (24)
 *   --dist DIR --as NAME   measures another build instead, at its standard strength, as a baseline of that name
 *   --again           measures again what was measured already on the same build and people
 *   --docs            writes tables and plots into README.md, docs/ and models/MODEL_CARD.md
 *
 * Every crop, clean or cloaked, is cut with the keypoints of the clean photo: a recogniser aligned as well as can be. A
 * photo in which the engine finds no face goes out uncloaked and counts as such. Everything is kept in out/bench: a run that was
 * cut goes on where it was.
 */
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import pMap from 'p-map';
import sharp from 'sharp';
import { similarityTransform } from '../src/engine/align';
import type { CloakOptions } from '../src/engine/types';
import { defaultStrength, type Strength, strengths } from '../src/shared/strengths';
import { buildExtension } from '../scripts/extension';
import { canonicalCrop, type Cloaked, cloakAll, filesOf, findPython, measureFidelity, noise, optimiseAll, type SourceFile } from './contenders';
import { portraits, requireData } from './data';
import { Engines } from './engines';
import { compare, compareOutside } from './fidelity';
import { cleanPhoto, type Contender, Jury } from './jury';
import { byPerson, cropSide, findPhotos, type Photo } from './photos';
import { decode } from './picture';
import { progress } from './progress';
import { fullReport, shortReport, targetReport } from './report';
import { OUT, type PortraitResult, readResult, readResults, type Result, slug, writeResult, writeWhole } from './result';
import { contactSheet } from './sheet';
import { updateTable } from './table';
import { JPEG_75, PROFILE, RAW, TRANSFORMATIONS } from './transformations';

const BASELINES = ['noise', 'optimised'] as const;
const SAMPLE = 'samples/portrait.jpg';
const SHEET_PORTRAITS = ['female-10', 'female-26', 'female-50', 'female-97', 'male-10', 'male-26', 'male-63', 'male-92'];
/** What the goals are about; the other transformations are for fewer people, and not for noise, which survives everything. */
const MAIN_TRANSFORMATIONS = TRANSFORMATIONS.filter(({ name }) => [RAW, JPEG_75, PROFILE].includes(name));
/** Builds from before there were strengths go by `mode`; later ones take no notice of it. */
const EARLIER = { mode: 'standard', strength: defaultStrength } as Partial<CloakOptions>;
const OPTIMISED = { steps: 40, butteraugli: 2.5, largest: 12 };

interface Options {
  people: number;
  fewer: number;
  strengths: Strength[];
  baselines: (typeof BASELINES)[number][];
  optimised: number;
  dist: string | null;
  as: string;
  again: boolean;
  docs: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      people: { type: 'string', default: '300' },
      fewer: { type: 'string', default: '100' },
      strengths: { type: 'string', default: strengths.join() },
      baselines: { type: 'string', default: BASELINES.join() },
      optimised: { type: 'string', default: '24' },
      dist: { type: 'string' },
      as: { type: 'string' },
      again: { type: 'boolean', default: false },
      docs: { type: 'boolean', default: false },
    },
  });
  if (Boolean(values.dist) !== Boolean(values.as)) throw new Error('--dist DIR and --as NAME belong together.');
  const people = count('people', values.people);
  return {
    people,
    fewer: Math.min(people, count('fewer', values.fewer)),
    strengths: values.dist ? [] : someOf('strengths', values.strengths, strengths),
    baselines: values.dist ? [] : someOf('baselines', values.baselines, BASELINES),
    optimised: Math.min(people, count('optimised', values.optimised)),
    dist: values.dist ?? null,
    as: values.as ?? '',
    again: values.again,
    docs: values.docs,
  };
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 2) throw new Error(`--${name} ${text}: a whole number from 2 is needed.`);
  return value;
}

function someOf<T extends string>(name: string, text: string, known: readonly T[]): T[] {
  const asked = text === 'none' ? [] : text.split(',');
  const unknown = asked.find((word) => !known.some((value) => value === word));
  if (unknown !== undefined) throw new Error(`--${name} ${unknown}: choose among ${known.join(', ')}, or none.`);
  return known.filter((value) => asked.includes(value));
}

/** The people's photos, and what all measurements need. */
class Benchmark {
  /** The first photo of every person. */
  readonly firsts: Photo[];
  /** The second photo of the first people. */
  readonly seconds: Photo[];
  private jury: Promise<Jury> | null = null;

  constructor(
    private readonly engines: Engines,
    private readonly photos: Photo[],
    private readonly options: Options,
  ) {
    const groups = byPerson(photos).filter((group) => group.length > 1).slice(0, options.people);
    this.firsts = groups.map((group) => group[0]!);
    this.seconds = groups.slice(0, options.fewer).map((group) => group[1]!);
  }

  /** Measures unless that was done already for the same `key`. */
  private async once(name: string, key: string, measure: (name: string, key: string) => Promise<Result>): Promise<Result> {
    const kept = await readResult(name);
    if (kept?.key === key && !this.options.again) return kept;
    const result = await measure(name, key);
    await writeResult(result);
    return result;
  }

  private judges(): Promise<Jury> {
    return (this.jury ??= Jury.over(this.photos));
  }

  clean(): Promise<Result> {
    return this.once('clean', this.keyOf('clean'), async (name, key) => {
      const result = await this.judge({ name, kind: 'clean', key, revision: '', uncloaked: 0 }, this.firsts, cleanPhoto);
      const impostors = (await this.judges()).impostors();
      for (const [judge, histograms] of Object.entries(result.histograms)) histograms.impostor = impostors[judge]!;
      return result;
    });
  }

  /** @param name a strength, or what an earlier build is called */
  cloaked(name: string, kind: 'cloaked' | 'earlier', options: Partial<CloakOptions>): Promise<Result> {
    return this.once(name, this.keyOf(this.engines.fingerprint), async (_, key) => {
      const folder = join(OUT, 'cloaked', this.engines.fingerprint, slug(name));
      const files = await cloakAll(`${name}: cloaking`, this.engines, [...this.firsts, ...this.seconds], folder, options);
      const fileOf = (photo: Photo) => files.get(photo.id)!;
      if (kind === 'cloaked' && [...files.values()].some(({ report }) => report.strength !== options.strength)) {
        throw new Error(`The engine did not cloak at the strength ${options.strength}.`);
      }
      const uncloaked = this.firsts.filter((photo) => fileOf(photo).report.outcome !== 'cloaked').length;
      const portraits = await this.portraits(name, folder, options);
      const result = await this.judge(
        { name, kind, key, revision: this.engines.revision, uncloaked },
        this.firsts,
        filesOf((photo) => fileOf(photo).path),
      );
      result.photos.forEach((photo, index) => (photo.bytes = fileOf(this.firsts[index]!).report.bytes));
      return { ...result, portraits };
    });
  }

  noiseLike(cloaked: Result): Promise<Result> {
    return this.once(`noise like ${cloaked.name}`, cloaked.key, (name, key) => {
      const photos = this.firsts.slice(0, this.options.fewer);
      const wanted = new Map(cloaked.photos.map(({ id, crop }) => [id, crop?.butteraugli3Norm ?? 0]));
      const about = { name, kind: 'noise', key, revision: cloaked.revision, uncloaked: 0 } as const;
      return this.judge(about, photos, noise(wanted));
    });
  }

  optimised(): Promise<Result> {
    const photos = this.firsts.filter(({ keypoints }) => keypoints).slice(0, this.options.optimised);
    const options = Object.entries(OPTIMISED).flatMap(([name, value]) => [`--${name}`, String(value)]);
    return this.once('optimised', `${options.join(' ')} ${photos.length}`, async (name, key) => {
      const contender = await optimiseAll(photos, join(OUT, 'optimised', options.join('').replaceAll('--', '-').slice(1)), options);
      return this.judge({ name, kind: 'optimised', key, revision: '', uncloaked: 0 }, photos, contender);
    });
  }

  private async judge(
    about: Pick<Result, 'name' | 'kind' | 'key' | 'revision' | 'uncloaked'>,
    photos: Photo[],
    contender: Contender,
  ): Promise<Result> {
    const jury = await this.judges();
    const paired = about.kind === 'clean' || about.kind === 'cloaked' || about.kind === 'earlier';
    const fewer = photos.slice(0, this.options.fewer);
    const title = (stage: string) => `${about.name}: ${stage}`;
    const crops = about.kind === 'clean' ? [] : await measureFidelity(title('fidelity'), photos, contender, canonicalCrop);
    const wholes = about.kind === 'clean' ? [] : await measureFidelity(title('whole pictures'), fewer, contender, (_, picture) => picture);
    const main = await jury.judge(title('judges'), photos, contender, MAIN_TRANSFORMATIONS);
    const others = about.kind === 'noise' ? [] : TRANSFORMATIONS.filter((one) => !MAIN_TRANSFORMATIONS.includes(one));
    const rest = await jury.judge(title('transformations'), fewer, contender, others);
    const { samePerson, differentPeople, histograms } = await jury.pairs(title('pairs'), photos, paired ? this.seconds : [], contender);
    return {
      ...about,
      thresholds: jury.thresholds(),
      photos: photos.map((photo, index) => ({
        id: photo.id,
        cropSide: cropSide(photo),
        scores: { ...main[index], ...rest[index] },
        ...(crops[index] && { crop: crops[index] }),
        ...(wholes[index] && { whole: wholes[index] }),
      })),
      ...(paired ? { samePerson, differentPeople } : {}),
      histograms,
    };
  }

  /** Photo-sized pictures: as they are, and as PNGs to see what changes where no encoder has a part in it. */
  private async portraits(name: string, folder: string, options: Partial<CloakOptions>): Promise<PortraitResult[]> {
    const sources = portraits()
      .filter((path) => SHEET_PORTRAITS.includes(basename(path, '.jpg')))
      .map((path): SourceFile => ({ id: basename(path, '.jpg'), path }));
    const lossless = await Promise.all(sources.map(asPng));
    const title = `${name}: portraits`;
    const files = await cloakAll(title, this.engines, sources, folder, options);
    const pngs = await cloakAll(`${title} as PNG`, this.engines, lossless, join(folder, 'png'), options);
    await writeSheet(sources, files, join(OUT, `portraits-${slug(name)}.jpg`));
    return progress(`${title}, fidelity`, sources.length, (done) =>
      pMap(
        sources,
        async ({ id, path }, index) => {
          const cloaked = files.get(id)!;
          const png = pngs.get(id)!;
          const faces = png.report.faces.map(({ keypoints }) => similarityTransform(keypoints));
          const whole = await compare(await decode(path), await decode(cloaked.path));
          const outside = compareOutside(await decode(lossless[index]!.path), await decode(png.path), faces);
          done();
          return { whole, bytes: cloaked.report.bytes, outside };
        },
        { concurrency: 2 },
      ),
    );
  }

  private keyOf(build: string): string {
    return `${build} ${this.firsts.length} ${this.seconds.length}`;
  }
}

async function asPng({ id, path }: SourceFile): Promise<SourceFile> {
  const png = { id, path: join(OUT, 'png', `${id}.png`) };
  await writeWhole(png.path, await sharp(path).png({ compressionLevel: 1 }).toBuffer());
  return png;
}

/** Before, after, difference times ten at 100%: to be looked at. */
async function writeSheet(sources: readonly SourceFile[], files: ReadonlyMap<string, Cloaked>, out: string): Promise<void> {
  const rows = sources.map(async ({ id, path }) => {
    const { path: after, report } = files.get(id)!;
    return { before: await readFile(path), after: await readFile(after), report };
  });
  await writeWhole(out, await contactSheet(await Promise.all(rows)));
}

async function writeSampleSheet(engines: Engines): Promise<void> {
  const sample = { id: 'sample', path: SAMPLE };
  const files = await cloakAll('sample', engines, [sample], join(OUT, 'cloaked', engines.fingerprint, 'sample'), { strength: defaultStrength });
  await writeSheet([sample], files, 'docs/images/before-after.jpg');
}

async function writeDocuments(results: Result[]): Promise<void> {
  const python = findPython('matplotlib');
  if (!python) throw new Error('The plots need python3 with matplotlib (on Debian: apt-get install python3-matplotlib).');
  const { status } = spawnSync(python, ['bench/plots.py', join(OUT, 'protection'), 'docs/images'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('bench/plots.py failed; what it says is above.');
  await updateTable('README.md', 'bench:protection', shortReport(results));
  await updateTable('models/MODEL_CARD.md', 'bench:protection', `${shortReport(results)}\n\n${targetReport(results)}`);
  await updateTable('docs/benchmarks.md', 'bench:protection', fullReport(results));
}

async function main(): Promise<void> {
  const options = readOptions();
  requireData();
  const engines = await Engines.of(options.dist ?? (await buildExtension()));
  try {
    const benchmark = new Benchmark(engines, await findPhotos(engines, join(OUT, 'faces.json')), options);
    await benchmark.clean();
    if (options.dist) await benchmark.cloaked(options.as, 'earlier', EARLIER);
    for (const strength of options.strengths) {
      const cloaked = await benchmark.cloaked(strength, 'cloaked', { strength });
      if (options.baselines.includes('noise')) await benchmark.noiseLike(cloaked);
    }
    if (options.docs) await writeSampleSheet(engines);
    await engines.close();
    if (options.baselines.includes('optimised')) await benchmark.optimised();
  } finally {
    await engines.close();
  }
  const results = await readResults();
  console.log(`\n${fullReport(results)}\n`);
  if (options.docs) await writeDocuments(results);
}

await main();
