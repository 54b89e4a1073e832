/** The popup as it opens over a page: what it says, and that its switches count at once. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { openBrowser, type Page, type TestBrowser } from './support/browser';
import { makeFiles, type Files } from './support/pictures';
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
  browser = await openBrowser({ profile });
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

/** What the popup shows, by the ids of its elements. */
async function shown(popup: Popup): Promise<Record<string, string>> {
  const ids = ['pictures-today', 'pictures-all', 'faces-today', 'faces-all', 'before', 'after', 'backend', 'site', 'site-state'];
  const entries = ids.map(async (id) => [id, await popup.text(`#${id}`)]);
  return Object.fromEntries(await Promise.all(entries));
}

async function switches(popup: Popup): Promise<{ site: boolean; all: boolean }> {
  return popup.evaluate(`({ site: document.querySelector('#site-switch').checked, all: document.querySelector('#all-switch').checked })`);
}

async function upload(path: string): Promise<Buffer> {
  const before = site.received.length;
  await choose(page, '#file', path);
  const [received] = await receivedAfter(site, page, before);
  return received!.bytes;
}

const badge = (): Promise<string> =>
  browser.control.evaluate(async (url) => {
    const [tab] = await chrome.tabs.query({ url: `${new URL(url).origin.replace(/:\d+$/, '')}/*` });
    return chrome.action.getBadgeText({ tabId: tab!.id! });
  }, site.url);

it('starts at nothing', async () => {
  const popup = await browser.openPopup(page);
  expect(await shown(popup)).toMatchObject({ 'pictures-today': '0', 'pictures-all': '0', 'faces-all': '0', before: '', backend: '' });
  expect(await popup.evaluate(`document.querySelector('#no-check').checkVisibility()`)).toBe(true);
  expect(await switches(popup)).toEqual({ site: true, all: true });
  await popup.close();
});

it('counts a picture as soon as it has reached its page, on the badge too', async () => {
  const original = await readFile(files.portrait);
  expect((await upload(files.portrait)).equals(original)).toBe(false);
  const popup = await browser.openPopup(page);
  await popup.until(`document.querySelector('#pictures-all').textContent === '1'`);
  const summary = await shown(popup);
  expect(summary).toMatchObject({ 'pictures-today': '1', 'faces-today': '1', 'faces-all': '1', backend: 'Runs on the processor' });
  expect(Number(summary.before)).toBeGreaterThan(Number(summary.after));
  await popup.close();
  expect(await badge()).toBe('1');
});

it('counts neither what has no face nor what went on as it is', async () => {
  await upload(files.landscape);
  await upload(files.pdf);
  const popup = await browser.openPopup(page);
  expect(await shown(popup)).toMatchObject({ 'pictures-all': '1', 'faces-all': '1' });
  await popup.close();
  expect(await badge()).toBe('');
});

it('switches this site off and on again in tabs that are open, without a reload', async () => {
  const original = await readFile(files.portrait);
  let popup = await browser.openPopup(page);
  await popup.click('#site-switch');
  await popup.until(`document.querySelector('#site-state').textContent === 'Off on this site'`);
  expect(await switches(popup)).toEqual({ site: false, all: true });
  await popup.close();
  expect((await upload(files.portrait)).equals(original)).toBe(true);
  expect(await badge()).toBe('off');

  popup = await browser.openPopup(page);
  await popup.click('#site-switch');
  await popup.until(`document.querySelector('#site-state').textContent === 'Faces are cloaked when you upload'`);
  await popup.close();
  // another file: the browser says nothing when the one that is in the input is chosen again
  expect((await upload(files.portrait2)).equals(await readFile(files.portrait2))).toBe(false);
  expect(await badge()).toBe('1');
});

