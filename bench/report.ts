/** Tables of what was measured: short for the README, with targets for the model card, whole for docs/benchmarks.md. */
import { defaultStrength, type Strength, strengths } from '../src/shared/strengths';
import type { Fidelity } from './fidelity';
import { FALSE_ACCEPT_RATE } from './jury';
import type { Pairs, Result, Score } from './result';
import { markdownTable, mean, percent } from './table';
import { JPEG_75, PROFILE, RAW, TRANSFORMATIONS } from './transformations';

/** Every figure of a contender that a table may show: means over photos, and over judges where judges are asked. */
class Figures {
  readonly judges: string[];

  constructor(readonly result: Result) {
    this.judges = Object.keys(result.thresholds);
  }

  /** Null where the contender was not judged after this transformation. */
  score(transformation: string, judges = this.judges): { cosine: number; verifies: number; first: number } | null {
    const scores: Score[] = [];
    for (const { scores: of } of this.result.photos) {
      const judged = of[transformation];
      if (judged) scores.push(...judges.map((judge) => judged[judge]!));
    }
    if (scores.length === 0) return null;
    return {
      cosine: mean(scores.map(({ cosine }) => cosine)),
      verifies: mean(scores.map(({ verifies }) => verifies)),
      first: mean(scores.map(({ first }) => Number(first))),
    };
  }

  /** Of the photos that were judged after everything. */
  fewer(): Figures {
    const photos = this.result.photos.filter(({ scores }) => TRANSFORMATIONS.every(({ name }) => name in scores));
    return new Figures({ ...this.result, photos });
  }

  /** Null for clean photos. */
  fidelity(key: keyof Fidelity, of: 'crop' | 'whole' = 'crop'): number | null {
    const values = this.result.photos.flatMap((photo) => photo[of]?.[key] ?? []);
    return values.length ? mean(values) : null;
  }

  /** Of the canonical crops: a share `rank` of the photos lie below. */
  quantile(key: keyof Fidelity, rank: number): number | null {
    const values = this.result.photos.flatMap((photo) => photo.crop?.[key] ?? []).sort((a, b) => a - b);
    return values[Math.min(values.length - 1, Math.floor(rank * values.length))] ?? null;
  }

  bytes(): number | null {
    const ratios = this.result.photos.flatMap(({ bytes }) => (bytes ? bytes.after / bytes.before : []));
    return ratios.length ? mean(ratios) : null;
  }
}

const KINDS: Result['kind'][] = ['clean', 'cloaked', 'earlier', 'optimised', 'noise'];

function ordered(results: readonly Result[]): Figures[] {
  const place = ({ kind, name }: Result) => {
    const strength = strengths.findIndex((known) => name.endsWith(known));
    return KINDS.indexOf(kind) * 10 + Math.max(0, strength);
  };
  return results.toSorted((a, b) => place(a) - place(b)).map((result) => new Figures(result));
}

const fixed = (value: number | null | undefined, digits: number) => (value === null || value === undefined ? '–' : value.toFixed(digits));
const share = (value: number | null | undefined) => (value === null || value === undefined ? '–' : percent(value));

function head(figures: readonly Figures[]): string {
  const [clean] = figures;
  const people = clean?.result.photos.length ?? 0;
  return `${people} photos of ${people} held-out people; means over ${clean?.judges.length ?? 0} recognisers that training never saw, each at its own threshold at a false accept rate of ${FALSE_ACCEPT_RATE}.`;
}

function label({ result }: Figures, people: number): string {
  const name = result.kind === 'optimised' ? 'optimised picture by picture, 40 steps' : result.name;
  const fewer = result.photos.length === people ? '' : ` (${result.photos.length} people)`;
  return (result.kind === 'cloaked' ? `**${name}**` : name) + fewer;
}

