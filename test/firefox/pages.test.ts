/** The extension's own pages in Firefox: what popup, settings, welcome and studio say there counts, as in Chromium (test/e2e has all of it). */
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { makeFiles, type Files } from '../e2e/support/pictures';
import { outcomeOf } from '../e2e/support/outcome';
import { TestFirefox } from './support/browser';
import type { FirefoxPage } from './support/page';

let site: DemoSite;
let files: Files;
let browser: TestFirefox;
let form: FirefoxPage;

beforeAll(async () => {
  [site, files, browser] = await Promise.all([startDemoSite(), makeFiles(), TestFirefox.open({ isQuick: true })]);
});
beforeEach(async () => {
  site.received.length = 0;
  form = await browser.open(`${site.url}/pages/attached-input.html`);
  await form.bringToFront();
});
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser.close();
  await site.close();
});

async function uploaded(): Promise<string> {
  const before = site.received.length;
  await form.hands.choose(form.asPlaywright, '#file', [before % 2 ? files.small2 : files.small]);
  await expect.poll(() => site.received.length).toBe(before + 1);
  return outcomeOf(await readFile(before % 2 ? files.small2 : files.small), site.received[before]!.bytes);
}

async function openPopup(): Promise<FirefoxPage> {
  const popup = await browser.openOwn('src/popup/popup.html', false);
  await popup.waitForSelector('#history', { state: 'attached' }); // from then on it hears of changes
  return popup;
}
/** By script: the tab is not in front. */
const press = (page: FirefoxPage, selector: string): Promise<unknown> =>
  page.evaluate((at: string) => document.querySelector<HTMLElement>(at)!.click(), selector);
const saysOfSite = (popup: FirefoxPage, words: string): Promise<void> =>
  expect.poll(() => popup.evaluate(`document.querySelector('#site-switch-detail')?.textContent`)).toBe(words);
const ON = 'Faces are cloaked when you upload';

it('welcomes with a portrait that was cloaked just now', async () => {
  const page = await browser.openOwn('src/welcome/welcome.html');
  await page.waitForSelector('.demo img-comparison-slider');
  expect(await page.evaluate(`document.querySelector('.demo [role=status]').textContent`)).toMatch(/^Cloaked just now by your device, in [\d.]+ sec\./);
});

it('counts in the popup what was cloaked', async () => {
  expect(await uploaded()).toBe('cloaked');
  const popup = await openPopup();
  await expect.poll(() => popup.evaluate(`document.querySelector('#all-time')?.textContent`)).toBe('1 picture · 1 face');
});

it('switches this site off and on again, in a page that is open', async () => {
  const popup = await openPopup();
  await saysOfSite(popup, ON);
  await press(popup, '#site-switch');
  await saysOfSite(popup, 'Off on this site');
  expect(await uploaded()).toBe('original');
  await press(popup, '#site-switch');
  await saysOfSite(popup, ON);
  expect(await uploaded()).toBe('cloaked');
});

it('pauses everywhere, and goes on when told to', async () => {
  const popup = await openPopup();
  await saysOfSite(popup, ON);
  await press(popup, '#pause');
  await saysOfSite(popup, 'Paused, as everywhere');
  expect(await uploaded()).toBe('original');
  await press(popup, '#pause');
  await saysOfSite(popup, ON);
  expect(await uploaded()).toBe('cloaked');
});

it('keeps what is chosen in the settings', async () => {
  const settings = await browser.openOwn('src/options/options.html');
  await settings.waitForSelector('#strength');
  await settings.page.select('#strength', 'gentle');
  await settings.page.select('#failure-policy', 'original');
  await settings.close();
  const again = await browser.openOwn('src/options/options.html');
  await again.waitForSelector('#strength');
  expect(await again.evaluate(`[document.querySelector('#strength').value, document.querySelector('#failure-policy').value]`)).toEqual(['gentle', 'original']);
});

it('cloaks in the studio what is chosen there', async () => {
  const studio = await browser.openOwn('src/studio/studio.html');
  await studio.hands.choose(studio.asPlaywright, '#choose-photos', [files.portrait]);
  await studio.waitForSelector('img-comparison-slider');
  expect(await studio.evaluate(`document.querySelector('.status p').textContent`)).toMatch(/^1 face cloaked in [\d.]+ sec\.$/);
});

it('asks nothing of the world outside: all that is asked is Firefox’s own', () => {
  expect(browser.requested.filter((address) => !/^(https?:\/\/)?[\w.-]+\.(mozilla|firefox)\.(com|net|org)\b/.test(address))).toEqual([]);
});
