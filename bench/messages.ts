/**
 * `npm run bench:messages [-- --runs N]`: a file's way from a page of the extension to the engine and back, read at the end, where messages carry
 * files and where they have to go in pieces of text (Chrome before 148): N times (10) each, in turns; medians. The file is no picture, so that the
 * engine gives back what it got.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, type Rollup } from 'vite';
import { buildExtension, openExtension } from '../scripts/extension';
import { withoutFilesInMessages } from '../test/e2e/support/browser';
import { quantile } from './table';

const MEGABYTES = [1, 12, 60];

/** `runJob` of jobs.ts, for a page that has no scripts of ours. */
async function client(): Promise<string> {
  const lib = { entry: 'src/shared/jobs.ts', formats: ['iife' as const], name: 'jobs', fileName: 'jobs' };
  const [built] = (await build({ configFile: false, logLevel: 'error', build: { lib, write: false } })) as Rollup.RollupOutput[];
  return `${built!.output[0].code}\nglobalThis.jobs = jobs;`;
}

const { values } = parseArgs({ options: { runs: { type: 'string', default: '10' } } });
const dist = await buildExtension();
const old = await mkdtemp(join(tmpdir(), 'nullswap-messages-'));
await cp(dist, old, { recursive: true });
await withoutFilesInMessages(old);
const code = await client();
const both = [await openExtension({ dist }), await openExtension({ dist: old })];
try {
  const pages = await Promise.all(
    both.map(async (extension) => {
      await extension.warm();
      const page = await extension.context.newPage();
      await page.goto(`${extension.origin}/manifest.json`);
      await page.evaluate(code);
      return page;
    }),
  );
  console.log('| file | as it is, ms | in pieces, ms | times |\n|---|---|---|---|');
  for (const megabytes of MEGABYTES) {
    const times: number[][] = [[], []];
    for (let run = 0; run < Number(values.runs); run++) {
      for (const [index, page] of pages.entries()) {
        times[index]!.push(
          await page.evaluate(async (megabytes) => {
            const bytes = new Uint8Array(megabytes * 1e6).map((_, at) => (at * 31) ^ (at >> 8));
            const file = new File([bytes], 'notes.txt', { type: 'text/plain' });
            const { jobs } = globalThis as unknown as { jobs: typeof import('../src/shared/jobs') };
            const start = performance.now();
            const result = await jobs.runJob('cloak', { file, options: { strength: 'standard', metadata: 'private', selfCheck: false } }, new AbortController().signal, () => {});
            const came = new Uint8Array(await result.file.arrayBuffer());
            const time = performance.now() - start;
            if (came.length !== bytes.length || came.some((value, at) => value !== bytes[at])) throw new Error('Other bytes came back.');
            return time;
          }, megabytes),
        );
      }
    }
    const [whole, pieces] = times.map((each) => quantile(each, 0.5)) as [number, number];
    console.log(`| ${megabytes} MB | ${whole.toFixed(0)} | ${pieces.toFixed(0)} | ${(pieces / whole).toFixed(1)} |`);
  }
} finally {
  for (const extension of both) await extension.close();
  await rm(old, { recursive: true, force: true });
}
