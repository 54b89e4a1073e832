/** Pictures that hide in texts, the very same as in Chromium (test/e2e/carriers.test.ts), with the extension and without. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { carried, CARRIERS_PAGE, nameOf, outcomesIn, takes } from '../e2e/support/carried';
import { record, STATES } from '../e2e/support/outcome';
import { makeFiles } from '../e2e/support/pictures';
import { useFirefox } from './support/browser';
import { notInFirefox } from './support/differences';

let site: DemoSite;
let original: Buffer;

beforeAll(async () => {
  site = await startDemoSite();
  original = await readFile((await makeFiles()).small);
});
afterAll(() => site.close());

describe.each(STATES)('$state the extension', ({ extension, expected }) => {
  const browser = useFirefox(extension);

  it.each(carried.filter((each) => !notInFirefox.has(nameOf(each))))('$route: $what', async (of) => {
    site.received.length = 0;
    const page = (await browser.open(site.url + CARRIERS_PAGE)).asPlaywright;
    await page.bringToFront();
    await takes[of.route](page, of.texts(original), original);
    await expect.poll(() => site.received.length, { timeout: 60_000 }).toBeGreaterThan(0);
    await page.waitForTimeout(150); // for more, which would be wrong
    expect(await outcomesIn(new Map(site.received.map(({ name, bytes }) => [name, bytes])), original)).toEqual(new Set([expected]));
    if (extension) record({ table: 'routes', name: nameOf(of), column: 'Firefox', outcome: expected });
  });
});

it('says why of what is not played', () => {
  for (const name of carried.map(nameOf)) if (notInFirefox.has(name)) record({ table: 'routes', name, column: 'Firefox', outcome: notInFirefox.get(name)! });
});
