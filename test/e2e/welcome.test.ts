/** The welcome page: once, after the installation; what it asks counts at once, and what it says is so. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import english from '../../_locales/en/welcome.json';
import { isWelcomePage } from '../../scripts/extension';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { openBrowser, welcomePage, type Page, type TestBrowser } from './support/browser';
import { makeFiles, type Files } from './support/pictures';
import { receivedAfter } from './support/routes';
import { choose } from './support/user';

let site: DemoSite;
let files: Files;
let profile: string;
let browser: TestBrowser;
let page: Page;

beforeAll(async () => {
  [site, files, profile] = await Promise.all([startDemoSite(), makeFiles(), mkdtemp(join(tmpdir(), 'nullswap-profile-'))]);
  browser = await openBrowser({ profile, welcome: true });
  page = await welcomePage(browser.context);
});
afterAll(async () => {
  await browser.close();
  await site.close();
  await rm(profile, { recursive: true, force: true });
});

it('cloaks a portrait on this device while one reads', async () => {
  await page.waitForSelector('.demo img-comparison-slider');
  expect(await page.locator('.demo [role=status]').innerText()).toMatch(/^Cloaked just now by your device, in [\d.]+ sec\./);
  const [before, after] = await page.locator('.demo img').evaluateAll(async (images) =>
    Promise.all(images.map(async (image) => [...new Uint8Array(await (await fetch((image as HTMLImageElement).src)).arrayBuffer())])),
  );
  expect(before).not.toEqual(after);
  expect(before!.length).toBeGreaterThan(10_000);
});

it('has all sites on, and one that is switched off gets its pictures as they are', async () => {
  const switches = page.locator('.sites [role=switch]');
  expect(await switches.count()).toBeGreaterThan(30);
  expect(await switches.evaluateAll((all) => all.every((one) => (one as HTMLInputElement).checked))).toBe(true);

  await page.click('#site-demo');
  await page.waitForSelector('#site-demo:not(:checked)');
  const form = await browser.open(`${site.url}/pages/attached-input.html`);
  await choose(form, '#file', files.small);
  const [received] = await receivedAfter(site, form, 0);
  expect(received!.bytes.equals(await readFile(files.small))).toBe(true);
  await form.close();
});

it('switches all sites off and on again', async () => {
  await page.click('#all-off');
  await expect.poll(() => page.locator('.sites :checked').count()).toBe(0);
  await page.click('#all-on');
  await expect.poll(() => page.locator('.sites :not(:checked)[role=switch]').count()).toBe(0);
});

it('says what was measured, and what is not protected', async () => {
  expect(await page.locator('.limits li').count()).toBe(5);
  expect(await page.locator('.limits li').first().innerText()).toMatch(/\d+ of 100 people/);
});

it('leads to the settings, where other sites are added', async () => {
  const [settings] = await Promise.all([browser.context.waitForEvent('page'), page.click('#settings')]);
  await settings.waitForSelector('body > *');
  expect(settings.url()).toContain('/options/options.html');
  await settings.close();
});

it('leads to the privacy statement and to the studio', async () => {
  await page.click('#privacy');
  await page.waitForSelector('h1:has-text("Privacy")');
  expect(await page.locator('main').innerText()).toContain(english.welcome_privacy_sent_1.message);
  await page.goBack();
  await page.click('#studio');
  await page.waitForSelector('.drop-zone');
  expect(page.url()).toBe(`${browser.extensionOrigin}/src/studio/studio.html`);
});

it('does not open again when the browser starts, nor when the extension is updated', async () => {
  await browser.close();
  browser = await openBrowser({ profile, welcome: true });
  const other = await browser.open(`${site.url}/pages/attached-input.html`);
  await choose(other, '#file', files.small);
  await receivedAfter(site, other, site.received.length);
  expect(browser.context.pages().filter(isWelcomePage)).toEqual([]);
});
