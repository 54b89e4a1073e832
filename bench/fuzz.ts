/**
 * `npm run bench:fuzz [-- --files 200] [--from 0] [--only PNG,GIF animated] [--docs]`: cuts off and flips bits of a small portrait in every
 * format, by seed, and counts what the engine makes of it. Whatever is neither cloaked and seen to be, nor handed on unchanged, nor held
 * with a reason is printed, and so is a whole file that does not come out as before after a damaged one; then it ends with 1.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Source } from '../scripts/extension';
import { EnginePage, sample } from '../test/engine/harness';
import { filesToDamage } from './damagedFiles';
import { count } from './options';
import { markdownTable, updateTable } from './table';

/** Damaged files between two looks at a whole one. */
const BATCH = 20;
/** Of refinement, as few as show that a face was cloaked. */
const STEPS = 1;
const options = { strength: 'standard', selfCheck: false, metadata: 'all' };

const { values } = parseArgs({ options: { files: { type: 'string', default: '200' }, from: { type: 'string', default: '0' }, only: { type: 'string' }, docs: { type: 'boolean', default: false } } });
const files = count('files', values.files, 1);
const from = count('from', values.from, 0);

const page = await EnginePage.open({ steps: STEPS });
/** @param whole what comes of the file that is not damaged */
async function outcomesOf(file: Exclude<Source, string>, whole: string): Promise<{ outcomes: string[]; faults: string[] }> {
  const [outcomes, faults]: string[][] = [[], []];
  for (let seed = from; seed < from + files; seed += BATCH) {
    const seeds = Array.from({ length: Math.min(BATCH, from + files - seed) }, (_, i) => seed + i);
    for (const { seed, outcome } of await page.runOn('cloakDamaged', file, { seeds, options })) {
      outcomes!.push(outcome);
      if (!/^(cloaked|no-face|not-an-image|held: \w+)$/.test(outcome)) faults!.push(`${file.name}, seed ${seed}: ${outcome}`);
    }
    if ((await bytesOf(file)) !== whole) faults!.push(`${file.name}: the whole file came out otherwise after seeds ${seeds[0]} to ${seeds.at(-1)}`);
  }
  return { outcomes: outcomes!, faults: faults! };
}

async function bytesOf(file: Source): Promise<string> {
  const { base64, error } = await page.runOn('cloak', file, { options });
  return base64 ?? `${error?.name}: ${error?.message}`;
}

const HELD = /^held: (?!unverified)/;
const columns: [title: string, counts: (outcome: string) => boolean][] = [
  ['cloaked, and seen to be', (outcome) => outcome === 'cloaked'],
  ['no face is seen', (outcome) => outcome === 'no-face'],
  ['no picture', (outcome) => outcome === 'not-an-image'],
  ['held as damaged or not readable', (outcome) => HELD.test(outcome)],
  ['held because the cloak was not seen', (outcome) => outcome === 'held: unverified'],
];

try {
  const rows: string[][] = [];
  const all = (await filesToDamage(sample('portrait-2.jpg'))) as Exclude<Source, string>[];
  for (const file of all.filter(({ name }) => !values.only || values.only.split(',').includes(name))) {
    const { outcomes, faults } = await outcomesOf(file, await bytesOf(file));
    rows.push([file.name, ...columns.map(([, counts]) => String(outcomes.filter(counts).length)), String(faults.length)]);
    console.log(rows.at(-1)!.join(' | '));
    for (const fault of faults) console.error(fault);
    if (faults.length) process.exitCode = 1;
  }
  const table = markdownTable([`of ${files} damaged files`, ...columns.map(([title]) => title), 'anything else'], rows);
  if (values.docs && !values.only) await updateTable(join(import.meta.dirname, '../docs/benchmarks.md'), 'bench:fuzz', table);
} finally {
  await page.close();
}
