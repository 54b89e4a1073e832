/**
 * `npm run bench:protection [-- --people N] [--docs]`: cloaks photos of LFW's held-out people through the built extension's engine and asks
 * recognisers that training never saw whether they still know the person.
 *
 * Every crop, clean or cloaked, is cut with the keypoints of the clean photo: a recogniser aligned as well as can be.
 * A photo in which the engine finds no face goes out uncloaked and counts as such.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import cliProgress from 'cli-progress';
import { canonicalBox, type Similarity, similarityTransform } from '../src/engine/align';
import type { CloakReport, DetectedFace } from '../src/engine/types';
import { buildExtension, openExtension, type Extension } from '../scripts/extension';
import { portraits, requireData, testPeople } from './data';
import { compare, type Fidelity } from './fidelity';
import { addNoise, noiseOfEqualButteraugli } from './noise';
import { crop, decode, jpeg, type Picture, raw, resize, type Transformation } from './picture';
import { type Embedding, Recogniser, cosine, thresholdAtFalseAcceptRate } from './recogniser';
import { contactSheet } from './sheet';
import { mean, updateTable } from './table';

const FALSE_ACCEPT_RATE = 1e-3;
const CROP_SIZE = 256;
/** `--docs` writes the tables here. */
const DOCUMENTS = ['README.md', 'docs/benchmarks.md', 'models/MODEL_CARD.md'];
const SAMPLE = 'samples/portrait.jpg';
const SHEET_PORTRAITS = ['female-10', 'female-26', 'female-50', 'female-97', 'male-10', 'male-26', 'male-63', 'male-92'];

interface Variant {
  name: string;
  transformation: Transformation;
  /** Pixels after it for one pixel before it. */
  scale: number;
}

const VARIANTS: Variant[] = [
  { name: 'raw', transformation: raw, scale: 1 },
  { name: 'JPEG 75', transformation: jpeg(75), scale: 1 },
  { name: 'half size', transformation: resize(0.5), scale: 0.5 },
];

interface Photo {
  person: string;
  path: string;
  picture: Picture;
  alignment: Similarity;
  found: boolean;
}

interface Subject {
  photo: Photo;
  clean: Picture;
  cloaked: Picture;
  report: CloakReport;
  noisy: Picture;
}

/** What one judge says of one kind of picture after one transformation. */
interface Verdict {
  picture: string;
  variant: string;
  judge: string;
  meanCosine: number;
  /** Share of the person's other clean photos that still match, averaged over the people. */
  verifies: number;
}

function progress(title: string, total: number): cliProgress.SingleBar {
  const bar = new cliProgress.SingleBar({ format: `${title} {bar} {value}/{total}`, noTTYOutput: false });
  bar.start(total, 0);
  return bar;
}

/** The face in the middle: LFW's photos are cut around their subject. */
function subjectOf(faces: DetectedFace[], width: number, height: number): DetectedFace | undefined {
  const distance = ({ box }: DetectedFace) => Math.hypot(box.x + box.width / 2 - width / 2, box.y + box.height / 2 - height / 2);
  return faces.toSorted((a, b) => distance(a) - distance(b))[0];
}

async function findFaces(extension: Extension): Promise<Photo[]> {
  const all = testPeople().flatMap(({ name, photos }) => photos.map((path) => ({ person: name, path })));
  const bar = progress('faces   ', all.length);
  const photos: (Omit<Photo, 'alignment'> & { alignment: Similarity | null })[] = [];
  for (const { person, path } of all) {
    const { faces, width, height } = await extension.detect(path);
    const face = subjectOf(faces, width, height);
    const picture = await decode(path);
    photos.push({ person, path, picture, found: Boolean(face), alignment: face ? similarityTransform(face.keypoints) : null });
    bar.increment();
  }
  bar.stop();
  const usual = meanAlignment(photos.flatMap(({ alignment }) => alignment ?? []));
  return photos.map((photo) => ({ ...photo, alignment: photo.alignment ?? usual }));
}

