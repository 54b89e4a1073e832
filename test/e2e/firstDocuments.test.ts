/**
 * Frames and popups begin with an empty document, in which extensions' scripts do not run, and keep it where nothing comes of what they load. A page
 * that puts an input there, or has files dropped or pasted there, gets the cloaked picture as anywhere else.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { openBrowser, type TestBrowser } from './support/browser';
import { firstDocument, firstDocuments, nameOf, openFirst, waysIn, type FirstDocument, type Opened } from './support/firstDocuments';
import { AFTER_LEAVING_MS, HURRIES, NOTHING } from './support/hurries';
import { outcomeOf, record, STATES } from './support/outcome';
import { makeFiles, type Files } from './support/pictures';
import { drop } from './support/user';
import { isThorough } from '../thorough';

let site: DemoSite;
let files: Files;

beforeAll(async () => {
  [site, files] = await Promise.all([startDemoSite(), makeFiles()]);
});
afterAll(() => site.close());

async function open(browser: TestBrowser, first: FirstDocument): Promise<Opened> {
  return openFirst(await browser.open(site.url + firstDocument(first)));
}

it('has its window prepared, and hears nothing but what the page gets', async () => {
  const browser = await openBrowser({ isQuick: true });
  const page = await browser.open(`${site.url}/pages/first-document.html`);
  site.received.length = 0;
  await page.evaluate(() => {
    const stolen: Blob[] = [];
    const take = (transfer: DataTransfer | null | undefined): void => void stolen.push(...(transfer?.files ?? []));
    const listenTo = (wire: EventTarget): void => {
      for (const type of ['drop', 'replay']) wire.addEventListener(type, (event) => take((event as DragEvent).dataTransfer));
    };
    const frame = Object.assign(document.createElement('iframe'), { src: '/pages/drop.html', width: 500, height: 400 });
    document.body.append(frame);
    const { prototype } = (frame.contentWindow as unknown as typeof globalThis).EventTarget;
    const { addEventListener: add, dispatchEvent: dispatch } = prototype;
    prototype.addEventListener = function (this: EventTarget, ...[type, listener, options]: Parameters<EventTarget['addEventListener']>) {
      const own = typeof listener === 'function' && ((event: Event): void => {
        if (event instanceof (frame.contentWindow as unknown as typeof globalThis).MouseEvent && event.relatedTarget) listenTo(event.relatedTarget);
        take((event as DragEvent).dataTransfer);
        listener(event);
      });
      add.call(this, type, type.startsWith('nullswap') || type === 'drop' || type === 'replay' ? own || listener : listener, options);
    };
    prototype.dispatchEvent = function (this: EventTarget, event: Event) {
      if ('relatedTarget' in event && event.relatedTarget) listenTo(event.relatedTarget as EventTarget);
      return dispatch.call(this, event);
    };
    Object.assign(window, { stolen });
  });
  const frame = await (await page.$('iframe'))!.contentFrame();
  await frame!.waitForSelector('#zone');
  await drop(page, '#zone', [files.small], { frame: frame! });
  while (site.received.length === 0) await page.waitForTimeout(25);
  const original = await readFile(files.small);
  expect(await outcomeOf(original, site.received[0]!.bytes)).toBe('cloaked');
  const sizes = (await page.evaluate('window.stolen.map(({ size }) => size)')) as number[];
  expect(sizes.length).toBeGreaterThan(0); // it did hear of the drop that the page got
  expect(sizes).not.toContain(original.length);
  await browser.close();
});

describe.each(STATES)('$state the extension', ({ state, extension, expected }) => {
  let browser: TestBrowser;

  beforeAll(async () => {
    browser = await openBrowser({ extension, isQuick: true });
  });
  afterAll(() => browser.close());

  it.each(firstDocuments)('$where that loads $src', async (first) => {
    const opened = await open(browser, first);
    for (const { way, file, bring } of waysIn) {
      site.received.length = 0;
      await bring(opened, files);
      for (const until = Date.now() + 30_000; site.received.length === 0 && Date.now() < until; ) await new Promise((next) => setTimeout(next, 25));
      const original = await readFile(files[file] as string);
      expect([way, await Promise.all(site.received.map(({ bytes }) => outcomeOf(original, bytes)))]).toEqual([way, [expected]]);
      record({ table: 'routes', name: nameOf(first, way), column: state, outcome: expected });
    }
    void opened.tab.close(); // which is loading for ever
  });

  describe.runIf(isThorough).each(HURRIES)('$hurry', ({ hurry, go, mayMiss }) => {
    it.each(firstDocuments.flatMap((first) => waysIn.map((wayIn) => ({ ...first, ...wayIn }))))('$where that loads $src: $way', async ({ where, src, way, file, bring }) => {
      const opened = await open(browser, { where, src });
      site.received.length = 0;
      await bring(opened, files);
      await opened.tab.locator('#open').blur(); // which would put another frame in the place of this one, and that is leaving
      await go(opened.tab);
      if (mayMiss) await opened.tab.waitForTimeout(AFTER_LEAVING_MS);
      else await expect.poll(() => site.received.length).toBeGreaterThan(0);
      const original = await readFile(files[file] as string);
      const found = await Promise.all(site.received.map(({ bytes }) => outcomeOf(original, bytes)));
      const wanted = mayMiss && found.length === 0 ? [] : [expected];
      expect(found).toEqual(wanted);
      void opened.tab.close();
      if (extension) record({ table: 'routes', name: nameOf({ where, src }, way), column: `with, ${hurry}`, outcome: wanted[0] ?? NOTHING });
    });
  });
});
