/**
 * `npm run bench:looks [-- OPTIONS]`: would one post it? Cloaks portraits and photos of LFW's held-out people through the built extension's
 * engine, with paint and without, measures what each layer does to the looks, and writes sheets to be looked at:
 * out/bench/looks/sheet-*.png without the originals, then pairs-*.png beside them. What is measured, and how: docs/benchmarks.md.
 *
 *   --strengths A,B   some of gentle, standard, strong (all)
 *   --portraits N     of the 100 (100)
 *   --lfw N           of LFW's held-out people with several photos, the first photo of each (40)
 *   --again           measures again what was measured already on the same build and pictures
 *   --docs            writes the table into docs/benchmarks.md
 *
 * Pictures are sent as PNGs, so that no encoder adds to what is seen. Everything is kept in out/bench: a run that was cut goes on
 * where it was.
 */
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { CANONICAL_SIZE, canonicalBox, type Similarity, similarityTransform, type TemplateBox } from '../src/engine/align';
import { type Strength, strengths } from '../src/shared/strengths';
import { buildExtension } from '../scripts/extension';
import { asPngs, type Cloaked, cloakAll, type SourceFile } from './contenders';
import { people, requireData, somePortraits } from './data';
import { Engines } from './engines';
import { type Estimator, faceApiEstimator } from './faceApi';
import { asymmetryOf, compare } from './fidelity';
import { looksReport } from './looksFigures';
import { CONTROL, type LooksResult, looksResults, type PictureLooks } from './looksResult';
import { count, someOf } from './options';
import { subjectOf } from './photos';
import { crop, decode, type Picture } from './picture';
import { progress } from './progress';
import { OUT, writeWhole } from './result';
import { faceSheet, facesPerSheet, type SheetFace } from './sheet';
import { updateTable } from './table';

/** What the recognisers' template shows: the face without what is around it, symmetric about its middle. */
const FACE_BOX: TemplateBox = [0, 0, 112, 112];
/** Sheets, by kind: pixels of the picture around each face, and how many times enlarged. */
const SHEETS = { portrait: { prefix: '', side: 640, enlarged: 1 }, lfw: { prefix: 'lfw-', side: 250, enlarged: 2 } } as const;

interface Options {
  strengths: Strength[];
  portraits: number;
  lfw: number;
  again: boolean;
  docs: boolean;
}

interface Source extends SourceFile {
  kind: PictureLooks['kind'];
}

/** A picture in which a face was found and cloaked. */
interface Look {
  source: Source;
  /** Of the face in the middle, where the detector saw it in the clean picture. */
  alignment: Similarity;
  withPaint: Cloaked;
  withoutPaint: Cloaked;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      strengths: { type: 'string', default: strengths.join() },
      portraits: { type: 'string', default: '100' },
      lfw: { type: 'string', default: '40' },
      again: { type: 'boolean', default: false },
      docs: { type: 'boolean', default: false },
    },
  });
  return {
    strengths: someOf('strengths', values.strengths, strengths),
    portraits: count('portraits', values.portraits, 0),
    lfw: count('lfw', values.lfw, 0),
    again: values.again,
    docs: values.docs,
  };
}

async function findSources(options: Options): Promise<Source[]> {
  const kept = (kind: Source['kind'], paths: readonly string[]) => paths.map((path): Source => ({ id: basename(path, '.jpg'), path, kind }));
  const several = people('test').filter(({ photos }) => photos.length > 1);
  const lfw = kept('lfw', several.slice(0, options.lfw).map(({ photos }) => photos[0]!));
  const sources = [...kept('portrait', options.portraits ? somePortraits(options.portraits) : []), ...lfw];
  const pngs = await asPngs(sources);
  return sources.map((source, index) => ({ ...source, ...pngs[index]! }));
}

class Looks {
  private estimator: Promise<Estimator> | null = null;

  constructor(
    private readonly engines: Engines,
    private readonly sources: readonly Source[],
    private readonly options: Options,
  ) {}

  /** Of one strength: figures, and the sheets. */
  async measure(strength: Strength): Promise<LooksResult> {
    const looks = await this.cloak(strength);
    await writeSheets(strength, looks);
    return looksResults.once(strength, this.keyOf(this.engines.fingerprint), this.options.again, async () => {
      const pictures = await this.each(strength, looks, (look) => this.measureOne(look));
      if (pictures.length && pictures.every(({ paint }) => paint!.butteraugli3Norm === 0)) {
        throw new Error('Cloaks with and without paint are the same: does this build know the option `layers`?');
      }
      return { ...this.about(strength, looks), pictures };
    });
  }

  /** Clean pictures before and after a JPEG encoder, by the same estimators. */
  async control(): Promise<LooksResult> {
    return looksResults.once(CONTROL, this.keyOf(this.engines.fingerprint), this.options.again, async () => {
      const looks = await this.cloak(this.options.strengths[0]!);
      const pictures = await this.each(CONTROL, looks, async ({ source, alignment }): Promise<PictureLooks> => {
        const before = await decode(source.path);
        const after = await decode(await sharp(source.path).jpeg({ quality: 75 }).toBuffer());
        return { id: source.id, kind: source.kind, paint: null, warps: [], ...(await this.compareFaces(before, after, alignment)) };
      });
      return { ...this.about(CONTROL, looks), pictures };
    });
  }