/** LFW's photos are aligned already, so that where no face is found the mean of all is near. */
function meanAlignment(alignments: Similarity[]): Similarity {
  const of = (key: keyof Similarity) => mean(alignments.map((alignment) => alignment[key]));
  return { a: of('a'), b: of('b'), tx: of('tx'), ty: of('ty') };
}

async function cloakAll(extension: Extension, photos: Photo[]): Promise<Subject[]> {
  const bar = progress('cloaking', photos.length);
  const subjects: Subject[] = [];
  for (const photo of photos) {
    const { bytes, report } = await extension.cloak(photo.path);
    const cloaked = await decode(bytes);
    subjects.push({ photo, clean: photo.picture, cloaked, report, noisy: photo.picture });
    bar.increment();
  }
  bar.stop();
  return subjects;
}

async function measureFidelity(subjects: Subject[]): Promise<{ cloaked: Fidelity[]; noise: Fidelity[] }> {
  const bar = progress('fidelity', subjects.length);
  const fidelity: { cloaked: Fidelity[]; noise: Fidelity[] } = { cloaked: [], noise: [] };
  for (const [index, subject] of subjects.entries()) {
    const cut = (picture: Picture) => crop(picture, subject.photo.alignment, canonicalBox, CROP_SIZE);
    const before = cut(subject.clean);
    const after = await compare(before, cut(subject.cloaked));
    const amplitude = await noiseOfEqualButteraugli(subject.clean, cut, after.butteraugli3Norm, index);
    subject.noisy = addNoise(subject.clean, amplitude, index);
    fidelity.cloaked.push(after);
    fidelity.noise.push(await compare(before, cut(subject.noisy)));
    bar.increment();
  }
  bar.stop();
  return fidelity;
}

function byPerson(photos: Photo[]): Map<string, Photo[]> {
  const people = new Map<string, Photo[]>();
  for (const photo of photos) people.set(photo.person, [...(people.get(photo.person) ?? []), photo]);
  return people;
}

function scaled({ a, b, tx, ty }: Similarity, scale: number): Similarity {
  return { a: a * scale, b: b * scale, tx: tx * scale, ty: ty * scale };
}

/** Share of the person's other clean photos that the judge takes for the same person as `probe`. */
function verificationRate(probe: Embedding, others: Embedding[], threshold: number): number {
  return others.filter((other) => cosine(probe, other) >= threshold).length / others.length;
}

async function judge(recogniser: Recogniser, photos: Photo[], subjects: Subject[]): Promise<{ threshold: number; verdicts: Verdict[] }> {
  const bar = progress(recogniser.id.padEnd(16), photos.length + subjects.length * VARIANTS.length * 3);
  const clean = new Map<Photo, Embedding>();
  for (const photo of photos) {
    clean.set(photo, await recogniser.embed(photo.picture, photo.alignment));
    bar.increment();
  }
  const people = byPerson(photos);
  const embeddings = [...people.values()].map((group) => group.flatMap((photo) => clean.get(photo) ?? []));
  const threshold = thresholdAtFalseAcceptRate(embeddings, FALSE_ACCEPT_RATE);
  const verdicts: Verdict[] = [];
  for (const { name, transformation, scale } of VARIANTS) {
    for (const picture of ['clean', 'noisy', 'cloaked'] as const) {
      const cosines: number[] = [];
      const rates: number[] = [];
      for (const subject of subjects) {
        const { photo } = subject;
        const probe = await recogniser.embed(await transformation(subject[picture]), scaled(photo.alignment, scale));
        const others = (people.get(photo.person) ?? []).filter((other) => other !== photo).flatMap((other) => clean.get(other) ?? []);
        cosines.push(cosine(probe, clean.get(photo) ?? probe));
        rates.push(verificationRate(probe, others, threshold));
        bar.increment();
      }
      verdicts.push({ picture, variant: name, judge: recogniser.id, meanCosine: mean(cosines), verifies: mean(rates) });
    }
  }
  bar.stop();
  return { threshold, verdicts };
}

