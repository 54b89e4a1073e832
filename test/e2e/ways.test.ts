/**
 * Every route into a page, without the extension and with it: with it the server gets the cloaked pictures, once and in order, and all else
 * byte for byte, a few ways excepted that cannot be held; without it the originals, which shows that the test itself takes the route. Then by
 * somebody who does not wait: it ends as without the extension, but for the bytes.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { openBrowser, type Page, type TestBrowser } from './support/browser';
import { AFTER_LEAVING_MS, HURRIES, NOTHING, type Hurry } from './support/hurries';
import { type Outcome, outcomeOf, record, STATES } from './support/outcome';
import { makeFiles, type Files } from './support/pictures';
import type { Seen } from './support/session';
import { routes } from './support/routes';
import { asWay, ways, type Way } from './support/ways';
import { isThorough } from '../thorough';

let site: DemoSite;
let files: Files;

beforeAll(async () => {
  [site, files] = await Promise.all([startDemoSite(), makeFiles()]);
});
afterAll(() => site.close());

interface WayHurry extends Omit<Hurry, 'go'> {
  go(page: Page, way: Way): Promise<unknown>;
  isOfEach?: true;
}

const hurries: WayHurry[] = [
  { hurry: 'twice without waiting', go: (page, way) => way.go(page, files) },
  ...HURRIES.map((hurry): WayHurry => ({ ...hurry, isOfEach: true })),
];

/** What came without the extension, by hurry and route. */
const receivedWithout = new Map<string, Buffer[]>();

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

  describe.runIf(isThorough).each(hurries)('$hurry', ({ hurry, go, mayMiss, isOfEach }) => {
    it.each([...routes.map(asWay), ...ways].filter(({ isLikeAnother }) => isOfEach || !isLikeAnother))('$name', async (way) => {
      const page = await open(way);
      page.on('filechooser', () => {}); // one that opens once more stays open
      await way.go(page, files);
      page.setDefaultTimeout(2_000);
      await go(page, way).catch(() => {}); // what the page shows now may take nothing more
      const id = `${hurry}, ${way.name}`;
      const without = receivedWithout.get(id) ?? [];
      if (extension && !mayMiss) await expect.poll(() => site.received.length).toBe(without.length);
      await page.waitForTimeout(extension ? (mayMiss ? AFTER_LEAVING_MS : 150) : 300);
      await closeAll();
      if (!extension) return void receivedWithout.set(id, byName());
      const pdf = await readFile(files.pdf);
      // what left with the page has no twin without the extension
      const twins = mayMiss ? await Promise.all((way.sent ?? ['small']).map((file) => readFile(files[file]))) : without;
      const twinsByName = twins.filter((bytes) => !bytes.equals(pdf));
      const arrived = byName().filter((bytes) => !bytes.equals(pdf));
      if (!mayMiss) expect([arrived.length, site.received.length]).toEqual([twinsByName.length, without.length]);
      const verdictOf = async (bytes: Buffer, index: number): Promise<Outcome> => {
        const found = await Promise.all((mayMiss ? twinsByName : [twinsByName[index]!]).map((twin) => outcomeOf(twin, bytes)));
        return found.find((outcome) => outcome !== 'other') ?? 'other';
      };
      const verdicts = await Promise.all(arrived.map(verdictOf));
      expect(verdicts).toEqual(arrived.map(() => (way.passes ? 'original' : 'cloaked')));
      record({ table: 'routes', name: way.name, column: `with, ${hurry}`, outcome: verdicts[0] ?? NOTHING });
    });
  });
});
