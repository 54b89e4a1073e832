/** Frames that keep the empty document which they begin with, the very same as in Chromium (test/e2e/firstDocuments.test.ts). */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { firstDocument, firstDocuments, nameOf, openFirst, waysIn } from '../e2e/support/firstDocuments';
import { outcomeOf, record, STATES } from '../e2e/support/outcome';
import { makeFiles, type Files } from '../e2e/support/pictures';
import { useFirefox } from './support/browser';

let site: DemoSite;
let files: Files;

beforeAll(async () => {
  [site, files] = await Promise.all([startDemoSite(), makeFiles()]);
});
afterAll(() => site.close());

describe.each(STATES)('$state the extension', ({ extension, expected }) => {
  const browser = useFirefox(extension);

  it.each(firstDocuments.flatMap((first) => waysIn.map((wayIn) => ({ ...first, ...wayIn }))))('$where that loads $src: $way', async ({ where, src, way, file, bring }) => {
    site.received.length = 0;
    const page = await browser.open(site.url + firstDocument({ where, src }));
    await bring(await openFirst(page.asPlaywright), files);
    await expect.poll(() => site.received.length, { timeout: 60_000 }).toBeGreaterThan(0);
    await page.waitForTimeout(150); // for more, which would be wrong
    const original = await readFile(files[file] as string);
    expect(await Promise.all(site.received.map(({ bytes }) => outcomeOf(original, bytes)))).toEqual([expected]);
    if (extension) record({ table: 'routes', name: nameOf({ where, src }, way), column: 'Firefox', outcome: expected });
  });
});
