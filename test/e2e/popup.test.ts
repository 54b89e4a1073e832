/** The popup as it opens over a page: what it says, that its switches count at once, and what toolbar button and shortcuts do. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { openBrowser, type Page, type TestBrowser } from './support/browser';
import { makeFiles, type Files } from './support/pictures';
import { press, waitForFailure } from './support/notice';
import type { Popup } from './support/popup';
import { receivedAfter } from './support/routes';
import { choose } from './support/user';

let site: DemoSite;
let files: Files;
let profile: string;
let browser: TestBrowser;
let page: Page;

beforeAll(async () => {
  [site, files, profile] = await Promise.all([startDemoSite(), makeFiles(), mkdtemp(join(tmpdir(), 'nullswap-profile-'))]);
  browser = await openBrowser({ profile, isQuick: true });
});
beforeEach(async () => {
  site.received.length = 0;
  page = await browser.open(`${site.url}/pages/attached-input.html`);
});
afterEach(() => page.close());
afterAll(async () => {
  await browser.close();
  await site.close();
  await rm(profile, { recursive: true, force: true });
});

const textOf = (popup: Popup, ...ids: string[]): Promise<string[]> => Promise.all(ids.map((id) => popup.text(`#${id}`)));

const saysOfSite = (popup: Popup, words: string): Promise<void> => popup.until(`document.querySelector('#site-switch-detail')?.textContent === '${words}'`);
const ON = 'Faces are cloaked when you upload';

async function switches(popup: Popup): Promise<{ site: boolean; all: boolean }> {
  return popup.evaluate(`({ site: document.querySelector('#site-switch').checked, all: document.querySelector('#all-switch').checked })`);
}

async function upload(path: string, tab = page): Promise<Buffer> {
  const before = site.received.length;
  await choose(tab, '#file', path);
  const [received] = await receivedAfter(site, tab, before);
  return received!.bytes;
}

/** Whether it went out as it is. The browser says nothing when the file that is in an input is chosen again: take turns. */
const passes = async (path: string, tab = page): Promise<boolean> => (await upload(path, tab)).equals(await readFile(path));

const badge = (): Promise<string> =>
  browser.control.evaluate(async (url) => {
    const [tab] = await chrome.tabs.query({ url: `${new URL(url).origin.replace(/:\d+$/, '')}/*` });
    return chrome.action.getBadgeText({ tabId: tab!.id! });
  }, site.url);

const badgeBecomes = async (text: string): Promise<void> => {
  while ((await badge()) !== text) await new Promise((next) => setTimeout(next, 50));
};

it('starts at nothing', async () => {
  const popup = await browser.openPopup(page);
  expect(await popup.text('#history')).toContain('Nothing yet');
  expect(await popup.evaluate(`document.querySelector('#certainty') ?? document.querySelector('#recent')`)).toBeNull();
  expect(await switches(popup)).toEqual({ site: true, all: true });
  await popup.close();
});

it('counts a picture as soon as it has reached its page, on the badge too', async () => {
  expect(await passes(files.portrait)).toBe(false);
  const after = await browser.openPopup(page);
  await after.until(`document.querySelector('#today') !== null`);
  expect(await textOf(after, 'today', 'all-time')).toEqual(['1 picture · 1 face', '1 picture · 1 face']);
  expect(await after.text('#recent')).toMatch(/Lantern \(demo\)1 face · [\d.]+ sec/);
  expect(await after.text('#days')).toMatch(/\d{4}1 picture$/);
  await after.close();
  expect(await badge()).toBe('1');
});

it('says how far recognition fell, in words and by a gauge that agree', async () => {
  const popup = await browser.openPopup(page);
  const [sentence] = await textOf(popup, 'certainty-sentence');
  const [, before, after] = /before (\d+)%, after (\d+)%/.exec(sentence!)!.map(Number);
  expect(before).toBeGreaterThanOrEqual(after!);
  expect(before).toBeGreaterThan(90);
  const gauge = await popup.evaluate<{ after: number; before: number }>(
    `(([i, b]) => ({ after: Math.round(parseFloat(i.style.width)), before: Math.round(parseFloat(b.style.insetInlineStart)) }))(document.querySelector('.gauge').children)`,
  );
  expect(gauge).toEqual({ after, before });
  const [row] = await popup.evaluate<{ checks: { recognised: boolean }[] }[]>(
    `new Promise((done) => { const opening = indexedDB.open('stats'); opening.onsuccess = () => { const all = opening.result.transaction('protections').objectStore('protections').getAll(); all.onsuccess = () => { opening.result.close(); done(all.result); }; }; })`,
  );
  expect(await popup.text('#recognised')).toBe(`Still recognised: ${row!.checks[0]!.recognised ? 1 : 0} of 1`);
  await popup.close();
});

