/** Around the popup: shortcuts, a database of an earlier version, and how much there is to load. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { openBrowser, type Page, type TestBrowser } from './support/browser';

let site: DemoSite;
let browser: TestBrowser;
let page: Page;

beforeAll(async () => {
  [site, browser] = await Promise.all([startDemoSite(), openBrowser({ isQuick: true })]);
});
beforeEach(async () => {
  page = await browser.open(`${site.url}/pages/attached-input.html`);
  await page.bringToFront();
});
afterEach(() => page.close());
afterAll(async () => {
  await browser.close();
  await site.close();
});

describe('shortcuts', () => {
  const settingsBecome = async (expected: object): Promise<void> => {
    for (;;) {
      const { settings } = await browser.control.evaluate(() => chrome.storage.local.get('settings'));
      const actual = (settings ?? {}) as Record<string, unknown>;
      if (Object.entries(expected).every(([name, value]) => JSON.stringify(actual[name]) === JSON.stringify(value))) return;
      await new Promise((next) => setTimeout(next, 50));
    }
  };

  it('are there, and taken by nothing else in the browser', async () => {
    const commands = await browser.control.evaluate(() => chrome.commands.getAll());
    const keys = commands.map(({ name, shortcut }) => [name, shortcut]);
    expect(keys).toEqual([
      ['_execute_action', 'Alt+Shift+U'],
      ['toggle-all', 'Alt+Shift+O'],
      ['toggle-site', 'Alt+Shift+S'],
    ]);
    expect(commands.flatMap(({ description }) => description || [])).toEqual(['Switch all sites on or off', 'Switch this site on or off']);
  });

  it('switch this site', async () => {
    await browser.dispatch('commands.onCommand', 'toggle-site', site.url);
    await settingsBecome({ disabledSites: ['demo'] });
    await browser.dispatch('commands.onCommand', 'toggle-site', site.url);
    await settingsBecome({ disabledSites: [] });
  });

  it('switch all sites, and end a pause', async () => {
    await browser.dispatch('commands.onCommand', 'toggle-all', site.url);
    await settingsBecome({ enabled: false });
    await browser.dispatch('commands.onCommand', 'toggle-all', site.url);
    await settingsBecome({ enabled: true });
    await browser.changeSettings({ pausedUntil: Date.now() + 3600_000 });
    await browser.dispatch('commands.onCommand', 'toggle-all', site.url);
    await settingsBecome({ enabled: true, pausedUntil: 0 });
  });
});

it('takes over the history of the first version', async () => {
  await browser.control.evaluate(async () => {
    await new Promise((done) => (indexedDB.deleteDatabase('stats').onsuccess = done));
    const opening = indexedDB.open('stats', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('protections', { autoIncrement: true }).createIndex('time', 'time');
    await new Promise((done) => (opening.onsuccess = done));
    const transaction = opening.result.transaction('protections', 'readwrite');
    const row = { time: Date.now() - 1000, site: 'instagram', faces: 2, similarity: { before: 0.99, after: 0.8 }, recognised: 1, ms: 1234.5, backend: 'wasm' };
    const earlier = { ...row, time: row.time - 40 * 24 * 3600_000, site: 'x', faces: 1, similarity: null, recognised: null };
    for (const old of [earlier, row]) transaction.objectStore('protections').add(old);
    await new Promise((done) => (transaction.oncomplete = done));
    opening.result.close();
  });
  const popup = await browser.openPopup(page);
  await popup.until(`document.querySelector('#all-time')?.textContent === '2 pictures · 3 faces'`);
  expect(await popup.text('#certainty-sentence')).toBe('A face search is this sure it is you: before 99%, after 1%.');
  expect(await popup.text('#recognised')).toBe('Still recognised: 1 of 2');
  expect(await popup.text('#recent')).toMatch(/Instagram2 faces · 1\.2 sec.*X1 face · 1\.2 sec/);
  await popup.close();
});

/** All that a page can load, by the names in what it loads. */
async function filesOf(entry: string, found = new Map<string, Buffer>()): Promise<Map<string, Buffer>> {
  if (found.has(entry)) return found;
  const bytes = await readFile(entry);
  found.set(entry, bytes);
  const root = process.env.NULLSWAP_EXTENSION ?? 'dist-demo';
  for (const [, path] of bytes.toString().matchAll(/["'`]((?:\.{0,2}\/)?[\w./-]+\.(?:js|css))["'`]/g)) {
    const named = path!.startsWith('.') ? join(dirname(entry), path!) : join(root, path!);
    if (named.includes('/assets/')) await filesOf(named, found);
  }
  return found;
}

it('keeps the popup under 80 kB as it is packed for the way, with its chart', async () => {
  const found = await filesOf(join(process.env.NULLSWAP_EXTENSION ?? 'dist-demo', 'src/popup/popup.html'));
  expect([...found.keys()].join()).toMatch(/chart-[\w-]+\.js/);
  expect([...found.keys()].join()).toMatch(/popup-[\w-]+\.css/);
  const size = [...found.values()].reduce((sum, bytes) => sum + gzipSync(bytes).length, 0);
  expect(size).toBeGreaterThan(20_000);
  expect(size).toBeLessThan(80_000);
});
