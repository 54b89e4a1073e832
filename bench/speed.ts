/**
 * `npm run bench:speed [-- --runs N] [--dist DIR] [--only PATTERN] [--docs]`: how long a picture is held, against decoding it and encoding it by the browser
 * alone in the same run, in turns; medians. Then what the first pick of a session pays (with `dist-demo`: `npm run build:demo` first). Prints a table, and the ratios as one line of JSON;
 * `--docs` writes the table into docs/benchmarks.md.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openBrowser } from '../test/e2e/support/browser';
import { startDemoSite } from '../test/sites/demo-site';
import { buildExtension, openExtension, type Extension, type Source } from '../scripts/extension';
import type { CloakReport } from '../src/engine/types';
import { count } from './options';
import { progress } from './progress';
import { pick } from './pick';
import { photoOf } from './scenery';
import { fixed, markdownTable, quantile, updateTable } from './table';

const { values: options } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, dist: { type: 'string' }, only: { type: 'string', default: '' }, docs: { type: 'boolean', default: false } },
});
const runs = count('runs', options.runs, 1);
const only = new RegExp(options.only);

const STAGES = ['decode', 'detect', 'network', 'refine', 'selfCheck', 'encode', 'verify'] as const;

interface Row {
  name: string;
  key: string;
  file: () => Promise<Buffer>;
}

const portrait = (): Promise<Buffer> => readFile(join(import.meta.dirname, '../samples/portrait.jpg'));
const all: Row[] = [
  { name: '2 megapixels, one face', key: '2mp-one-face', file: () => photoOf(2, 1) },
  { name: '12 megapixels, no face', key: '12mp-no-face', file: () => photoOf(12, 0) },
  { name: '12 megapixels, one face', key: '12mp-one-face', file: () => photoOf(12, 1) },
  { name: '12 megapixels, five faces', key: '12mp-five-faces', file: () => photoOf(12, 5) },
  { name: '12 megapixels, 20 faces', key: '12mp-20-faces', file: () => photoOf(12, 20) },
  { name: '48 megapixels, one face', key: '48mp-one-face', file: () => photoOf(48, 1) },
  { name: 'portrait', key: 'portrait', file: portrait },
];

const median = (values: readonly number[]): number => quantile(values, 0.5);

const dist = options.dist ?? (await buildExtension());

/** Decoded, drawn and encoded again as a page that makes its uploads smaller does it. */
function bare(extension: Extension, source: Source): Promise<number> {
  return extension.inClient(source, async (input) => {
    const file = input.files![0]!;
    const start = performance.now();
    const bitmap = await createImageBitmap(file);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d')!.drawImage(bitmap, 0, 0);
    bitmap.close();
    await canvas.convertToBlob({ type: file.type, quality: 0.9 });
    return performance.now() - start;
  });
}

interface Measured extends Row {
  bare: number;
  reports: CloakReport[];
}

async function measure(extension: Extension, row: Row): Promise<Measured> {
  const source = { name: 'photo.jpg', type: 'image/jpeg', bytes: await row.file() };
  const bares: number[] = [];
  const reports: CloakReport[] = [];
  await extension.report(source); // loads what is loaded when it is first needed
  for (let run = 0; run < runs; run += 1) {
    bares.push(await bare(extension, source));
    reports.push(await extension.report(source));
  }
  return { ...row, bare: median(bares), reports };
}

/** A person looks for the picture so long. */
const CHOOSING_MS = 3_000;

/** What the first choice of a session takes more than the next. */
async function firstPick(): Promise<number> {
  const site = await startDemoSite();
  const browser = await openBrowser();
  try {
    const page = await browser.open(`${site.url}/pages/attached-input.html`);
    await page.waitForTimeout(CHOOSING_MS);
    const path = join(import.meta.dirname, '../samples/portrait.jpg');
    const first = await pick(page, [path]);
    return first - (await pick(await browser.open(page.url()), [path]));
  } finally {
    await browser.close();
    await site.close();
  }
}

const rows = all.filter(({ key }) => only.test(key));
const extension = await openExtension({ dist });
const measured: Measured[] = [];
try {
  await progress('speed', rows.length, async (done) => {
    for (const row of rows) {
      measured.push(await measure(extension, row));
      done();
    }
  });
} finally {
  await extension.close();
}

const total = ({ reports }: Measured): number => median(reports.map(({ ms }) => ms.total));
const table = markdownTable(
  ['picture', 'faces', 'times bare', 'bare, ms', 'total, ms', ...STAGES],
  measured.map((row) => [
    row.name,
    String(row.reports[0]!.faces.length),
    fixed(total(row) / row.bare, 1),
    fixed(row.bare, 0),
    fixed(total(row), 0),
    ...STAGES.map((stage) => fixed(median(row.reports.map(({ ms }) => ms[stage] ?? NaN)), 0)),
  ]),
);
console.log(table);
const ratios: Record<string, number> = Object.fromEntries(measured.map((row) => [row.key, Number((total(row) / row.bare).toFixed(2))]));
if (only.test('first-pick')) {
  const extra: number[] = [];
  for (let run = 0; run < Math.min(3, runs); run += 1) extra.push(await firstPick());
  ratios['first-pick-extra-ms'] = Math.round(median(extra));
}
console.log(JSON.stringify({ ratios }));
if (options.docs) await updateTable(join(import.meta.dirname, '../docs/benchmarks.md'), 'bench:speed', table);