it('draws the days in the colours of the scheme', async () => {
  const popup = await browser.openPopup(page);
  await popup.until(`document.querySelector('.chart canvas') !== null`);
  // the bar of today is near the end, whose colour is that of the words beside it
  const colours = `(() => { const canvas = document.querySelector('.chart canvas'); const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const found = new Set(); for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) found.add([data[i], data[i + 1], data[i + 2]].join()); return [...found]; })()`;
  await popup.screenshot('light');
  await popup.until(`${colours}.includes('15,118,110')`);
  await popup.screenshot('dark');
  await popup.until(`${colours}.includes('60,198,184') && !${colours}.includes('15,118,110')`);
  await popup.close();
});

it('counts neither what has no face nor what went on as it is, nor what was held and cancelled', async () => {
  await upload(files.landscape);
  await upload(files.pdf);
  await choose(page, '#file', files.truncated);
  await waitForFailure(page);
  await press(page, 'Cancel');
  const popup = await browser.openPopup(page);
  await popup.until(`document.querySelector('#all-time')?.textContent === '1 picture · 1 face'`);
  await popup.close();
  expect(await badge()).toBe('');
});

it('counts no cloaked picture that the user took back with the one that failed', async () => {
  const other = await browser.open(`${site.url}/pages/inputs.html`);
  await choose(other, '#multiple', [files.small, files.truncated]);
  await waitForFailure(other);
  await press(other, 'Cancel');
  await other.close();
  const popup = await browser.openPopup(page);
  await popup.until(`document.querySelector('#all-time')?.textContent === '1 picture · 1 face'`);
  await popup.close();
});

it('switches this site off and on again in tabs that are open, without a reload', async () => {
  let popup = await browser.openPopup(page);
  await popup.click('#site-switch');
  await saysOfSite(popup, 'Off on this site');
  expect(await switches(popup)).toEqual({ site: false, all: true });
  await popup.close();
  expect(await passes(files.portrait)).toBe(true);
  expect(await badge()).toBe('off');

  popup = await browser.openPopup(page);
  await popup.click('#site-switch');
  await saysOfSite(popup, ON);
  await popup.close();
  expect(await passes(files.portrait2)).toBe(false);
  expect(await badge()).toBe('1');
});

it('switches everything off and on again with the keyboard', async () => {
  let popup = await browser.openPopup(page);
  await popup.pressSpace('#all-switch');
  await saysOfSite(popup, 'Off, as everywhere');
  expect(await popup.evaluate(`document.querySelector('#site-switch').disabled`)).toBe(true);
  expect(await popup.evaluate(`document.querySelector('#pause')`)).toBeNull();
  await popup.close();
  expect(await passes(files.portrait)).toBe(true);

  popup = await browser.openPopup(page);
  await popup.pressSpace('#all-switch');
  await saysOfSite(popup, ON);
  await popup.close();
  expect(await passes(files.portrait2)).toBe(false);
});

it('pauses everywhere for an hour, and goes on when told to', async () => {
  const popup = await browser.openPopup(page);
  const earliest = Date.now() + 3600_000;
  await popup.pressSpace('#pause');
  await saysOfSite(popup, 'Paused, as everywhere');
  expect(await popup.text('#all-switch-detail')).toMatch(/^Paused until \d+:\d\d/);
  const { settings } = await browser.control.evaluate(() => chrome.storage.local.get('settings'));
  const { pausedUntil } = settings as { pausedUntil: number };
  expect(pausedUntil).toBeGreaterThanOrEqual(earliest);
  expect(pausedUntil).toBeLessThanOrEqual(Date.now() + 3600_000);
  await badgeBecomes('||');
  await popup.close();
  expect(await passes(files.portrait)).toBe(true);

  const again = await browser.openPopup(page);
  await again.click('#pause');
  await saysOfSite(again, ON);
  await again.close();
  await badgeBecomes('');
  expect(await passes(files.portrait2)).toBe(false);
});

it('ends a pause by itself, in open pages too', async () => {
  await browser.changeSettings({ pausedUntil: Date.now() + 3000 });
  await badgeBecomes('||');
  await badgeBecomes('');
  expect(await passes(files.portrait)).toBe(false);
});

it('keeps a pause when the browser is closed and opened again, and ends one that is over by then', async () => {
  await browser.changeSettings({ pausedUntil: Date.now() + 3600_000 });
  await reopen();
  await badgeBecomes('||');
  expect(await passes(files.portrait)).toBe(true);
  await browser.control.evaluate(async () => {
    const { settings } = await chrome.storage.local.get('settings');
    await chrome.storage.local.set({ settings: { ...(settings as object), pausedUntil: Date.now() + 500 } });
  });
  await reopen();
  await badgeBecomes('');
  expect(await passes(files.portrait2)).toBe(false);
});

async function reopen(): Promise<void> {
  await browser.close();
  browser = await openBrowser({ profile, isQuick: true });
  page = await browser.open(`${site.url}/pages/attached-input.html`);
}

