/** What `bench:looks` tells of one strength, and its tables. */
import { strengths } from '../src/shared/strengths';
import { CONTROL, type LooksResult, type PictureLooks } from './looksResult';
import { fixed, markdownTable, mean, quantile, share } from './table';

/** Below this the estimator is not sure of an expression, and says another one for next to nothing. */
const SURE = 0.6;

export class LooksFigures {
  private readonly pictures: readonly PictureLooks[];

  /** @param kind of the pictures; all where not given */
  constructor(
    readonly result: LooksResult,
    kind?: PictureLooks['kind'],
  ) {
    this.pictures = result.pictures.filter((picture) => !kind || picture.kind === kind);
  }

  get count(): number {
    return this.pictures.length;
  }

  paint(key: keyof NonNullable<PictureLooks['paint']>): number {
    return mean(this.pictures.flatMap(({ paint }) => paint?.[key] ?? []));
  }

  /** Mean over faces. */
  warp(key: 'distance' | 'strain'): number {
    return mean(this.pictures.flatMap(({ warps }) => warps.map((warp) => warp[key])));
  }

  /** Added to what is there, levels. */
  asymmetry(): number {
    return mean(this.pictures.map(({ asymmetry: { before, after } }) => after - before));
  }

  /** Absolute, years. */
  ageChange(rank: number): number {
    return quantile(this.pictures.map(({ estimate: { before, after } }) => Math.abs(after.age - before.age)), rank);
  }

  sexChanges(): number {
    return mean(this.pictures.map(({ estimate: { before, after } }) => Number(before.sex !== after.sex)));
  }

  expressionChanges(pictures = this.pictures): number {
    return mean(pictures.map(({ estimate: { before, after } }) => Number(before.expression !== after.expression)));
  }

  /** Only where the estimator was sure of the clean face's expression: how often it changes, and of how many. */
  sureExpressionChanges(): { share: number; count: number } {
    const sure = this.pictures.filter(({ estimate: { before } }) => before.confidence > SURE);
    return { share: this.expressionChanges(sure), count: sure.length };
  }
}

const KINDS: Record<PictureLooks['kind'], string> = { portrait: 'portraits', lfw: 'LFW photos' };
const HEAD = [
  '',
  'paint: Butteraugli 3-norm',
  'paint: PSNR, dB',
  'warp: distance, px',
  'warp: strain',
  'asymmetry added, levels',
  'age changes by, median / 90%, years',
  'sex changes',
  'expression changes',
  `where it was over ${SURE} sure`,
];

function row(label: string, of: LooksFigures): string[] {
  const { share: sureShare, count } = of.sureExpressionChanges();
  return [
    label,
    fixed(of.paint('butteraugli3Norm'), 2),
    fixed(of.paint('psnr'), 1),
    fixed(of.warp('distance'), 1),
    fixed(of.warp('strain'), 3),
    fixed(of.asymmetry(), 2),
    `${fixed(of.ageChange(0.5), 1)} / ${fixed(of.ageChange(0.9), 1)}`,
    share(of.sexChanges()),
    share(of.expressionChanges()),
    count ? `${share(sureShare)} of ${count}` : '–',
  ];
}

/** A row a strength and kind of picture. */
export function looksReport(results: readonly LooksResult[]): string {
  const shown = [CONTROL, ...strengths].flatMap((name) => results.find((result) => result.name === name) ?? []);
  const rows = (Object.keys(KINDS) as PictureLooks['kind'][]).flatMap((kind) =>
    shown.flatMap((result) => {
      const of = new LooksFigures(result, kind);
      const name = result.name === CONTROL ? CONTROL : `**${result.name}**`;
      return of.count ? [row(`${of.count} ${KINDS[kind]}, ${name}`, of)] : [];
    }),
  );
  const engines = shown.filter(({ name }) => name !== CONTROL).map(({ name, revision, uncloaked }) => `${name} at ${revision}, ${uncloaked} pictures without a face found`);
  return `${markdownTable(HEAD, rows)}\n\nEngine: ${engines.join('; ')}.`;
}