/** One row a strength, between the clean photos and noise. */
export function shortReport(results: readonly Result[]): string {
  const figures = ordered(results);
  const shown = figures.filter(({ result }) => ['clean', 'cloaked'].includes(result.kind) || result.name.endsWith(defaultStrength));
  return `${head(figures)}\n\n${mainTable(shown)}\n\n${LEGEND}`;
}

const LEGEND = [
  'Cosine: between the clean photo and this one; two clean photos of one person score about .63, of two people about .01. *Still matches*: share of the',
  "person's other, clean photos that score over the threshold. *Found first*: the nearest of 600 people's clean photos is the same person's. Lower is better.",
].join('\n');

function mainTable(figures: readonly Figures[]): string {
  const people = figures[0]?.result.photos.length ?? 0;
  const rows = figures.map((of) => {
    const raw = of.score(RAW);
    return [
      label(of, people),
      fixed(of.fidelity('butteraugli3Norm'), 2),
      fixed(of.fidelity('psnr'), 1),
      fixed(raw?.cosine, 2),
      share(raw?.verifies),
      share(raw?.first),
      fixed(of.score(JPEG_75)?.cosine, 2),
      fixed(of.score(PROFILE)?.cosine, 2),
    ];
  });
  const columns = ['', 'Butteraugli 3-norm', 'PSNR, dB', 'cosine', 'still matches', 'found first', 'cosine after JPEG 75', `cosine after ${PROFILE}`];
  return markdownTable(columns, rows);
}

/** What was set as the goal before anything was measured, in the order of `strengths`. */
interface Target {
  label: string;
  bound: 'at most' | 'at least';
  values: readonly [gentle: number, standard: number, strong: number, maximum: number];
  measure(figures: Figures): number | null;
  show(value: number): string;
}

const digits = (count: number) => (value: number) => value.toFixed(count);

const TARGETS: readonly Target[] = [
  { label: 'Butteraugli 3-norm', bound: 'at most', values: [2, 2.5, 3.2, 2.5], measure: (of) => of.fidelity('butteraugli3Norm'), show: digits(2) },
  { label: 'Butteraugli max', bound: 'at most', values: [5, 6, 8, 6], measure: (of) => of.fidelity('butteraugliMax'), show: digits(2) },
  { label: 'PSNR, dB', bound: 'at least', values: [41.3, 38, 36, 38], measure: (of) => of.fidelity('psnr'), show: digits(2) },
  { label: 'SSIM', bound: 'at least', values: [0.986, 0.975, 0.96, 0.975], measure: (of) => of.fidelity('ssim'), show: digits(4) },
  { label: 'largest residual, of 255', bound: 'at most', values: [8, 12, 16, 12], measure: (of) => of.fidelity('largestResidual'), show: digits(1) },
  { label: 'cosine', bound: 'at most', values: [0.5, 0.35, 0.12, 0.25], measure: (of) => of.score(RAW)?.cosine ?? null, show: digits(3) },
  { label: 'still matches another photo', bound: 'at most', values: [0.5, 0.25, 0.05, 0.12], measure: (of) => of.score(RAW)?.verifies ?? null, show: percent },
  { label: 'found first in the gallery', bound: 'at most', values: [0.5, 0.3, 0.08, 0.15], measure: (of) => of.score(RAW)?.first ?? null, show: percent },
  { label: 'cosine after JPEG 75', bound: 'at most', values: [0.55, 0.42, 0.2, 0.35], measure: (of) => of.score(JPEG_75)?.cosine ?? null, show: digits(3) },
  { label: `cosine after ${PROFILE}`, bound: 'at most', values: [0.6, 0.5, 0.28, 0.42], measure: (of) => of.score(PROFILE)?.cosine ?? null, show: digits(3) },
];