it('takes broken settings for the defaults, field by field', async () => {
  await browser.control.evaluate(() => chrome.storage.local.set({ settings: { enabled: 'perhaps', disabledSites: ['demo'], strength: 7, metadata: 'some' } }));
  const popup = await browser.openPopup(page);
  expect(await switches(popup)).toEqual({ site: false, all: true });
  await popup.click('#site-switch');
  await popup.until(`document.querySelector('#site-switch').checked`);
  await popup.close();
  const stored = await browser.control.evaluate(() => chrome.storage.local.get('settings'));
  expect(stored.settings).toMatchObject({ enabled: true, disabledSites: [], failurePolicy: 'hold', strength: 'standard', metadata: 'private' });
});

it('shows small pictures of what was cloaked only as long as they are wanted', async () => {
  await browser.changeSettings({ thumbnails: true });
  expect(await passes(files.portrait)).toBe(false);
  const popup = await browser.openPopup(page);
  await popup.until(`document.querySelector('#recent li:first-child img')?.naturalWidth === 64`);
  expect(await popup.evaluate(`document.querySelectorAll('#recent img').length`)).toBe(1);
  await browser.changeSettings({ thumbnails: false });
  await popup.until(`document.querySelector('#recent img') === null`);
  await popup.close();
});

it('has nothing to offer on a page that is no site', async () => {
  const blank = await browser.open('about:blank');
  const popup = await browser.clickAction(blank);
  expect(await textOf(popup, 'site-switch-detail')).toEqual(['Nothing to protect on this page']);
  expect(await popup.evaluate(`document.querySelector('#site-switch').disabled`)).toBe(true);
  await popup.close();
  await blank.close();
});

it('offers to protect a site that is not on the list, and changes nothing where the permission is not given', async () => {
  const other = await browser.open(`${site.otherUrl}/pages/attached-input.html`);
  let popup = await browser.clickAction(other);
  expect(await popup.text('#site-switch-detail')).toBe('Not protected. Switch on to protect uploads here');
  await popup.click('#site-switch');
  await popup.closed(); // the browser asks, in a window of its own
  await reopen();

  const again = await browser.open(`${site.otherUrl}/pages/attached-input.html`);
  popup = await browser.clickAction(again);
  expect(await popup.text('#site-switch-detail')).toBe('Not protected. Switch on to protect uploads here');
  expect(await switches(popup)).toEqual({ site: false, all: true });
  await popup.close();
  const { settings } = await browser.control.evaluate(() => chrome.storage.local.get('settings'));
  expect(settings).toMatchObject({ ownSites: [] });
  expect(await passes(files.portrait, again)).toBe(true);
  await again.close();
});

it('protects a site that is not on the list from its next load on, where the permission is given', async () => {
  await browser.permitOnce('http://*.other.localhost/*');
  const other = await browser.open(`${site.otherUrl}/pages/attached-input.html`);
  let popup = await browser.clickAction(other);
  await popup.click('#site-switch');
  await saysOfSite(popup, 'Not cloaked yet: this page was open before NullSwap. Reload it');
  const loaded = other.waitForEvent('load');
  await popup.click('#reload');
  await loaded;
  popup = await browser.openPopup(other);
  await saysOfSite(popup, ON);
  expect(await switches(popup)).toEqual({ site: true, all: true });
  await popup.close();
  expect(await passes(files.portrait, other)).toBe(false);
  await other.close();
});

it('asks for a reload where the page was open before the extension was installed, and reloads it', async () => {
  const own = await openBrowser({ extension: false });
  const tab = await own.open(`${site.url}/pages/attached-input.html`);
  await own.install();
  let popup = await own.openPopup(tab);
  await popup.until(`document.querySelector('#site-switch-detail').textContent.includes('open before NullSwap')`);
  const loaded = tab.waitForEvent('load');
  await popup.click('#reload');
  await loaded;
  popup = await own.openPopup(tab);
  await saysOfSite(popup, ON);
  expect(await popup.evaluate(`document.querySelector('#reload')`)).toBeNull();
  await popup.close();
  expect(await passes(files.portrait, tab)).toBe(false);
  await own.close();
});

it('keeps counts and switches when the browser is closed and opened again', async () => {
  let popup = await browser.openPopup(page);
  const before = await textOf(popup, 'today', 'all-time', 'certainty', 'recent', 'days');
  await popup.click('#site-switch');
  await saysOfSite(popup, 'Off on this site');
  await popup.close();
  await reopen();

  popup = await browser.openPopup(page);
  await saysOfSite(popup, 'Off on this site');
  expect(await textOf(popup, 'today', 'all-time', 'certainty', 'recent', 'days')).toEqual(before);
  expect(await switches(popup)).toEqual({ site: false, all: true });
  await popup.close();
  expect(await passes(files.portrait)).toBe(true);
});
