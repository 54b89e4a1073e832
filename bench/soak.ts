/**
 * `npm run bench:soak [-- --uploads N] [--minutes N] [--seed N] [--docs]`: uploads (1000) by all routes in two tabs of Chromium while the service worker, the
 * engine's page, the graphics process and the extension's process are ended at random (test/e2e/support/soak.ts), and what became of them.
 * Builds nothing: `npm run build:demo` first. Prints each upload where something was amiss; `--docs` writes the table into docs/benchmarks.md.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { faults, soak, type Fault, type Upload } from '../test/e2e/support/soak';
import { count } from './options';
import { progress } from './progress';
import { markdownTable, updateTable } from './table';

const { values: options } = parseArgs({
  options: { uploads: { type: 'string', default: '1000' }, minutes: { type: 'string', default: '120' }, seed: { type: 'string', default: '1' }, docs: { type: 'boolean', default: false } },
});

const ENDED: Record<Fault, string> = {
  none: 'nothing',
  worker: 'service worker',
  engine: "engine's page",
  graphics: 'graphics process',
  process: "extension's process",
};

const COLUMNS: [head: string, is: (upload: Upload) => boolean][] = [
  ['uploads', () => true],
  ['arrived once, unasked', ({ copies, asked }) => copies === 1 && asked === 0],
  ['asked', ({ asked }) => asked > 0],
  ['lost', ({ isLost }) => isLost],
  ['doubled', ({ copies }) => copies > 1],
  ['originals out', ({ isOriginalOut }) => isOriginalOut],
  ['hung', ({ isHung }) => isHung],
];

const total = count('uploads', options.uploads, 1);
const uploads = await progress('soak', total, (done) =>
  soak({
    uploads: total,
    seed: count('seed', options.seed, 0),
    mostMs: 60_000 * count('minutes', options.minutes, 1),
    onUpload: (upload) => {
      done();
      if (upload.copies !== 1 || upload.isOriginalOut || upload.asked > 0) console.log(JSON.stringify(upload));
    },
  }),
);
const row = (title: string, some: readonly Upload[]): string[] => [title, ...COLUMNS.map(([, is]) => String(some.filter(is).length))];
const rows = [...faults.map((fault) => row(ENDED[fault], uploads.filter((upload) => upload.fault === fault))), row('all', uploads)];
const table = markdownTable(['ended meanwhile', ...COLUMNS.map(([head]) => head)], rows);
console.log(table);
if (options.docs) await updateTable(join(import.meta.dirname, '../docs/benchmarks.md'), 'bench:soak', table);
