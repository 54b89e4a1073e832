/**
 * Every route into a page, twice: with the extension the server gets the cloaked pictures, once and in order, and all else byte
 * for byte, a few ways excepted that cannot be held; without it the originals, which shows that the test itself takes the route.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { openBrowser, type TestBrowser } from './support/browser';
import { outcomeOf, record, type Outcome } from './support/outcome';
import { makeFiles, type Files } from './support/pictures';
import type { Seen } from './support/session';
import { ways } from './support/ways';

let site: DemoSite;
let files: Files;

beforeAll(async () => {
  [site, files] = await Promise.all([startDemoSite(), makeFiles()]);
});
afterAll(() => site.close());

describe.each([
  { state: 'with', extension: true, expected: 'cloaked' },
  { state: 'without', extension: false, expected: 'original' },
] as const)('$state the extension', ({ state, extension, expected }) => {
  let browser: TestBrowser;

  beforeAll(async () => {
    browser = await openBrowser({ extension, isQuick: true });
  });
  afterAll(() => browser.close());

  it.each(ways)('$name', async ({ name, path, go, sent = ['small'], fromElsewhere, passes }) => {
    site.received.length = 0;
    const page = await browser.open((fromElsewhere ? site.otherUrl : site.url) + (typeof path === 'string' ? path : path(site)));
    await go(page, files);
    while (site.received.length < sent.length) await page.waitForTimeout(25);
    await page.waitForTimeout(150); // for one more, which would be wrong
    const outcomes = await Promise.all(site.received.map(async ({ bytes }, index) => outcomeOf(await readFile(files[sent[index]!]), bytes)));
    const wanted: Outcome[] = sent.map((file) => (file === 'pdf' || passes ? 'original' : expected));
    expect(outcomes).toEqual(wanted);
    const seen = await page.evaluate(() => (window as { seen?: Seen[] }).seen ?? []);
    if (extension) expect(seen.filter(({ trusted, files: names }) => trusted && names.length > 0)).toEqual([]);
    for (const open of browser.context.pages()) if (/^(http|blob|about)/.test(open.url()) && open.url() !== 'about:blank') await open.close();
    record({ table: 'routes', name, column: state, outcome: passes ? 'original' : expected });
  });
});
