/** What was set as the goal before anything was measured, beside what was measured. */
import { isStrength, type Strength, strengths } from '../src/shared/strengths';
import { Figures, PortraitFigures } from './figures';
import { LooksFigures } from './looksFigures';
import type { LooksResult } from './looksResult';
import type { PortraitsResult, Result } from './result';
import { markdownTable, percent } from './table';
import { HALF, PROFILE, RAW } from './transformations';

/** Everything that the tables are made of. */
export interface Measured {
  photos: readonly Result[];
  portraits: readonly PortraitsResult[];
  looks: readonly LooksResult[];
}

/** Of one strength; null where it was not measured. */
interface Figured {
  photos: Figures | null;
  portraits: PortraitFigures | null;
  looks: LooksFigures | null;
}

/** All of them: at most. */
interface Goal {
  label: string;
  values: readonly [gentle: number, standard: number, strong: number];
  measure(of: Figured): number | null | undefined;
  show(value: number): string;
}

/** The strongest recogniser to be had: the judge that the goals on portraits name. */
const STRONGEST = 'espdl_mbf';

const digits = (count: number) => (value: number) => value.toFixed(count);
const whole = (share: number) => percent(share, 0);
const matches = (after: string, values: Goal['values']): Goal => ({
  label: `LFW, worst judge: still matches another photo, ${after}`,
  values,
  measure: ({ photos }) => photos?.worst(after, 'verifies')?.value,
  show: percent,
});
const portraitCosine = (after: string): Goal => ({
  label: `portraits, ${STRONGEST}: cosine, ${after}`,
  values: [0.42, 0.25, 0.14],
  measure: ({ portraits }) => portraits?.byJudge(after)?.[STRONGEST],
  show: digits(3),
});

const GOALS: readonly Goal[] = [
  portraitCosine(RAW),
  portraitCosine(PROFILE),
  matches(RAW, [0.3, 0.12, 0.03]),
  matches(PROFILE, [0.45, 0.2, 0.06]),
  matches(HALF, [0.5, 0.28, 0.1]),
  { label: 'LFW, worst judge: found first in the gallery', values: [0.4, 0.15, 0.05], measure: ({ photos }) => photos?.worst(RAW, 'first')?.value, show: percent },
  { label: 'portraits: own check still knows', values: [0.4, 0.1, 0.03], measure: ({ portraits }) => portraits?.recognised(), show: whole },
  { label: 'paint on the retouched picture: Butteraugli 3-norm', values: [0.8, 1.1, 1.3], measure: ({ looks }) => looks?.paint('butteraugli3Norm'), show: digits(2) },
  { label: 'warp: largest distance, px of the crop', values: [2.5, 4.7, 6], measure: ({ looks }) => looks?.warp('distance'), show: digits(1) },
  { label: 'estimated age changes by, median, years', values: [3, 5, 7], measure: ({ looks }) => looks?.ageChange(0.5), show: digits(1) },
  { label: 'estimated age changes by, 90th percentile, years', values: [8, 12, 16], measure: ({ looks }) => looks?.ageChange(0.9), show: digits(1) },
  { label: 'estimated sex changes', values: [0.05, 0.08, 0.12], measure: ({ looks }) => looks?.sexChanges(), show: percent },
  { label: 'estimated expression changes', values: [0.05, 0.08, 0.12], measure: ({ looks }) => looks?.expressionChanges(), show: percent },
  { label: 'refinement steps a face', values: [14, 14, 28], measure: ({ portraits }) => portraits?.steps(), show: digits(0) },
];

function figuredOf(strength: Strength, { photos, portraits, looks }: Measured): Figured {
  const cloaked = <T extends { kind: string; name: string }>(results: readonly T[]) => results.find(({ kind, name }) => kind === 'cloaked' && name === strength);
  const [photo, portrait, look] = [cloaked(photos), cloaked(portraits), looks.find(({ name }) => isStrength(name) && name === strength)];
  return {
    photos: photo ? new Figures(photo) : null,
    portraits: portrait ? new PortraitFigures(portrait) : null,
    looks: look ? new LooksFigures(look) : null,
  };
}

/** Goal, measured, reached or not. */
export function targetReport(measured: Measured): string {
  const figured = strengths.map((strength) => figuredOf(strength, measured));
  const rows = GOALS.map(({ label, values, measure, show }) => [
    `${label}, at most`,
    ...figured.map((of, index) => {
      const goal = values[index]!;
      const value = measure(of);
      if (value === null || value === undefined || Number.isNaN(value)) return `${show(goal)}: not measured`;
      return `${show(goal)}: ${show(value)}, ${value <= goal ? 'reached' : '**not reached**'}`;
    }),
  ]);
  return `Goal: measured (means over photos, portraits or faces where nothing else is said).\n\n${markdownTable(['', ...strengths], rows)}`;
}
