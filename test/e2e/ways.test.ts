/**
 * Every route into a page, without the extension and with it: with it the server gets the cloaked pictures, once and in order, and all else
 * byte for byte, a few ways excepted that cannot be held; without it the originals, which shows that the test itself takes the route. Then by
 * somebody who does not wait: taken twice in a row, it ends as without the extension, but for the bytes.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { openBrowser, type Page, type TestBrowser } from './support/browser';
import { type Outcome, outcomeOf, record, STATES } from './support/outcome';
import { makeFiles, type Files } from './support/pictures';
import type { Seen } from './support/session';
import { ways, type Way } from './support/ways';
import { isThorough } from '../thorough';

let site: DemoSite;
let files: Files;

beforeAll(async () => {
  [site, files] = await Promise.all([startDemoSite(), makeFiles()]);
});
afterAll(() => site.close());

/** What came without the extension of a route that was taken twice. */
const twiceWithout = new Map<string, Buffer[]>();

const byName = (): Buffer[] => [...site.received].sort((one, other) => one.name.localeCompare(other.name)).map(({ bytes }) => bytes);

describe.each(STATES)('$state the extension', ({ state, extension, expected }) => {
  let browser: TestBrowser;

  beforeAll(async () => {
    browser = await openBrowser({ extension, isQuick: true });
  });
  afterAll(() => browser.close());

  const open = async ({ path, fromElsewhere }: Way): Promise<Page> => {
    site.received.length = 0;
    return browser.open((fromElsewhere ? site.otherUrl : site.url) + (typeof path === 'string' ? path : path(site)));
  };
  const closeAll = async (): Promise<void> => {
    for (const open of browser.context.pages()) if (/^(http|blob|about)/.test(open.url()) && open.url() !== 'about:blank') await open.close();
  };

  it.each(ways)('$name', async (way) => {
    const { name, go, sent = ['small'], passes } = way;
    const page = await open(way);
    await go(page, files);
    while (site.received.length < sent.length) await page.waitForTimeout(25);
    await page.waitForTimeout(150); // for one more, which would be wrong
    const outcomes = await Promise.all(site.received.map(async ({ bytes }, index) => outcomeOf(await readFile(files[sent[index]!]), bytes)));
    const wanted: Outcome[] = sent.map((file) => (file === 'pdf' || passes ? 'original' : expected));
    expect(outcomes).toEqual(wanted);
    const seen = await page.evaluate(() => (window as { seen?: Seen[] }).seen ?? []);
    if (extension) expect(seen.filter(({ trusted, files: names }) => trusted && names.length > 0)).toEqual([]);
    await closeAll();
    record({ table: 'routes', name, column: state, outcome: passes ? 'original' : expected });
  });

  it.each(ways.filter(({ isLikeAnother }) => isThorough && !isLikeAnother))('$name, twice without waiting', async (way) => {
    const page = await open(way);
    await way.go(page, files);
    page.setDefaultTimeout(2_000);
    await way.go(page, files).catch(() => {}); // what the page shows now may take nothing more
    const without = twiceWithout.get(way.name) ?? [];
    if (extension) await expect.poll(() => site.received.length).toBe(without.length);
    await page.waitForTimeout(extension ? 150 : 300);
    await closeAll();
    if (!extension) return void twiceWithout.set(way.name, byName());
    const pdf = await readFile(files.pdf);
    const outcomes = await Promise.all(byName().map((bytes, index) => outcomeOf(without[index]!, bytes)));
    expect(outcomes).toEqual(without.map((bytes) => (bytes.equals(pdf) || way.passes ? 'original' : 'cloaked')));
    record({ table: 'routes', name: way.name, column: 'with, twice without waiting', outcome: way.passes ? 'original' : 'cloaked' });
  });
});
