/** Damaged files of every format end cloaked and seen to be, unchanged, or held with a reason; and hurt no file that comes after them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { filesToDamage } from '../../bench/damagedFiles';
import type { Source } from '../../scripts/extension';
import { EnginePage, sample } from './harness';

/** Of refinement, as few as show that a face was cloaked. */
const STEPS = 1;
const options = { strength: 'standard', selfCheck: false, metadata: 'all' };
/** A cut and flips; `npm run bench:fuzz` takes many more. */
const seeds = [0, 1, 2, 3, 4, 6];

const files = (await filesToDamage(sample('portrait-2.jpg'))) as Exclude<Source, string>[];

let page: EnginePage;
beforeAll(async () => {
  page = await EnginePage.open({ steps: STEPS });
});
afterAll(() => page?.close());

it.each(files)('$name', async (file) => {
  const whole = await page.runOn('cloak', file, { options });
  expect(whole).toMatchObject({ error: null, report: { outcome: 'cloaked', verified: true } });
  const outcomes = await page.runOn('cloakDamaged', file, { seeds, options });
  expect(outcomes.map(({ seed }) => seed)).toEqual(seeds);
  for (const { seed, outcome } of outcomes) expect(outcome, `seed ${seed}`).toMatch(/^(cloaked|no-face|not-an-image|held: \w+)$/);
  expect(await page.runOn('cloak', file, { options })).toEqual({ ...whole, report: { ...whole.report, ms: expect.anything() as unknown } });
});
