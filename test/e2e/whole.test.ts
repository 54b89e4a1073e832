/** A page in which something is missing that the extension stands on: it is said, and what can be held is. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { openBrowser, type Page, type TestBrowser } from './support/browser';
import { readNotice, waitForNotice } from './support/notice';
import { outcomeOf } from './support/outcome';
import { makeFiles, type Files } from './support/pictures';
import { receivedAfter } from './support/routes';
import { choose } from './support/user';

let site: DemoSite;
let files: Files;
let browser: TestBrowser;

beforeAll(async () => {
  [site, files, browser] = await Promise.all([startDemoSite(), makeFiles(), openBrowser({ isQuick: true })]);
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

async function openWithout(missing: () => void): Promise<Page> {
  const page = await browser.context.newPage();
  await page.addInitScript(missing);
  await page.goto(`${site.url}/pages/attached-input.html`);
  return page;
}

const MISSING: [what: string, remove: () => void][] = [
  ['a method', () => void Reflect.deleteProperty(Headers.prototype, 'get')],
  ['a getter', () => void Reflect.deleteProperty(Request.prototype, 'method')],
  ['a whole kind of event', () => void Reflect.deleteProperty(window, 'SubmitEvent')],
];

it.each(MISSING)('%s', async (_, missing) => {
  const page = await openWithout(missing);
  await waitForNotice(page, (notice) => notice?.text.includes('This page cannot be protected') ?? false);
  const popup = await browser.openPopup(page);
  await popup.until(`document.querySelector('#site-switch-detail')?.textContent === 'This page cannot be protected: pictures may go out as they are'`);
  await popup.close();
  const before = site.received.length;
  await choose(page, '#file', files.small);
  const [upload] = await receivedAfter(site, page, before);
  expect(await outcomeOf(await readFile(files.small), upload!.bytes)).toBe('cloaked');
  await page.close();
});

it('says nothing where nothing is missing, nor where the one that is can be done without', async () => {
  for (const missing of [() => {}, () => void Reflect.deleteProperty(Request.prototype, 'body')]) {
    const page = await openWithout(missing);
    await page.waitForTimeout(500);
    expect(await readNotice(page)).toBeNull();
    await page.close();
  }
});
