/** Real uploaders, editors and clients, the very same as in Chromium (test/e2e/uploaders.test.ts): by each way that they offer, with the most that the way can carry. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoSite } from '../sites/demo-site';
import { startUploaderSite } from '../sites/uploader-site';
import { buildUploaders } from '../sites/uploaders/build';
import { inOrder, outcomesOf, record, STATES } from '../e2e/support/outcome';
import { makeFiles, type Files } from '../e2e/support/pictures';
import { bring, casesOf, fixtures, uploaders } from '../e2e/support/uploaders';
import { useFirefox } from './support/browser';
import { notInFirefox, notMade } from './support/differences';

let site: DemoSite;
let files: Files;

beforeAll(async () => {
  [site, files] = await Promise.all([startUploaderSite(), makeFiles(), buildUploaders()]);
});
afterAll(() => site.close());

const all = [...uploaders, ...fixtures];
const played = all
  .filter(({ name }) => !notInFirefox.has(name))
  .flatMap((uploader) => casesOf(uploader).filter(({ by }, index, cases) => by !== cases[index + 1]?.by).map((stand) => ({ uploader, name: uploader.name, ...stand })))
  .filter(({ name, by }) => !notMade.includes(`${name}, ${by}`));

describe.each(STATES)('$state the extension', ({ extension, expected }) => {
  const browser = useFirefox(extension);

  it.each(played)('$name: $by, $batch', async ({ uploader, by, sent }) => {
    site.received.length = 0;
    const page = await browser.open(`${site.url}/uploaders/${uploader.page}`, uploader.prepare);
    await bring(page.asPlaywright, uploader, by, sent.map((name) => files[name]));
    await expect.poll(() => site.received.length, { timeout: extension ? 60_000 : 10_000 }).toBeGreaterThanOrEqual(sent.length);
    await page.waitForTimeout(150); // for one more, which would be wrong
    const received = site.received.map(({ bytes }) => bytes);
    const originals = await Promise.all(sent.map((name) => readFile(files[name])));
    expect(received).toHaveLength(sent.length);
    const wanted = sent.map((name) => (name === 'pdf' ? 'original' : expected));
    expect(await outcomesOf(originals, uploader.parallel ? await inOrder(originals, received) : received)).toEqual(wanted);
    if (extension) record({ table: uploader.table, name: uploader.name, column: `Firefox, ${by}`, outcome: expected });
  });
});

it('says why of what is not played', () => {
  for (const { name, table } of all) for (const by of ['drop', 'paste']) if (notMade.includes(`${name}, ${by}`)) record({ table, name, column: `Firefox, ${by}`, outcome: 'not tried: no test can make it there' });
  for (const { name, table } of all) if (notInFirefox.has(name)) record({ table, name, column: 'Firefox, pick', outcome: notInFirefox.get(name)! });
});
