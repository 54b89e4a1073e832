/** The extension is in the page before the page's first script, and gives the page nothing to find or to use. */
import { readFile } from 'node:fs/promises';
import type { ElementHandle } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
    [Clipboard, 'readText'], [HTMLFormElement, 'submit'], [DataTransfer, 'effectAllowed', 'get'], [DataTransfer, 'dropEffect', 'get'], [HTMLInputElement, 'webkitEntries', 'get'],
    [HTMLIFrameElement, 'contentWindow', 'get'], [HTMLIFrameElement, 'contentDocument', 'get'], [HTMLIFrameElement, 'getSVGDocument'], [HTMLObjectElement, 'contentWindow', 'get'],
    [{ prototype: window }, 'open'], [{ prototype: window }, 'webkitRequestFileSystem'],
  ];
  const frames = [document.body, null].map((to) => { const frame = document.createElement('iframe'); document.body.append(frame); return frame.contentWindow; });
  const inner = frames[0].document.createElement('iframe');
  frames[0].document.body.append(inner);
  const texts = (value) => [...frames, inner.contentWindow].map((view) => view.Function.prototype.toString.call(value));
  const attempt = (run) => { try { run(); return 'no error'; } catch (error) { return error.name + ': ' + error.message; } };
  return owners.map(([{ prototype }, name, key = 'value']) => {
    const { [key]: value, ...descriptor } = Object.getOwnPropertyDescriptor(prototype, name);
    if (descriptor.set) descriptor.set = String(descriptor.set);
    return {
      name: value.name,
      length: value.length,
      text: value.toString(),
      textByCall: Function.prototype.toString.call(value),
      textByOthers: texts(value),
      textOfOther: Function.prototype.toString.call(inner.contentWindow.EventTarget.prototype.addEventListener),
      textOfSibling: frames[1].Function.prototype.toString.call(inner.contentWindow.EventTarget.prototype.addEventListener),
      keys: Reflect.ownKeys(value),
      descriptor,
      construct: attempt(() => new value()),
      isConstructor: attempt(() => Reflect.construct(Object, [], value)),
      prototype: Object.hasOwn(value, 'prototype'),
      wrongThis: ['fetch', 'open'].includes(name) ? '' : attempt(() => value.call(1)),
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

describe('what is stored', () => {
  const attempts = ['local.get()', 'local.set({ settings: { enabled: false } })', "local.remove('settings')", 'local.clear()', 'session.set({ a: 1 })', 'session.get()'];
  const tryAll = async (page: Page): Promise<string[]> => {
    const expression = (call: string): string => `chrome.storage.${call}.then(() => 'done', (error) => error.message)`;
    const said: string[] = [];
    for (const call of attempts) said.push(await browser.inContentScript(page, `(async () => { try { return await ${expression(call)} } catch (error) { return error.message } })()`));
    return said;
  };
  const stored = (): Promise<unknown> => browser.control.evaluate(() => chrome.storage.local.get());

  it.each(['', 'whose worker was ended', 'that was started anew'])('is closed to the content scripts of an extension %s', async (state) => {
    if (state.includes('ended')) await browser.killWorker();
    if (state.includes('anew')) {
      const url = browser.control.url();
      await browser.reloadExtension();
      await browser.reviveExtension();
      expect(browser.control.url()).toBe(url);
    }
    await browser.changeSettings({ notice: 'problems' });
    const before = await stored();
    const page = await browser.open(`${site.url}/pages/attached-input.html`);
    for (const said of await tryAll(page)) expect(said).toMatch(/not allowed|not accessible/i);
    expect(await stored()).toEqual(before);
    await page.close();
  });

  it('is told to a page as far as it is about its own site', async () => {
    await browser.changeSettings({ notice: 'problems', disabledSites: ['demo', 'flickr'], ownSites: ['https://example.org'], failureChoices: { demo: 'cancel', x: 'original' } });
    const page = await browser.open(`${site.url}/pages/attached-input.html`);
    const answer = await browser.inContentScript<{ value: object }>(page, "chrome.runtime.sendMessage({ to: 'background', type: 'pageSettings' })");
    expect(answer.value).toMatchObject({ site: 'demo', isSiteDisabled: true, siteChoice: 'cancel', notice: 'problems' });
    expect(JSON.stringify(answer)).not.toMatch(/flickr|example|"x"/);
    await page.close();
    await browser.changeSettings({ disabledSites: [], ownSites: [], failureChoices: {}, notice: 'all' });
  });

  it.each([true, false])('holds on pages that are open when it changes: %s', async (on) => {
    await browser.switchSite(!on);
    const page = await browser.open(`${site.url}/pages/first-script.html`);
    await page.waitForTimeout(200);
    await browser.switchSite(on);
    await page.waitForTimeout(200);
    expect(sorted(await eventsAtFirstScript(page))).toEqual(sorted(events(!on)));
    await page.close();
    await browser.switchSite(true);
  });

  it.each([true, false])('holds on a page that asks for it while there is no worker: %s', async (on) => {
    await browser.switchSite(on);
    await browser.killWorker();
    const page = await browser.open(`${site.url}/pages/first-script.html`);
    if (!on) await page.waitForTimeout(1000); // held until it is known
    expect(sorted(await eventsAtFirstScript(page))).toEqual(sorted(events(!on)));
    await page.close();
    await browser.switchSite(true);
  });
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