it('switches everything off and on again with the keyboard', async () => {
  const original = await readFile(files.portrait);
  let popup = await browser.openPopup(page);
  await popup.pressSpace('#all-switch');
  await popup.until(`document.querySelector('#site-state').textContent === 'Off, as everywhere'`);
  expect(await popup.evaluate(`document.querySelector('#site-switch').disabled`)).toBe(true);
  await popup.close();
  expect((await upload(files.portrait)).equals(original)).toBe(true);

  popup = await browser.openPopup(page);
  await popup.pressSpace('#all-switch');
  await popup.until(`document.querySelector('#site-state').textContent === 'Faces are cloaked when you upload'`);
  await popup.close();
  // another file: the browser says nothing when the one that is in the input is chosen again
  expect((await upload(files.portrait2)).equals(await readFile(files.portrait2))).toBe(false);
});

it('has the strength chosen, with the keyboard, and keeps it', async () => {
  let popup = await browser.openPopup(page);
  const strength = (): Promise<unknown> => popup.evaluate(`[document.querySelector('#strength').value, document.querySelector('#strength-meaning').textContent]`);
  expect(await strength()).toEqual(['standard', 'Hard to see, done in a moment']);
  await popup.press('#strength', { key: 'ArrowDown', code: 'ArrowDown', windowsVirtualKeyCode: 40 });
  await popup.until(`document.querySelector('#strength-meaning').textContent === 'Protects more, may show up close'`);
  await popup.close();
  popup = await browser.openPopup(page);
  expect(await strength()).toEqual(['strong', 'Protects more, may show up close']);
  await popup.close();
});

it('has it chosen what becomes of metadata, and the next upload keeps to it', async () => {
  const holds = async (): Promise<boolean> => (await upload(files.withSerial)).includes('SERIAL-NUMBER-77');
  expect(await holds()).toBe(false);
  const popup = await browser.openPopup(page);
  await popup.press('#metadata', { key: 'ArrowUp', code: 'ArrowUp', windowsVirtualKeyCode: 38 });
  await popup.until(`document.querySelector('#metadata-meaning').textContent === 'Tells when, where and with what a photo was taken'`);
  await popup.close();
  await page.reload();
  expect(await holds()).toBe(true);
});

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

it('says so on a page that is not on the list', async () => {
  const other = await browser.open(`${site.otherUrl}/pages/attached-input.html`);
  const popup = await browser.openPopup(other);
  expect(await shown(popup)).toMatchObject({ site: 'This page', 'site-state': 'Not on the list of protected sites' });
  expect(await popup.evaluate(`document.querySelector('#site-switch').disabled`)).toBe(true);
  await popup.close();
  await other.close();
});

it('asks for a reload where the page was open before the extension was installed, and reloads it', async () => {
  const own = await openBrowser({ extension: false });
  const tab = await own.open(`${site.url}/pages/attached-input.html`);
  await own.install();
  let popup = await own.openPopup(tab);
  await popup.until(`document.querySelector('#site-state').textContent.includes('open before NullSwap')`);
  const loaded = tab.waitForEvent('load');
  await popup.click('#reload');
  await loaded;
  popup = await own.openPopup(tab);
  await popup.until(`document.querySelector('#site-state').textContent === 'Faces are cloaked when you upload'`);
  expect(await popup.evaluate(`document.querySelector('#reload').hidden`)).toBe(true);
  await popup.close();
  await choose(tab, '#file', files.portrait);
  expect((await receivedAfter(site, tab, 0))[0]!.bytes.equals(await readFile(files.portrait))).toBe(false);
  await own.close();
});

it('keeps counts and switches when the browser is closed and opened again', async () => {
  let popup = await browser.openPopup(page);
  const before = await shown(popup);
  await popup.click('#site-switch');
  await popup.until(`document.querySelector('#site-state').textContent === 'Off on this site'`);
  await popup.close();
  await browser.close();

  browser = await openBrowser({ profile });
  page = await browser.open(`${site.url}/pages/attached-input.html`);
  popup = await browser.openPopup(page);
  await popup.until(`document.querySelector('#pictures-all').textContent === '${before['pictures-all']}'`);
  expect(await shown(popup)).toEqual({ ...before, 'site-state': 'Off on this site' });
  expect(await switches(popup)).toEqual({ site: false, all: true });
  await popup.close();
  expect((await upload(files.portrait)).equals(await readFile(files.portrait))).toBe(true);
});
