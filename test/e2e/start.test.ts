/** The extension is in the page before the page's first script, and gives the page nothing to find or to use. */
import { readFile } from 'node:fs/promises';
import type { ElementHandle } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { openBrowser, type Page, type TestBrowser } from './support/browser';
import { makeFiles, type Files } from './support/pictures';

const LOADS = 20;

interface Seen {
  name: string;
  type: string;
  trusted: boolean;
}

let site: DemoSite;
let files: Files;
let browser: TestBrowser;
let plain: TestBrowser;

beforeAll(async () => {
  [site, files, browser, plain] = await Promise.all([startDemoSite(), makeFiles(), openBrowser(), openBrowser({ extension: false })]);
});
afterAll(async () => {
  await Promise.all([browser.close(), plain.close()]);
  await site.close();
});

/** Gives both inputs of the page a file and returns the events its first script saw. */
async function eventsAtFirstScript(page: Page): Promise<Seen[]> {
  const attached = (await page.$('#file'))!;
  const detached = (await page.evaluateHandle('window.detached')) as ElementHandle<HTMLInputElement>;
  await attached.setInputFiles(files.pdf);
  await detached.setInputFiles(files.pdf);
  await page.waitForFunction(() => (window as unknown as { seen: Seen[] }).seen.length >= 4);
  return page.evaluate(() => (window as unknown as { seen: Seen[] }).seen);
}

const events = (trusted: boolean): Seen[] =>
  ['window', 'detached'].flatMap((name) => ['input', 'change'].map((type) => ({ name, type, trusted })));

const sorted = (seen: Seen[]): string[] => seen.map(({ name, type, trusted }) => `${name} ${type} ${trusted}`).sort();

it(`holds what listeners of the page's first script would see, on ${LOADS} of ${LOADS} loads`, async () => {
  const page = await browser.open(`${site.url}/pages/first-script.html`);
  for (let load = 0; load < LOADS; load += 1) {
    if (load > 0) await page.reload();
    // a replayed event is not trusted: had the page seen the original one, it would be
    expect(sorted(await eventsAtFirstScript(page))).toEqual(sorted(events(false)));
  }
  await page.close();
});

it('sees the original events without the extension', async () => {
  const page = await plain.open(`${site.url}/pages/first-script.html`);
  expect(sorted(await eventsAtFirstScript(page))).toEqual(sorted(events(true)));
  await page.close();
});

/** Everything a page can cheaply ask of the functions that are hooked. */
const DESCRIBE_NATIVES = `(() => {
  const owners = [
    [HTMLElement, 'click'], [HTMLInputElement, 'showPicker'], [EventTarget, 'dispatchEvent'], [EventTarget, 'addEventListener'], [Function, 'toString'],
    [Element, 'attachShadow'], [Document, 'open'], [Document, 'write'], [Document, 'writeln'], [DataTransferItem, 'webkitGetAsEntry'],
    [DataTransferItem, 'getAsFileSystemHandle'], [FileSystemFileHandle, 'getFile'], [Clipboard, 'read'], [File, 'webkitRelativePath', 'get'],
    [XMLHttpRequest, 'open'], [XMLHttpRequest, 'send'], [XMLHttpRequest, 'abort'], [Navigator, 'sendBeacon'], [{ prototype: window }, 'fetch'],
  ];
  const attempt = (run) => { try { run(); return 'no error'; } catch (error) { return error.name + ': ' + error.message; } };
  return owners.map(([{ prototype }, name, key = 'value']) => {
    const { [key]: value, ...descriptor } = Object.getOwnPropertyDescriptor(prototype, name);
    if (descriptor.set) descriptor.set = String(descriptor.set);
    return {
      name: value.name,
      length: value.length,
      text: value.toString(),
      textByCall: Function.prototype.toString.call(value),
      keys: Reflect.ownKeys(value),
      descriptor,
      construct: attempt(() => new value()),
      isConstructor: attempt(() => Reflect.construct(Object, [], value)),
      prototype: Object.hasOwn(value, 'prototype'),
      wrongThis: name === 'fetch' ? '' : attempt(() => value.call(1)),
      isEnumerated: Object.keys(prototype).includes(name),
    };
  }).concat(Reflect.ownKeys(window).map(String).filter((key) => !/^\\d+$/.test(key)).sort());
})()`;

it('looks the same to a page with and without it', async () => {
  const describe = async (from: TestBrowser): Promise<unknown> => {
    const page = await from.open(`${site.url}/pages/attached-input.html`);
    const result = await page.evaluate(DESCRIBE_NATIVES);
    await page.close();
    return result;
  };
  expect(await describe(browser)).toEqual(await describe(plain));
});

it('does not answer a page that guesses at the meeting of the two worlds', async () => {
  const page = await browser.open(`${site.url}/pages/attached-input.html`);
  const isUnanswered = await page.evaluate(() =>
    window.dispatchEvent(new MouseEvent('nullswap:meeting', { cancelable: true, relatedTarget: document.body })),
  );
  expect(isUnanswered).toBe(true);
  await page.close();
});

it('refuses content scripts what only the popup may ask', async () => {
  const page = await browser.open(`${site.url}/pages/attached-input.html`);
  const ask = (type: string): Promise<{ ok: boolean }> =>
    browser.inContentScript(page, `chrome.runtime.sendMessage({ to: 'background', type: '${type}', site: 'demo', on: false })`);
  expect(await ask('switchSite')).toMatchObject({ ok: false });
  expect(await ask('changeSettings')).toMatchObject({ ok: false });
  expect(await ask('addSites')).toMatchObject({ ok: false });
  expect(await ask('removeSite')).toMatchObject({ ok: false });
  expect(await ask('ensureEngine')).toMatchObject({ ok: true }); // what it may ask is answered
  await page.close();
});

it('lets pages load none of its files, and asks for no more hosts than the list', async () => {
  const page = await browser.open(`${site.url}/pages/attached-input.html`);
  const loads = await page.evaluate(
    (origin) =>
      Promise.all(
        ['manifest.json', 'src/page/page.iife.js', 'build/icons/icon-16.png'].map((path) =>
          fetch(`${origin}/${path}`).then(
            () => true,
            () => false,
          ),
        ),
      ),
    browser.extensionOrigin,
  );
  expect(loads).toEqual([false, false, false]);
  await page.close();

  const manifest = JSON.parse(await readFile('dist/manifest.json', 'utf8'));
  expect(manifest.permissions).toEqual(['activeTab', 'alarms', 'contextMenus', 'offscreen', 'scripting', 'storage']);
  expect(manifest.optional_host_permissions).toEqual(['https://*/*', 'http://*.localhost/*', 'http://127.0.0.1/*']);
  expect(manifest.web_accessible_resources ?? []).toEqual([]);
  for (const script of manifest.content_scripts) expect(script.matches).toEqual(manifest.host_permissions);
  for (const pattern of manifest.host_permissions) expect(pattern).toMatch(/^https:\/\/(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+\/\*$/);
});
