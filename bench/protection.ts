/**
 * `npm run bench:protection [-- OPTIONS]`: cloaks photos of LFW's held-out people, and portraits, through the built extension's engine and asks
 * recognisers that training never saw whether they still know the person. What is measured, and how: docs/benchmarks.md.
 *
 *   --people N        of the 300 that have more than one photo (300)
 *   --fewer N         of these, for what takes long: all transformations, a second photo, noise, paint alone (100)
 *   --portraits N     of the 100 (100)
 *   --strengths A,B   some of gentle, standard, strong, or none (all)
 *   --baselines A,B   some of noise, paint, optimised, or none (noise,paint)
 *   --optimised N     people in the row of per-picture optimisation (24)
 *   --dist DIR --as NAME   measures another build instead, at its standard strength, as a baseline of that name
 *   --again           measures again what was measured already on the same build and people
 *   --kept            measures nothing: prints what was measured before, on whatever build
 *   --docs            writes tables and plots into README.md, docs/ and models/MODEL_CARD.md
 *
 * Every crop, clean or cloaked, is cut with the keypoints of the clean photo (but for "realigned"): a recogniser aligned as well as
 * can be. A photo in which the engine finds no face goes out uncloaked and counts as such. Everything is kept in out/bench: a run that
 * was cut goes on where it was.
 */
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { CloakOptions } from '../src/engine/types';
import { defaultStrength, type Strength, strengths } from '../src/shared/strengths';
import { buildExtension } from '../scripts/extension';
import { canonicalCrop, type Cloaked, cloakAll, filesOf, findPython, measureFidelity, noise, optimiseAll } from './contenders';
import { requireData, somePortraits } from './data';
import { Engines } from './engines';
import { type Measured, targetReport } from './goals';
import { cleanPhoto, type Contender, Jury, type Place } from './jury';
import { looksResults } from './looksResult';
import { count, someOf } from './options';
import { byPerson, cropSide, detectedPlace, findPhotos, findPortraits, type Photo } from './photos';
import { Portraits } from './portraits';
import { Recogniser } from './recogniser';
import { fullReport, shortReport, stillMatched } from './report';
import { OUT, photoResults, type PortraitsResult, portraitResults, type Result, slug, writeWhole } from './result';
import { contactSheet } from './sheet';
import { updateTable } from './table';
import { HALF, PROFILE, RAW, REALIGNED, TRANSFORMATIONS } from './transformations';

const BASELINES = ['noise', 'paint', 'optimised'] as const;
const SAMPLE = 'samples/portrait.jpg';
/** What the goals are about; the other transformations are for fewer people, and not for noise, which survives everything. */
const MAIN_TRANSFORMATIONS = TRANSFORMATIONS.filter(({ name }) => [RAW, PROFILE, HALF].includes(name));
/** Builds from before there were strengths go by `mode`; later ones take no notice of it. */
const EARLIER = { mode: 'standard', strength: defaultStrength } as Partial<CloakOptions>;
/** What the paper's network does: pixels are added, and nothing else. */
const PAINT: Partial<CloakOptions> = { strength: 'gentle', layers: 'paint-alone' };
const OPTIMISED = { steps: 40, butteraugli: 2.5, largest: 12 };

interface Options {
  people: number;
  fewer: number;
  portraits: number;
  strengths: Strength[];
  baselines: (typeof BASELINES)[number][];
  optimised: number;
  dist: string | null;
  as: string;
  again: boolean;
  kept: boolean;
  docs: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      people: { type: 'string', default: '300' },
      fewer: { type: 'string', default: '100' },
      portraits: { type: 'string', default: '100' },
      strengths: { type: 'string', default: strengths.join() },
      baselines: { type: 'string', default: 'noise,paint' },
      optimised: { type: 'string', default: '24' },
      dist: { type: 'string' },
      as: { type: 'string' },
      again: { type: 'boolean', default: false },
      kept: { type: 'boolean', default: false },
      docs: { type: 'boolean', default: false },
    },
  });
  if (Boolean(values.dist) !== Boolean(values.as)) throw new Error('--dist DIR and --as NAME belong together.');
  const people = count('people', values.people);
  return {
    people,
    fewer: Math.min(people, count('fewer', values.fewer)),
    portraits: count('portraits', values.portraits),
    strengths: values.dist ? [] : someOf('strengths', values.strengths, strengths),
    baselines: values.dist ? [] : someOf('baselines', values.baselines, BASELINES),
    optimised: Math.min(people, count('optimised', values.optimised)),
    dist: values.dist ?? null,
    as: values.as ?? '',
    again: values.again,
    kept: values.kept,
    docs: values.docs,
  };
}

/** A contender that the engine makes. */
interface Entrant {
  /** A strength, what an earlier build is called, or `paint alone`. */
  name: string;
  kind: 'cloaked' | 'paint' | 'earlier';
  options: Partial<CloakOptions>;
}

/** The photos, and what all measurements need. */
class Benchmark {
  /** The first photo of every person. */
  readonly firsts: Photo[];
  /** The second photo of the first people. */
  readonly seconds: Photo[];
  private readonly portraits: Portraits;
  private jury: Promise<Jury> | null = null;

