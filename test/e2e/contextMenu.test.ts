/** "Cloak this image…" in the menu of a picture: it opens in the studio, and no request goes out for it. */
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startDemoSite, type Answers, type DemoSite } from '../sites/demo-site';
import { openBrowser, type Page, type TestBrowser } from './support/browser';
import { makeFiles, type Files } from './support/pictures';

let site: DemoSite;
let files: Files;
let browser: TestBrowser;
let page: Page;

beforeAll(async () => {
  files = await makeFiles();
  [site, browser] = await Promise.all([startDemoSite({ answers: pictures(await readFile(files.small)) }), openBrowser({ isQuick: true })]);
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

/** One picture by two addresses: one that the browser may keep, one that it may not. */
const pictures =
  (bytes: Buffer): Answers =>
  ({ url }, response) => {
    if (!url?.startsWith('/pictures/')) return false;
    response.writeHead(200, { 'content-type': 'image/jpeg', 'cache-control': url.includes('kept') ? 'max-age=3600' : 'no-store' }).end(bytes);
    return true;
  };

async function show(address: string): Promise<string> {
  return page.evaluate(async (address) => {
    const image = new Image();
    image.src = address;
    document.body.append(image);
    await image.decode();
    return image.src;
  }, address);
}

/** The studio, opened for the picture, and how many requests for pictures the site had meanwhile. */
async function cloak(srcUrl: string): Promise<{ studio: Page; requests: number }> {
  const asked = (): number => site.requests.filter(({ path }) => path.startsWith('/pictures/')).length;
  const before = asked();
  const opening = browser.context.waitForEvent('page');
  await browser.dispatch('contextMenus.onClicked', { menuItemId: 'cloak', srcUrl, frameId: 0 }, site.url);
  const studio = await opening;
  await studio.waitForSelector('.toolbar .name, .message:not(:empty)');
  return { studio, requests: asked() - before };
}

const nameIn = (studio: Page): Promise<string> => studio.locator('.toolbar .name').first().innerText();

const left = (): Promise<number> =>
  browser.control.evaluate(async () => {
    const opening = indexedDB.open('handover');
    await new Promise((done) => (opening.onsuccess = done));
    const counting = opening.result.transaction('pictures').objectStore('pictures').count();
    await new Promise((done) => (counting.onsuccess = done));
    opening.result.close();
    return counting.result;
  });

it('opens the very file in the studio where the browser has kept it, without a request', async () => {
  const { studio, requests } = await cloak(await show('/pictures/kept.jpg'));
  expect(await nameIn(studio)).toBe('kept.jpg');
  expect(requests).toBe(0);
  expect(await left()).toBe(0);
  await studio.close();
});

it('opens what is shown where the browser has not kept the file, without a request', async () => {
  const { studio, requests } = await cloak(await show('/pictures/passing.jpg'));
  expect(await nameIn(studio)).toBe('passing.png');
  expect(requests).toBe(0);
  await studio.close();
});

it('opens a picture that the page has made itself', async () => {
  const bytes = [...(await readFile(files.small))];
  const made = await page.evaluate((bytes) => URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: 'image/jpeg' })), bytes);
  const { studio } = await cloak(await show(made));
  expect(await nameIn(studio)).toBe('picture.jpg');
  await studio.close();
});

it('says what to do where the picture belongs to another site, and asks nobody for it', async () => {
  const { studio, requests } = await cloak(await show(`${site.otherUrl}/pictures/kept.jpg`));
  expect(await studio.locator('.toolbar .name').count()).toBe(0);
  expect(await studio.locator('.message').innerText()).toContain('could not be read');
  expect(requests).toBe(0);
  await studio.close();
});
