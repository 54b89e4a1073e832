/**
 * What the specifications say of functions that the extension has to do with (test/sites/pages/platform/), checked in a page with the
 * extension and without: nothing that a page can rely on is otherwise.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { openBrowser, type TestBrowser } from './support/browser';

let site: DemoSite;

beforeAll(async () => {
  site = await startDemoSite();
});
afterAll(() => site.close());

/** What came of each check, by its name. */
async function checked(browser: TestBrowser): Promise<Record<string, string>> {
  await browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await browser.open(`${site.url}/pages/platform.html`);
  await page.bringToFront();
  return page.evaluate('runChecks()');
}

describe('the platform', () => {
  it('is the same with the extension and without', async () => {
    const [beside, without] = await Promise.all([openBrowser({ isQuick: true }), openBrowser({ extension: false })]);
    try {
      const bare = await checked(without);
      expect(Object.keys(bare).length).toBeGreaterThan(150);
      const failing = (outcomes: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries(outcomes).filter(([, outcome]) => outcome !== 'passed'));
      expect(failing(bare), 'the checks themselves').toEqual({});
      expect(failing(await checked(beside))).toEqual({});
    } finally {
      await Promise.all([beside.close(), without.close()]);
    }
  });
});
