/** What tables show of the judges' scores: the worst judge first, and the mean of all. */
import type { Fidelity } from './fidelity';
import type { Judged, PortraitsResult, Result } from './result';
import { mean } from './table';
import { TRANSFORMATIONS } from './transformations';

export type Metric = 'cosine' | 'verifies' | 'first';

/** Of one figure: the judge by whom the cloak does worst, and what it says. For every figure here, less is better. */
export interface Worst {
  judge: string;
  value: number;
}

export function worstOf(judged: Judged<number> | null): Worst | null {
  const [first, ...rest] = Object.entries(judged ?? {}).map(([judge, value]): Worst => ({ judge, value }));
  return first ? rest.reduce((worst, one) => (one.value > worst.value ? one : worst), first) : null;
}

export function meanOf(judged: Judged<number> | null): number | null {
  return judged ? mean(Object.values(judged)) : null;
}

/** The judges that are the worst: the one that is most often, and in which figures it is another. Worst ones by their figures' names. */
export function nameWorst(worst: Record<string, Worst | null>): string {
  const named = Object.entries(worst).flatMap(([figure, one]) => (one ? [{ figure, judge: one.judge }] : []));
  const times = (judge: string) => named.filter((one) => one.judge === judge).length;
  const [usual] = named.toSorted((a, b) => times(b.judge) - times(a.judge));
  if (!usual) return '–';
  const others = named.filter(({ judge }) => judge !== usual.judge).map(({ figure, judge }) => `${figure}: ${judge}`);
  return [usual.judge, ...others].join('; ');
}

/** Means over photos, by judge. */
function meansByJudge(judges: readonly string[], scores: readonly Judged<number>[]): Judged<number> | null {
  if (scores.length === 0) return null;
  return Object.fromEntries(judges.map((judge) => [judge, mean(scores.map((of) => of[judge]!))]));
}

/** Every figure of a contender on LFW that a table may show. */
export class Figures {
  readonly judges: string[];

  constructor(readonly result: Result) {
    this.judges = Object.keys(result.thresholds);
  }

  /** Null where the contender was not judged after this transformation. */
  byJudge(transformation: string, metric: Metric): Judged<number> | null {
    const judged = this.result.photos.flatMap(({ scores: { [transformation]: of } }) => (of ? [of] : []));
    return meansByJudge(this.judges, judged.map((of) => Object.fromEntries(this.judges.map((judge) => [judge, Number(of[judge]![metric])]))));
  }

  worst(transformation: string, metric: Metric): Worst | null {
    return worstOf(this.byJudge(transformation, metric));
  }

  mean(transformation: string, metric: Metric): number | null {
    return meanOf(this.byJudge(transformation, metric));
  }

  /** Of the photos that were judged after everything. */
  fewer(): Figures {
    const photos = this.result.photos.filter(({ scores }) => TRANSFORMATIONS.every(({ name }) => name in scores));
    return new Figures({ ...this.result, photos });
  }

  /** On the canonical crop; null for clean photos. */
  fidelity(key: keyof Fidelity): number | null {
    const values = this.result.photos.flatMap(({ crop }) => crop?.[key] ?? []);
    return values.length ? mean(values) : null;
  }

  bytes(): number | null {
    const ratios = this.result.photos.flatMap(({ bytes }) => (bytes ? bytes.after / bytes.before : []));
    return ratios.length ? mean(ratios) : null;
  }
}

/** The same on portraits. */
export class PortraitFigures {
  constructor(readonly result: PortraitsResult) {}

  /** Cosines; null where the contender was not judged after this transformation. */
  byJudge(transformation: string): Judged<number> | null {
    const scores = this.result.portraits.flatMap(({ cosines: { [transformation]: of } }) => (of ? [of] : []));
    return meansByJudge(Object.keys(scores[0] ?? {}), scores);
  }

  worst(transformation: string): Worst | null {
    return worstOf(this.byJudge(transformation));
  }

  mean(transformation: string): number | null {
    return meanOf(this.byJudge(transformation));
  }

  /** Share that the product's own check still knows; null where it was not asked. */
  recognised(): number | null {
    const asked = this.result.portraits.flatMap(({ recognised }) => (recognised === null ? [] : [Number(recognised)]));
    return asked.length ? mean(asked) : null;
  }

  steps(): number | null {
    const { kind, portraits } = this.result;
    return kind === 'clean' || portraits.length === 0 ? null : mean(portraits.map(({ steps }) => steps));
  }
}