  constructor(
    private readonly engines: Engines,
    private readonly judges: readonly Recogniser[],
    private readonly photos: readonly Photo[],
    portraits: readonly Photo[],
    private readonly options: Options,
  ) {
    const groups = byPerson(photos).filter((group) => group.length > 1).slice(0, options.people);
    this.firsts = groups.map((group) => group[0]!);
    this.seconds = groups.slice(0, options.fewer).map((group) => group[1]!);
    this.portraits = new Portraits(engines, judges, portraits);
  }

  static async open(engines: Engines, options: Options): Promise<Benchmark> {
    const photos = await findPhotos(engines, join(OUT, 'faces.json'));
    const portraits = await findPortraits(engines, join(OUT, `faces-portraits-${options.portraits}.json`), somePortraits(options.portraits));
    return new Benchmark(engines, await Recogniser.loadAll('judge'), photos, portraits, options);
  }

  private overPhotos(): Promise<Jury> {
    return (this.jury ??= Jury.over(this.judges, this.photos));
  }

  async clean(): Promise<void> {
    const about = { name: 'clean', kind: 'clean', key: this.keyOf('clean') } as const;
    await photoResults.once(about.name, about.key, this.options.again, async () => {
      const result = await this.judge({ ...about, revision: '', uncloaked: 0 }, this.firsts, cleanPhoto);
      const impostors = (await this.overPhotos()).impostors();
      for (const [judge, histograms] of Object.entries(result.histograms)) histograms.impostor = impostors[judge]!;
      return result;
    });
    const key = this.portraitKeyOf('clean');
    await portraitResults.once(about.name, key, this.options.again, () => this.portraits.cleanResult({ ...about, key }));
  }

  async cloaked(entrant: Entrant): Promise<Result> {
    const folder = join(OUT, 'cloaked', this.engines.fingerprint, slug(entrant.name));
    await this.cloakedPortraits(entrant, folder);
    const { name, kind, options } = entrant;
    return photoResults.once(name, this.keyOf(this.engines.fingerprint), this.options.again, async () => {
      const firsts = kind === 'paint' ? this.firsts.slice(0, this.options.fewer) : this.firsts;
      const seconds = kind === 'paint' ? [] : this.seconds;
      const files = await cloakAll(`${name}: cloaking`, this.engines, [...firsts, ...seconds], folder, options);
      requireAsAsked(entrant, files);
      const fileOf = (photo: Photo) => files.get(photo.id)!;
      const uncloaked = firsts.filter((photo) => fileOf(photo).report.outcome !== 'cloaked').length;
      const some = firsts.slice(0, this.options.fewer);
      const place = await detectedPlace(`${name}: faces`, this.engines, join(folder, 'faces-lfw.json'), some, (photo) => fileOf(photo).path);
      const about = { name, kind, key: this.keyOf(this.engines.fingerprint), revision: this.engines.revision, uncloaked };
      const result = await this.judge(about, firsts, filesOf((photo) => fileOf(photo).path), place);
      result.photos.forEach((photo, index) => (photo.bytes = fileOf(firsts[index]!).report.bytes));
      return result;
    });
  }

  private cloakedPortraits({ name, kind, options }: Entrant, folder: string): Promise<PortraitsResult> {
    const key = this.portraitKeyOf(this.engines.fingerprint);
    return portraitResults.once(name, key, this.options.again, () => this.portraits.cloaked({ name, kind, key }, join(folder, 'portraits'), options));
  }

  noiseLike(cloaked: Result): Promise<Result> {
    const about = { name: `noise like ${cloaked.name}`, kind: 'noise', key: cloaked.key, revision: cloaked.revision, uncloaked: 0 } as const;
    return photoResults.once(about.name, about.key, this.options.again, () => {
      const wanted = new Map(cloaked.photos.map(({ id, crop }) => [id, crop?.butteraugli3Norm ?? 0]));
      return this.judge(about, this.firsts.slice(0, this.options.fewer), noise(wanted));
    });
  }

  optimised(): Promise<Result> {
    const photos = this.firsts.filter(({ keypoints }) => keypoints).slice(0, this.options.optimised);
    const options = Object.entries(OPTIMISED).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const key = this.keyOf(`${options.join(' ')} ${photos.length}`);
    return photoResults.once('optimised', key, this.options.again, async () => {
      const contender = await optimiseAll(photos, join(OUT, 'optimised', options.join('').replaceAll('--', '-').slice(1)), options);
      return this.judge({ name: 'optimised', kind: 'optimised', key, revision: '', uncloaked: 0 }, photos, contender);
    });
  }