/** Target, measured, reached or not. */
export function targetReport(results: readonly Result[]): string {
  const figures = (strength: Strength) => ordered(results).find(({ result }) => result.kind === 'cloaked' && result.name === strength);
  const measured = strengths.map(figures);
  const rows = TARGETS.map(({ label, bound, values, measure, show }) => [
    `${label}, ${bound}`,
    ...measured.map((of, index) => {
      const target = values[index]!;
      const value = of ? measure(of) : null;
      if (value === null) return `${show(target)}: not measured`;
      const reached = bound === 'at most' ? value <= target : value >= target;
      return `${show(target)}: ${show(value)}, ${reached ? 'reached' : '**not reached**'}`;
    }),
  ]);
  return `Goal: measured (means over photos, fidelity on the canonical crop at 256 × 256).\n\n${markdownTable(['', ...strengths], rows)}`;
}

const triple = (score: ReturnType<Figures['score']>) =>
  score ? `${score.cosine.toFixed(3)} / ${percent(score.verifies)} / ${percent(score.first)}` : '–';

function transformationTable(figures: readonly Figures[]): string {
  const shown = figures.filter(({ result }) => result.kind !== 'noise').map((of) => of.fewer());
  const people = shown[0]?.result.photos.length ?? 0;
  const rows = TRANSFORMATIONS.map(({ name, by }) => [
    by === 'cleaning' ? `*${name}*` : name,
    ...shown.map((of) => triple(of.score(name))),
  ]);
  return `The first ${people} people. Cosine / still matches / found first.\n\n${markdownTable(['after', ...shown.map((of) => label(of, people))], rows)}`;
}

function judgeTable(figures: readonly Figures[], people: number): string {
  const judges = figures[0]?.judges ?? [];
  const rows = figures.flatMap((of) =>
    [RAW, JPEG_75, PROFILE].map((name) => [label(of, people), name, ...judges.map((judge) => triple(of.score(name, [judge])))]),
  );
  const thresholds = figures[0]?.result.thresholds ?? {};
  return markdownTable(['', 'after', ...judges.map((judge) => `${judge} (threshold ${fixed(thresholds[judge], 3)})`)], rows);
}

function pairsTable(figures: readonly Figures[], people: number): string {
  const average = (pairs: Record<string, Pairs> | undefined) => {
    const of = Object.values(pairs ?? {});
    return [
      String(of[0]?.count ?? 0),
      fixed(mean(of.map(({ meanCosine }) => meanCosine)), 3),
      percent(mean(of.map(({ match }) => match)), 2),
    ];
  };
  const rows = figures
    .filter(({ result }) => result.samePerson)
    .map((of) => [label(of, people), ...average(of.result.samePerson), ...average(of.result.differentPeople)]);
  const columns = ['both photos', 'pairs of one person', 'cosine', 'match', 'pairs of two people', 'cosine', 'match'];
  return markdownTable(columns, rows);
}

function fidelityTable(figures: readonly Figures[], of: 'crop' | 'whole', people: number): string {
  const rows = figures
    .filter((one) => one.fidelity('psnr', of) !== null)
    .map((one) => [
      label(one, people),
      fixed(one.fidelity('butteraugli3Norm', of), 2) + (of === 'crop' ? ` (${fixed(one.quantile('butteraugli3Norm', 0.95), 2)})` : ''),
      fixed(one.fidelity('butteraugliMax', of), 2) + (of === 'crop' ? ` (${fixed(one.quantile('butteraugliMax', 0.95), 2)})` : ''),
      fixed(one.fidelity('ssimulacra', of), 4),
      fixed(one.fidelity('psnr', of), 2),
      fixed(one.fidelity('ssim', of), 4),
      fixed(one.fidelity('largestResidual', of), 1) + (of === 'crop' ? ` (${fixed(one.quantile('largestResidual', 1), 0)})` : ''),
      ...(of === 'whole' ? [fixed(one.bytes(), 3)] : []),
    ]);
  const columns = ['', 'Butteraugli 3-norm', 'Butteraugli max', 'SSIMULACRA', 'PSNR, dB', 'SSIM', 'largest residual, of 255'];
  return markdownTable([...columns, ...(of === 'whole' ? ['bytes after/before'] : [])], rows);
}

