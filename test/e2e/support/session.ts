/** What most tests stand on: the demo site, files, a browser with the extension, and a fresh page for each test. */
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { startDemoSite, type DemoSite } from '../../sites/demo-site';
import { openBrowser, type Page, type TestBrowser } from './browser';
import { makeFiles, type Files } from './pictures';

/** An event as the test pages note it. */
export interface Seen {
  type: string;
  trusted: boolean;
  files: string[];
}

/** Live bindings: they hold what `useSession` has opened for the test file that called it. */
export let site: DemoSite;
export let files: Files;
export let browser: TestBrowser;
export let page: Page;

/** Opens all of it for the tests of one file, each on the page at `path` with nothing received yet. `isQuick`, `isOld`: as in `OpenOptions`. */
export function useSession(path: string, { isQuick = true, isOld = false } = {}): void {
  beforeAll(async () => {
    [site, files, browser] = await Promise.all([startDemoSite(), makeFiles(), openBrowser({ isQuick, isOld })]);
  });
  beforeEach(async () => {
    site.received.length = 0;
    site.requests.length = 0;
    page = await browser.open(site.url + path);
  });
  afterEach(() => page.close());
  afterAll(async () => {
    await browser.close();
    await site.close();
  });
}

/** The events that brought files to the page so far. */
export function seen(): Promise<Seen[]> {
  return page.evaluate(() => (window as unknown as { seen: Seen[] }).seen);
}
