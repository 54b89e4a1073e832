/**
 * `npm run bench:overhead [-- --runs N] [--docs]`: what the extension costs a page where there is no picture: the same page with and without
 * it, N times (9) in turns, medians. Builds nothing: `npm run build:demo` first. `--docs` writes the table into docs/benchmarks.md.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openBrowser, type Page, type TestBrowser } from '../test/e2e/support/browser';
import { startDemoSite } from '../test/sites/demo-site';
import { count } from './options';
import { pick } from './pick';
import { progress } from './progress';
import { markdownTable, quantile, updateTable } from './table';

const { values: options } = parseArgs({ options: { runs: { type: 'string', default: '9' }, docs: { type: 'boolean', default: false } } });
const runs = count('runs', options.runs, 1);

/** Milliseconds on a page that has just been loaded. */
type Measure = (page: Page, browser: TestBrowser) => Promise<number>;

/** Runs in the page; `setUp` is not counted. */
const inPage = (work: string, setUp = ''): Measure => (page) =>
  page.evaluate(`(() => { ${setUp}; const start = performance.now(); ${work}; return performance.now() - start; })()`);

const CLOSED_ROOT = `
  const host = document.body.appendChild(document.createElement('div'));
  const root = host.attachShadow({ mode: 'closed' });
  root.innerHTML = '<div><p><span>x</span></p></div>'.repeat(6_667);
  const last = root.lastChild.querySelector('span')`;

const folder = await mkdtemp(join(tmpdir(), 'nullswap-overhead-'));
const texts = Array.from({ length: 300 }, (_, index) => join(folder, `${index}.txt`));
const zip = join(folder, 'some.zip');
await Promise.all([...texts.map((path, index) => writeFile(path, `Text number ${index}.\n`.repeat(50))), writeFile(zip, Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(100_000, 7)]))]);

const MEASURES: [name: string, measure: Measure][] = [
  ['`addEventListener`, 100,000 times', inPage("for (let i = 0; i < 100_000; i += 1) target.addEventListener('click', listener)", 'const target = document.createElement("p"), listener = () => {}')],
  ['`attachShadow`, 5,000 times', inPage("for (const host of hosts) host.attachShadow({ mode: 'open' })", "const hosts = Array.from({ length: 5_000 }, () => document.createElement('div'))")],
  ['click in a closed root of 20,000 elements, 20 times', inPage('for (let i = 0; i < 20; i += 1) last.click()', CLOSED_ROOT)],
  ['300 text files picked', (page) => pick(page, texts)],
  [
    'a zip picked, first of a session',
    async (page, browser) => {
      await browser.killEngine().catch(() => {}); // there is none without the extension, or yet
      return pick(page, [zip]);
    },
  ],
];

const site = await startDemoSite();
const [beside, without] = await Promise.all([openBrowser(), openBrowser({ extension: false })]);
const once = async (browser: TestBrowser, measure: Measure): Promise<number> => {
  const page = await browser.open(`${site.url}/pages/attached-input.html`);
  await page.waitForTimeout(300); // for what loading leaves to do
  const time = await measure(page, browser);
  await page.close();
  return time;
};

try {
  const rows = await progress('overhead', MEASURES.length * runs, async (done) => {
    const measured: string[][] = [];
    for (const [name, measure] of MEASURES) {
      const times: { beside: number[]; without: number[] } = { beside: [], without: [] };
      for (let run = 0; run < runs; run += 1) {
        times.without.push(await once(without, measure));
        times.beside.push(await once(beside, measure));
        done();
      }
      const [ours, bare] = [quantile(times.beside, 0.5), quantile(times.without, 0.5)];
      measured.push([name, bare.toFixed(1), ours.toFixed(1), (ours / bare).toFixed(1)]);
    }
    return measured;
  });
  const table = markdownTable(['', 'without, ms', 'with, ms', 'times'], rows);
  console.log(table);
  if (options.docs) await updateTable(join(import.meta.dirname, '../docs/benchmarks.md'), 'bench:overhead', table);
} finally {
  await Promise.all([beside.close(), without.close(), site.close()]);
  await rm(folder, { recursive: true, force: true });
}