function portraitTable(figures: readonly Figures[], people: number): string {
  const rows = figures.flatMap((of) => {
    const portraits = of.result.portraits ?? [];
    if (portraits.length === 0) return [];
    const average = (key: keyof Fidelity) => mean(portraits.map(({ whole }) => whole[key]));
    const outside = portraits.flatMap((portrait) => portrait.outside ?? []);
    return [
      [
        label(of, people),
        fixed(average('butteraugli3Norm'), 2),
        fixed(average('butteraugliMax'), 2),
        fixed(average('ssimulacra'), 4),
        fixed(average('psnr'), 2),
        fixed(average('ssim'), 4),
        fixed(mean(portraits.map(({ bytes }) => bytes.after / bytes.before)), 3),
        `${Math.max(0, ...outside.map(({ largest }) => largest))} (${percent(mean(outside.map((one) => one.share)), 0)} of the picture)`,
      ],
    ];
  });
  const columns = ['', 'Butteraugli 3-norm', 'Butteraugli max', 'SSIMULACRA', 'PSNR, dB', 'SSIM', 'bytes after/before', 'largest change outside the faces, as PNG'];
  return markdownTable(columns, rows);
}

function paperTable(figures: readonly Figures[]): string {
  const clean = figures.find(({ result }) => result.kind === 'clean');
  const shown = figures.filter(({ result }) => result.kind === 'cloaked');
  const cells = (of: (one: Figures) => string) => shown.map(of);
  const rows = [
    ['PSNR, dB', '41.31', ...cells((one) => fixed(one.fidelity('psnr'), 2))],
    ['SSIM', '.9864', ...cells((one) => fixed(one.fidelity('ssim'), 4))],
    ['LPIPS', '.0049', ...cells(() => 'not measured')],
    ['identified, clean', '.885', ...cells(() => fixed(clean?.score(RAW)?.first, 3))],
    ['identified, cloaked', '.565', ...cells((one) => fixed(one.score(RAW)?.first, 3))],
  ];
  return markdownTable(['', 'paper', ...shown.map(({ result }) => result.name)], rows);
}

/** Everything. */
export function fullReport(results: readonly Result[]): string {
  const figures = ordered(results);
  const people = figures[0]?.result.photos.length ?? 0;
  const cloaked = figures.filter(({ result }) => result.kind === 'cloaked' || result.kind === 'earlier');
  const measured = cloaked.map(({ result }) => `${result.name} at ${result.revision}, ${result.uncloaked} of ${result.photos.length} photos without a face found`);
  return [
    head(figures),
    mainTable(figures),
    `Engine: ${measured.join('; ')}.`,
    '### Goals',
    targetReport(results),
    '### After what websites do, and after attempts to clean (in italics)',
    transformationTable(figures),
    '![Cosine against JPEG quality](images/protection-jpeg.svg)',
    '### Every judge',
    'Cosine / still matches / found first.',
    judgeTable(figures, people),
    '![Scores against the threshold](images/protection-scores.svg)',
    '### Cloaked against cloaked',
    pairsTable(figures, people),
    '### Fidelity on the canonical crop at 256 × 256',
    'Means; in brackets the photo that 95% are better than, for the largest residual the worst photo.',
    fidelityTable(figures, 'crop', people),
    '![Cosine against PSNR](images/protection-psnr.svg)',
    '### Fidelity of the whole picture',
    `LFW, 250 × 250 pixels, most of which the face fills, the first ${figures.find(({ result }) => result.kind === 'cloaked')?.fewer().result.photos.length ?? 0} people:`,
    fidelityTable(figures, 'whole', people),
    'Eight portraits, 1024 × 1024 pixels:',
    portraitTable(figures, people),
    '### Beside the paper',
    paperTable(figures),
  ].join('\n\n');
}
