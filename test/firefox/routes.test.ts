/**
 * Every route into a page in Firefox, the very same as in Chromium (test/e2e/support): without the extension the server gets the originals, with it
 * the cloaked pictures, once and in order, and all else byte for byte.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { type Outcome, outcomeOf, record, STATES } from '../e2e/support/outcome';
import { makeFiles, type Files } from '../e2e/support/pictures';
import { routes } from '../e2e/support/routes';
import { asWay, ways } from '../e2e/support/ways';
import { useFirefox } from './support/browser';
import { notInFirefox, withExtensionAlone } from './support/differences';

let site: DemoSite;
let files: Files;

beforeAll(async () => {
  [site, files] = await Promise.all([startDemoSite(), makeFiles()]);
});
afterAll(() => site.close());

const all = [...routes.map(asWay), ...ways].filter(({ name }) => !notInFirefox.has(name));

describe.each(STATES)('$state the extension', ({ extension, expected }) => {
  const browser = useFirefox(extension);
  beforeEach(() => void (site.received.length = 0));

  it.each(all.filter(({ name }) => extension || !withExtensionAlone.includes(name)))('$name', async ({ name, path, go, sent = ['small'], passes, fromElsewhere }) => {
    const page = await browser.open((fromElsewhere ? site.otherUrl : site.url) + (typeof path === 'string' ? path : path(site)));
    await go(page.asPlaywright, files);
    await expect.poll(() => site.received.length, { timeout: 60_000 }).toBeGreaterThanOrEqual(sent.length);
    await page.waitForTimeout(150); // for one more, which would be wrong
    const outcomes = await Promise.all(site.received.map(async ({ bytes }, index) => outcomeOf(await readFile(files[sent[index]!]), bytes)));
    const wanted: Outcome[] = sent.map((file) => (file === 'pdf' || passes ? 'original' : expected));
    expect(outcomes).toEqual(wanted);
    if (extension) record({ table: 'routes', name, column: 'Firefox', outcome: passes ? 'original' : expected });
  });
});

it('says why of what is not played', () => {
  for (const [name, why] of notInFirefox) record({ table: 'routes', name, column: 'Firefox', outcome: why });
});
