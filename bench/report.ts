/** Tables of what `bench:protection` measured: short for README and model card, whole for docs/benchmarks.md. */
import { defaultStrength, isStrength, strengths } from '../src/shared/strengths';
import { Figures, type Metric, meanOf, nameWorst, PortraitFigures, worstOf } from './figures';
import { type Measured, targetReport } from './goals';
import { FALSE_ACCEPT_RATE } from './jury';
import type { Outside } from './fidelity';
import type { Kind, Pairs } from './result';
import { fixed, markdownTable, mean, percent, quantile, share } from './table';
import { HALF, PROFILE, RAW, REALIGNED, TRANSFORMATIONS } from './transformations';

const KINDS: Kind[] = ['clean', 'cloaked', 'paint', 'earlier', 'optimised', 'noise'];
/** What the README and the goals are about. */
const MAIN = [RAW, PROFILE, HALF];
/** The paper's, of crops of 256 x 256 as its network gives them. */
const PAPER = { psnr: 41.31, ssim: 0.9864 };

/** By kind, then strength. What was measured of strengths that are no more is left out. */
function ordered<T extends { kind: Kind; name: string }>(results: readonly T[]): T[] {
  const place = ({ kind, name }: T) => KINDS.indexOf(kind) * 10 + Math.max(0, strengths.findIndex((known) => name.endsWith(known)));
  return results.filter(({ kind, name }) => kind !== 'cloaked' || isStrength(name)).toSorted((a, b) => place(a) - place(b));
}

const figuresOf = ({ photos }: Measured) => ordered(photos).map((result) => new Figures(result));
const portraitsOf = ({ portraits }: Measured) => ordered(portraits).map((result) => new PortraitFigures(result));

function nameOf({ kind, name }: { kind: Kind; name: string }): string {
  if (kind === 'cloaked') return `**${name}**`;
  return kind === 'optimised' ? 'paint optimised picture by picture, 40 steps' : name;
}

function label({ result }: Figures, people: number): string {
  return nameOf(result) + (result.photos.length === people ? '' : ` (${result.photos.length} people)`);
}

/** Says how far the paint is from the clean photo: only where nothing else was done to it can that be compared with the paper. */
function labelWithPaper(of: Figures, people: number): string {
  if (of.result.kind !== 'paint') return label(of, people);
  return `${label(of, people)}: the paper's way, at \`gentle\` (PSNR ${fixed(of.fidelity('psnr'), 2)} dB, SSIM ${fixed(of.fidelity('ssim'), 4)}; the paper's: ${PAPER.psnr}, ${PAPER.ssim})`;
}

/** For README and model card: the strengths between the clean photos and noise, then portraits. */
export function shortReport(measured: Measured): string {
  const figures = figuresOf(measured);
  const shown = figures.filter(({ result }) => ['clean', 'cloaked', 'paint'].includes(result.kind) || result.name.endsWith(defaultStrength));
  const portraits = portraitsOf(measured).filter(({ result }) => ['clean', 'cloaked'].includes(result.kind));
  return [head(figures), mainTable(shown), portraitHead(portraits), portraitTable(portraits), LEGEND].join('\n\n');
}

/** Of 100 people, those whom the worst judge still matches as uploaded; null where one of the strengths was not measured. */
export function stillMatched(measured: Measured): { standard: number; strong: number } | null {
  const cloaked = figuresOf(measured).filter(({ result }) => result.kind === 'cloaked');
  const [standard, strong] = ['standard', 'strong'].map((name) => cloaked.find(({ result }) => result.name === name)?.worst(RAW, 'verifies')?.value);
  if (standard === undefined || strong === undefined) return null;
  return { standard: Math.round(100 * standard), strong: Math.round(100 * strong) };
}

function head(figures: readonly Figures[]): string {
  const [clean] = figures;
  const people = clean?.result.photos.length ?? 0;
  return `${people} photos of ${people} held-out people, faces of about 90 pixels, before ${clean?.judges.length ?? 0} recognisers that training never saw, each at its own threshold at a false accept rate of ${FALSE_ACCEPT_RATE}: **the worst judge first**, figure by figure, then the mean of all.`;
}

function portraitHead(portraits: readonly PortraitFigures[]): string {
  return `${portraits[0]?.result.portraits.length ?? 0} portraits of 1024 × 1024 pixels, what people post; cosine to the clean portrait:`;
}

const LEGEND = [
  `Three figures in one cell: as uploaded / after a ${PROFILE} / after half the size with JPEG 75. Cosine: between the clean photo and this one; two clean photos of one`,
  "person score about .6, of two people about 0. *Still matches*: share of the person's other, clean photos that score over the threshold. *Found first*: the nearest of 600",
  "people's clean photos is the same person's. *Own check*: the recogniser that the extension itself asks. Lower is better.",
].join('\n');

const slashed = (values: readonly (string | null)[]) => values.map((value) => value ?? '–').join(' / ');