  /** Twice, with paint and without; what has no face is left out. */
  private async cloak(strength: Strength): Promise<Look[]> {
    const folder = join(OUT, 'cloaked', this.engines.fingerprint, 'looks', strength);
    const [withPaint, withoutPaint] = [
      await cloakAll(`${strength}: cloaking`, this.engines, this.sources, join(folder, 'all'), { strength }),
      await cloakAll(`${strength}: without paint`, this.engines, this.sources, join(folder, 'without-paint'), { strength, layers: 'without-paint' }),
    ];
    return this.sources.flatMap((source): Look[] => {
      const cloaked = withPaint.get(source.id)!;
      const { faces, width, height } = cloaked.report;
      const subject = subjectOf(faces, width, height);
      if (!subject) return [];
      return [{ source, alignment: similarityTransform(subject.keypoints), withPaint: cloaked, withoutPaint: withoutPaint.get(source.id)! }];
    });
  }

  private async measureOne({ source, alignment, withPaint, withoutPaint }: Look): Promise<PictureLooks> {
    const [before, after, retouched] = await Promise.all([source.path, withPaint.path, withoutPaint.path].map((path) => decode(path)));
    const cut = (picture: Picture) => crop(picture, alignment, canonicalBox, CANONICAL_SIZE);
    const { butteraugli3Norm, psnr } = await compare(cut(retouched!), cut(after!));
    return {
      id: source.id,
      kind: source.kind,
      paint: { butteraugli3Norm, psnr },
      warps: withPaint.report.faces.map(({ warp }) => warp),
      ...(await this.compareFaces(before!, after!, alignment)),
    };
  }

  private async compareFaces(before: Picture, after: Picture, alignment: Similarity): Promise<Pick<PictureLooks, 'asymmetry' | 'estimate'>> {
    const estimate = await (this.estimator ??= faceApiEstimator());
    const asymmetry = (picture: Picture) => asymmetryOf(crop(picture, alignment, FACE_BOX, CANONICAL_SIZE));
    return {
      asymmetry: { before: asymmetry(before), after: asymmetry(after) },
      estimate: { before: await estimate(before, alignment), after: await estimate(after, alignment) },
    };
  }

  /** One after the other: the estimators have this thread to themselves. */
  private each<T>(title: string, looks: readonly Look[], measure: (look: Look) => Promise<T>): Promise<T[]> {
    return progress(`${title}: measuring`, looks.length, async (done) => {
      const measured: T[] = [];
      for (const look of looks) {
        measured.push(await measure(look));
        done();
      }
      return measured;
    });
  }

  private about(name: string, looks: readonly Look[]): Omit<LooksResult, 'pictures'> {
    const { fingerprint, revision } = this.engines;
    return { name, key: this.keyOf(fingerprint), revision, uncloaked: this.sources.length - looks.length };
  }

  private keyOf(build: string): string {
    return `${build} ${this.options.portraits} ${this.options.lfw}`;
  }
}

/** First without the originals, then beside them. */
async function writeSheets(strength: Strength, looks: readonly Look[]): Promise<void> {
  for (const kind of ['portrait', 'lfw'] as const) {
    const { prefix, side, enlarged } = SHEETS[kind];
    const chosen = looks.filter(({ source }) => source.kind === kind);
    for (const [name, picturesPerFace] of [['sheet', 1], ['pairs', 2]] as const) {
      const perSheet = facesPerSheet(picturesPerFace);
      for (let first = 0; first < chosen.length; first += perSheet) {
        const faces = await Promise.all(chosen.slice(first, first + perSheet).map((look) => sheetFace(look, picturesPerFace === 2)));
        const file = join(OUT, 'looks', `${name}-${prefix}${strength}-${first / perSheet + 1}.png`);
        await writeWhole(file, await faceSheet(faces, side, enlarged));
      }
    }
  }
}

async function sheetFace({ source, withPaint }: Look, withOriginal: boolean): Promise<SheetFace> {
  const { faces, width, height } = withPaint.report;
  const pictures = await Promise.all([...(withOriginal ? [source.path] : []), withPaint.path].map((path) => decode(path)));
  return { name: source.id, box: subjectOf(faces, width, height)!.box, pictures };
}

async function main(): Promise<void> {
  const options = readOptions();
  requireData();
  const sources = await findSources(options);
  const engines = await Engines.of(await buildExtension());
  try {
    const looks = new Looks(engines, sources, options);
    for (const strength of options.strengths) await looks.measure(strength);
    if (options.strengths.length) await looks.control();
  } finally {
    await engines.close();
  }
  const table = looksReport(await looksResults.readAll());
  console.log(`\n${table}\n\nSheets: ${join(OUT, 'looks')}`);
  if (options.docs) await updateTable('docs/benchmarks.md', 'bench:looks', table);
}

main().catch((error: unknown) => {
  console.error(error); // not left to tf.js's wasm module, which prints all of itself before the error
  process.exitCode = 1;
});