function protectionTable(verdicts: Verdict[], judges: Recogniser[]): string {
  const rows = ['clean', 'noisy', 'cloaked'].flatMap((picture) =>
    VARIANTS.map(({ name }) => {
      const cells = judges.map(({ id }) => verdicts.find((v) => v.picture === picture && v.variant === name && v.judge === id));
      const text = cells.map((cell) => `${cell?.meanCosine.toFixed(3)} / ${((cell?.verifies ?? 0) * 100).toFixed(1)}%`);
      const average = `**${mean(cells.map((c) => c?.meanCosine ?? 1)).toFixed(3)} / ${(mean(cells.map((c) => c?.verifies ?? 1)) * 100).toFixed(1)}%**`;
      return `| ${picture} | ${name} | ${text.join(' | ')} | ${average} |`;
    }),
  );
  const head = `| picture | after | ${judges.map(({ id }) => id).join(' | ')} | mean |\n|---|---|${'---|'.repeat(judges.length + 1)}`;
  return [head, ...rows].join('\n');
}

function fidelityTable(fidelity: Record<string, Fidelity[]>): string {
  const rows = Object.entries(fidelity).map(([name, values]) => {
    const of = (key: keyof Fidelity, digits: number) => mean(values.map((value) => value[key])).toFixed(digits);
    return `| ${name} | ${of('butteraugli3Norm', 2)} | ${of('butteraugliMax', 2)} | ${of('psnr', 2)} | ${of('ssim', 4)} | ${of('largestResidual', 1)} |`;
  });
  return ['| picture | Butteraugli 3-norm | Butteraugli max | PSNR, dB | SSIM | largest residual, of 255 |', '|---|---|---|---|---|---|', ...rows].join('\n');
}

async function writeContactSheet(extension: Extension, paths: string[], out: string): Promise<void> {
  const rows = [];
  for (const path of paths) {
    const { bytes, report } = await extension.cloak(path);
    rows.push({ before: await readFile(path), after: bytes, report });
  }
  await writeFile(out, await contactSheet(rows));
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { people: { type: 'string', default: '300' }, docs: { type: 'boolean', default: false } } });
  requireData();
  const out = 'out/bench';
  await mkdir(out, { recursive: true });
  const extension = await openExtension({ dist: await buildExtension() });
  try {
    const photos = await findFaces(extension);
    const groups = [...byPerson(photos).values()].filter((group) => group.length > 1);
    const chosen = groups.slice(0, Number(values.people)).flatMap((group) => group.slice(0, 1));
    const subjects = await cloakAll(extension, chosen);
    const shown = portraits().filter((path) => SHEET_PORTRAITS.includes(basename(path, '.jpg')));
    await writeContactSheet(extension, shown, join(out, 'portraits.jpg'));
    if (values.docs) await writeContactSheet(extension, [SAMPLE], 'docs/images/before-after.jpg');
    await extension.close();

    const fidelity = await measureFidelity(subjects);
    const judges = await Recogniser.loadAll('judge');
    const judged = [];
    for (const recogniser of judges) judged.push({ id: recogniser.id, name: recogniser.name, ...(await judge(recogniser, photos, subjects)) });

    const uncloaked = subjects.filter(({ report }) => report.outcome !== 'cloaked').length;
    const head = `${subjects.length} photos of ${subjects.length} held-out people (${uncloaked} in which no face was found), mean cosine to the clean photo / share of the person's other clean photos that still match at FAR ${FALSE_ACCEPT_RATE}.`;
    const tables = [head, protectionTable(judged.flatMap(({ verdicts }) => verdicts), judges), fidelityTable(fidelity)].join('\n\n');
    console.log(`\n${tables}\n`);
    const thresholds = Object.fromEntries(judged.map(({ id, threshold }) => [id, threshold]));
    console.log(`thresholds: ${JSON.stringify(thresholds)}`);
    await writeFile(
      join(out, 'protection.json'),
      JSON.stringify({ photos: subjects.length, uncloaked, judged, fidelity, reports: subjects.map(({ report }) => report) }, null, 1),
    );
    if (values.docs) for (const file of DOCUMENTS) await updateTable(file, 'bench:protection', tables);
  } finally {
    await extension.close();
  }
}

await main();