function mainTable(figures: readonly Figures[]): string {
  const people = figures[0]?.result.photos.length ?? 0;
  const rows = figures.map((of) => {
    const [cosine, first] = [of.worst(RAW, 'cosine'), of.worst(RAW, 'first')];
    const matches = MAIN.map((name) => of.worst(name, 'verifies'));
    const worst = { cosine, ...Object.fromEntries(MAIN.map((name, index) => [`still matches, ${name}`, matches[index]!])), 'found first': first };
    return [
      labelWithPaper(of, people),
      of.result.kind === 'clean' ? '–' : nameWorst(worst),
      fixed(cosine?.value, 2),
      slashed(matches.map((one) => share(one?.value))),
      share(first?.value),
      fixed(of.mean(RAW, 'cosine'), 2),
      slashed(MAIN.map((name) => share(of.mean(name, 'verifies')))),
      share(of.mean(RAW, 'first')),
    ];
  });
  return markdownTable(['', 'worst judge', 'cosine', 'still matches', 'found first', 'mean of all: cosine', 'still matches', 'found first'], rows);
}

function portraitTable(portraits: readonly PortraitFigures[]): string {
  const rows = portraits.map((of) => [
    nameOf(of.result),
    of.result.kind === 'clean' ? '–' : nameWorst(Object.fromEntries(MAIN.map((name) => [name, of.worst(name)]))),
    slashed(MAIN.map((name) => fixed(of.worst(name)?.value, 2))),
    slashed(MAIN.map((name) => fixed(of.mean(name), 2))),
    share(of.recognised(), 0),
  ]);
  return markdownTable(['', 'worst judge', 'cosine', 'mean of all: cosine', 'own check still knows'], rows);
}

function portraitJudgeTable(portraits: readonly PortraitFigures[]): string {
  const judges = Object.keys(portraits[0]?.byJudge(RAW) ?? {});
  const rows = portraits.flatMap((of) =>
    [RAW, REALIGNED.name, PROFILE, HALF].flatMap((name) => {
      const judged = of.byJudge(name);
      return judged ? [[nameOf(of.result), name, fixed(worstOf(judged)?.value, 3), fixed(meanOf(judged), 3), ...judges.map((judge) => fixed(judged[judge], 3))]] : [];
    }),
  );
  return markdownTable(['', 'after', 'worst', 'mean', ...judges], rows);
}

const METRICS: readonly Metric[] = ['cosine', 'verifies', 'first'];

/** Cosine / still matches / found first. @param of null where it was not measured */
function triple(of: (metric: Metric) => number | null | undefined): string {
  const [cosine, verifies, first] = METRICS.map(of);
  return cosine === null || cosine === undefined ? '–' : `${cosine.toFixed(3)} / ${share(verifies)} / ${share(first)}`;
}

/** @param pick one figure of the judges' */
function transformationTable(figures: readonly Figures[], pick: (of: Figures, name: string, metric: Metric) => number | null | undefined): string {
  const shown = figures.filter(({ result }) => result.kind !== 'noise').map((of) => of.fewer());
  const people = shown[0]?.result.photos.length ?? 0;
  const [raw, ...others] = TRANSFORMATIONS;
  const rows = [raw!, REALIGNED, ...others].map(({ name, by }) => [
    by === 'cleaning' ? `*${name}*` : name,
    ...shown.map((of) => triple((metric) => pick(of, name, metric))),
  ]);
  return markdownTable(['after', ...shown.map((of) => label(of, people))], rows);
}

function judgeTable(figures: readonly Figures[], people: number): string {
  const judges = figures[0]?.judges ?? [];
  const rows = figures.flatMap((of) =>
    MAIN.map((name) => [
      label(of, people),
      name,
      triple((metric) => of.worst(name, metric)?.value),
      triple((metric) => of.mean(name, metric)),
      ...judges.map((judge) => triple((metric) => of.byJudge(name, metric)?.[judge])),
    ]),
  );
  const thresholds = figures[0]?.result.thresholds ?? {};
  return markdownTable(['', 'after', 'worst', 'mean', ...judges.map((judge) => `${judge} (threshold ${fixed(thresholds[judge], 3)})`)], rows);
}

function pairsTable(figures: readonly Figures[], people: number): string {
  const cells = (pairs: Record<string, Pairs> | undefined) => {
    const of = Object.values(pairs ?? {});
    const [cosines, matches] = [of.map(({ meanCosine }) => meanCosine), of.map(({ match }) => match)];
    return [String(of[0]?.count ?? 0), `${fixed(Math.max(...cosines), 3)} / ${percent(Math.max(...matches), 2)}`, `${fixed(mean(cosines), 3)} / ${percent(mean(matches), 2)}`];
  };
  const rows = figures
    .filter(({ result }) => result.samePerson && Object.values(result.samePerson).some(({ count }) => count > 0))
    .map((of) => [label(of, people), ...cells(of.result.samePerson), ...cells(of.result.differentPeople)]);
  return markdownTable(['both photos', 'pairs of one person', 'worst judge', 'mean', 'pairs of two people', 'worst judge', 'mean'], rows);
}