  /** @param place where the detector sees the faces in the contender's pictures, if it was asked */
  private async judge(
    about: Pick<Result, 'name' | 'kind' | 'key' | 'revision' | 'uncloaked'>,
    photos: Photo[],
    contender: Contender,
    place?: Place,
  ): Promise<Result> {
    const jury = await this.overPhotos();
    const paired = about.kind === 'clean' || about.kind === 'cloaked' || about.kind === 'earlier';
    const fewer = photos.slice(0, this.options.fewer);
    const title = (stage: string) => `${about.name}: ${stage}`;
    const crops = about.kind === 'clean' ? [] : await measureFidelity(title('fidelity'), photos, contender, canonicalCrop);
    const main = await jury.judge(title('judges'), photos, contender, MAIN_TRANSFORMATIONS);
    const others = about.kind === 'noise' ? [] : TRANSFORMATIONS.filter((one) => !MAIN_TRANSFORMATIONS.includes(one));
    const rest = await jury.judge(title('transformations'), fewer, contender, others);
    const realigned = place ? await jury.judge(title('realigned'), fewer, contender, [REALIGNED], place) : [];
    const { samePerson, differentPeople, histograms } = await jury.pairs(title('pairs'), photos, paired ? this.seconds : [], contender);
    return {
      ...about,
      thresholds: jury.thresholds(),
      photos: photos.map((photo, index) => ({
        id: photo.id,
        cropSide: cropSide(photo),
        scores: { ...main[index], ...rest[index], ...realigned[index] },
        ...(crops[index] && { crop: crops[index] }),
      })),
      ...(paired ? { samePerson, differentPeople } : {}),
      histograms,
    };
  }

  /** Equal for the same build, judges, transformations and photos. */
  private keyOf(build: string): string {
    return [build, this.firsts.length, this.seconds.length, this.judgesKey()].join(' ');
  }

  private portraitKeyOf(build: string): string {
    return [build, this.portraits.photos.length, this.judgesKey()].join(' ');
  }

  private judgesKey(): string {
    return [...this.judges.map(({ id }) => id), ...TRANSFORMATIONS.map(({ name }) => name)].join();
  }
}

/** A build that does not know the strength or the layers would be measured under a wrong name. */
function requireAsAsked({ name, kind, options }: Entrant, files: ReadonlyMap<string, Cloaked>): void {
  if (kind === 'earlier') return;
  const reports = [...files.values()].map(({ report }) => report);
  const bent = reports.some(({ faces }) => faces.some(({ warp }) => warp.distance > 0.1)); // pixels: nothing is a little more than 0 there
  if (reports.some(({ strength }) => strength !== options.strength) || bent !== (kind === 'cloaked')) {
    throw new Error(`${name}: the engine did not cloak as it was asked to, ${JSON.stringify(options)}.`);
  }
}

async function writeSampleSheet(engines: Engines): Promise<void> {
  const sample = { id: 'sample', path: SAMPLE };
  const files = await cloakAll('sample', engines, [sample], join(OUT, 'cloaked', engines.fingerprint, 'sample'), { strength: defaultStrength });
  const { path, report } = files.get(sample.id)!;
  const row = { before: await readFile(SAMPLE), after: await readFile(path), report };
  await writeWhole('docs/images/before-after.jpg', await contactSheet([row]));
}

async function writeDocuments(measured: Measured): Promise<void> {
  const python = findPython('matplotlib');
  if (!python) throw new Error('The plots need python3 with matplotlib (on Debian: apt-get install python3-matplotlib).');
  const { status } = spawnSync(python, ['bench/plots.py', join(OUT, 'protection'), 'docs/images'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('bench/plots.py failed; what it says is above.');
  await updateTable('README.md', 'bench:protection', shortReport(measured));
  await updateTable('models/MODEL_CARD.md', 'bench:protection', `${shortReport(measured)}\n\n${targetReport(measured)}`);
  await updateTable('docs/benchmarks.md', 'bench:protection', fullReport(measured));
  const matched = stillMatched(measured);
  if (matched) await writeWhole('src/shared/measured.json', `${JSON.stringify({ stillMatched: matched }, null, 2)}\n`); // for the welcome page
}

async function measureAll(engines: Engines, options: Options): Promise<void> {
  const benchmark = await Benchmark.open(engines, options);
  await benchmark.clean();
  if (options.dist) await benchmark.cloaked({ name: options.as, kind: 'earlier', options: EARLIER });
  for (const strength of options.strengths) {
    const cloaked = await benchmark.cloaked({ name: strength, kind: 'cloaked', options: { strength } });
    if (strength === defaultStrength && options.baselines.includes('noise')) await benchmark.noiseLike(cloaked);
  }
  if (options.baselines.includes('paint')) await benchmark.cloaked({ name: 'paint alone', kind: 'paint', options: PAINT });
  if (options.docs) await writeSampleSheet(engines);
  await engines.close();
  if (options.baselines.includes('optimised')) await benchmark.optimised();
}

async function main(): Promise<void> {
  const options = readOptions();
  if (!options.kept) {
    requireData();
    const engines = await Engines.of(options.dist ?? (await buildExtension()));
    try {
      await measureAll(engines, options);
    } finally {
      await engines.close();
    }
  }
  const measured = { photos: await photoResults.readAll(), portraits: await portraitResults.readAll(), looks: await looksResults.readAll() };
  console.log(`\n${fullReport(measured)}\n`);
  if (options.docs) await writeDocuments(measured);
}

await main();