/** Only of what leaves every pixel in its place. */
function fidelityTable(figures: readonly Figures[], people: number): string {
  const rows = figures
    .filter(({ result }) => ['paint', 'noise', 'optimised'].includes(result.kind))
    .map((of) => [
      label(of, people),
      fixed(of.fidelity('butteraugli3Norm'), 2),
      fixed(of.fidelity('butteraugliMax'), 2),
      fixed(of.fidelity('ssimulacra'), 4),
      fixed(of.fidelity('psnr'), 2),
      fixed(of.fidelity('ssim'), 4),
      fixed(of.fidelity('largestResidual'), 1),
    ]);
  return markdownTable(['', 'Butteraugli 3-norm', 'Butteraugli max', 'SSIMULACRA', 'PSNR, dB', 'SSIM', 'largest residual, of 255'], rows);
}

function fileTable(figures: readonly Figures[], portraits: readonly PortraitFigures[]): string {
  const rows = portraits
    .filter(({ result }) => result.kind !== 'clean')
    .map(({ result }) => {
      const photos = figures.find((one) => one.result.name === result.name);
      const outside = result.portraits.flatMap((portrait) => portrait.outside ?? []);
      const ratios = result.portraits.map(({ bytes }) => bytes.after / bytes.before);
      return [nameOf(result), fixed(photos?.bytes(), 3), fixed(mean(ratios), 3), fixed(quantile(ratios, 1), 3), largestOutside(outside)];
    });
  return markdownTable(['', 'LFW: bytes after/before', 'portraits: bytes after/before', 'at most', 'largest change outside the faces, as PNG'], rows);
}

function largestOutside(outside: readonly Outside[]): string {
  if (outside.length === 0) return '–';
  return `${Math.max(...outside.map(({ largest }) => largest))} (${percent(mean(outside.map((one) => one.share)), 0)} of the pixels of ${outside.length} pictures)`;
}

function paperTable(figures: readonly Figures[]): string {
  const clean = figures.find(({ result }) => result.kind === 'clean');
  const shown = figures.filter(({ result }) => ['paint', 'cloaked'].includes(result.kind));
  const fidelity = (key: 'psnr' | 'ssim', digits: number) => shown.map((of) => (of.result.kind === 'paint' ? fixed(of.fidelity(key), digits) : 'says nothing of a bent face'));
  const firsts = (of: Figures | undefined) => `${fixed(of?.worst(RAW, 'first')?.value, 3)} / ${fixed(of?.mean(RAW, 'first'), 3)}`;
  const rows = [
    ['PSNR, dB', String(PAPER.psnr), ...fidelity('psnr', 2)],
    ['SSIM', String(PAPER.ssim), ...fidelity('ssim', 4)],
    ['LPIPS', '.0049', ...shown.map(() => 'not measured')],
    ['identified, clean', '.885', ...shown.map(() => firsts(clean))],
    ['identified, cloaked', '.565', ...shown.map(firsts)],
  ];
  return markdownTable(['', 'paper', ...shown.map(({ result }) => (result.kind === 'paint' ? `${result.name}, gentle` : result.name))], rows);
}

function engineLine(figures: readonly Figures[]): string {
  const made = figures.filter(({ result }) => ['cloaked', 'paint', 'earlier'].includes(result.kind));
  return `Engine: ${made.map(({ result }) => `${result.name} at ${result.revision}, ${result.uncloaked} of ${result.photos.length} photos without a face found`).join('; ')}.`;
}

/** Everything. */
export function fullReport(measured: Measured): string {
  const figures = figuresOf(measured);
  const portraits = portraitsOf(measured);
  const people = figures[0]?.result.photos.length ?? 0;
  const fewer = figures[0]?.fewer().result.photos.length ?? 0;
  return [
    head(figures),
    mainTable(figures),
    portraitHead(portraits),
    portraitTable(portraits),
    LEGEND,
    engineLine(figures),
    '### Goals',
    targetReport(measured),
    '### After what websites do, and after attempts to clean (in italics)',
    `The first ${fewer} people. Cosine / still matches / found first, by the worst judge of each figure:`,
    transformationTable(figures, (of, name, metric) => of.worst(name, metric)?.value),
    'The mean of all judges:',
    transformationTable(figures, (of, name, metric) => of.mean(name, metric)),
    '![Cosine against JPEG quality](images/protection-jpeg.svg)',
    '### Every judge',
    'LFW; cosine / still matches / found first:',
    judgeTable(figures, people),
    'Portraits; cosine:',
    portraitJudgeTable(portraits),
    '![Scores against the threshold](images/protection-scores.svg)',
    '### Cloaked against cloaked',
    'Cosine / match.',
    pairsTable(figures, people),
    '### Beside the paper',
    'Identified: by the worst judge / the mean of all.',
    paperTable(figures),
    'What leaves every pixel in its place, against the clean photo on the canonical crop at 256 × 256, means:',
    fidelityTable(figures, people),
    '### The files',
    fileTable(figures, portraits),
  ].join('\n\n');
}
