/**
 * Pictures that hide in texts, by each route that brings texts into a page, twice: with the extension the page gets the cloaked picture wherever
 * the text held it, without it the original, which shows that the test itself takes the route.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { base64, carried, CARRIERS_PAGE, nameOf, outcomesIn, takes, type Arrived, type Route, type Texts } from './support/carried';
import { openBrowser, type Page, type TestBrowser } from './support/browser';
import { AFTER_LEAVING_MS, HURRIES, NOTHING } from './support/hurries';
import { press, waitForFailure, waitForNotice } from './support/notice';
import { record, STATES } from './support/outcome';
import { makeFiles, type Files } from './support/pictures';
import { copy } from './support/user';
import { isThorough } from '../thorough';

let site: DemoSite;
let files: Files;
let original: Buffer;
let browser: TestBrowser;
let page: Page;

beforeAll(async () => {
  [site, files] = await Promise.all([startDemoSite(), makeFiles()]);
  original = await readFile(files.small);
});
afterAll(() => site.close());
beforeEach(async () => {
  site.received.length = 0;
  page = await browser.open(site.url + CARRIERS_PAGE);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.bringToFront();
});
afterEach(() => page.close());

const take = (route: Route, texts: Texts): Promise<void> => takes[route](page, texts, original);

/** What the page has got, by the name of its type. */
async function got(): Promise<Arrived> {
  while (site.received.length === 0) await page.waitForTimeout(25);
  await page.waitForTimeout(150); // for more, which would be wrong
  return arrived();
}

const arrived = (): Arrived => new Map(site.received.map(({ name, bytes }) => [name, bytes]));

describe.each(STATES)('$state the extension', ({ state, extension, expected }) => {
  beforeAll(async () => {
    browser = await openBrowser({ extension, isQuick: true });
  });
  afterAll(() => browser.close());

  it.each(carried)('$route: $what', async (of) => {
    await take(of.route, of.texts(original));
    expect(await outcomesIn(await got(), original)).toEqual(new Set([expected]));
    record({ table: 'routes', name: nameOf(of), column: state, outcome: expected });
  });

  describe.runIf(isThorough).each(HURRIES)('$hurry', ({ hurry, go, mayMiss }) => {
    it.each(carried)('$route: $what', async (of) => {
      await take(of.route, of.texts(original));
      await go(page);
      if (mayMiss) await page.waitForTimeout(AFTER_LEAVING_MS);
      const found = await outcomesIn(mayMiss ? arrived() : await got(), original);
      const wanted = mayMiss && found.size === 0 ? [] : [expected];
      expect(found).toEqual(new Set(wanted));
      if (extension) record({ table: 'routes', name: nameOf(of), column: `with, ${hurry}`, outcome: wanted[0] ?? NOTHING });
    });
  });

  it.each(Object.keys(takes) as Route[])('%s: texts without a picture come as they are', async (route) => {
    const html = '<p>data: <b>a</b>, <img src="http://demo.localhost/a.jpg" alt="x"></p>';
    await take(route, route === 'readText' ? { 'text/plain': 'data: a, b' } : { 'text/html': html, 'text/plain': 'data: a, b' });
    const all = await got();
    expect(all.get('text-plain')?.toString() ?? 'data: a, b').toBe('data: a, b');
    if (route !== 'readText') expect(all.get('text-html')!.toString()).toContain('data: <b>a</b>, <img src="http://demo.localhost/a.jpg" alt="x">');
    if (route === 'paste' || route === 'drop') expect(await page.evaluate('window.trusted')).toBe(true);
  });

  it('clipboard.read() leaves out of markup what may be dangerous, unless the page asks for it', async () => {
    const text = Buffer.from('<style>p { color: red }</style><p class="a">x</p>');
    for (const [button, hasStyle] of [['#read', false], ['#unsanitized', true]] as const) {
      site.received.length = 0;
      await copy(page, { 'text/html': text });
      await page.click(button);
      expect((await got()).get('text-html')!.toString().includes('<style>')).toBe(hasStyle);
    }
  });

  if (extension) {
    it.each<[Route, () => Texts]>([
      ['paste', () => ({ 'text/html': `<img src="data:;base64,${base64(original).slice(0, 4000)}">` })],
      ['drop', () => ({ 'text/rtf': `{\\rtf1{\\pict\\jpegblip ${original.subarray(0, 600).toString('hex')}}}` })],
      ['read', () => ({ 'text/html': `<p>x</p><img src="data:image/jpeg;base64,${base64(original).slice(0, 800)}">` })],
      ['readText', () => ({ 'text/plain': `data:;base64,${base64(original).slice(0, 800)}` })],
    ])('%s: a text whose picture cannot be cloaked is held, and the user asked', async (route, texts) => {
      await take(route, texts());
      await waitForFailure(page);
      expect(site.received).toHaveLength(0);
      await press(page, 'Cancel');
      await waitForNotice(page, (notice) => notice === null);
      expect(site.received).toHaveLength(0);
      if (route.startsWith('read')) expect(await page.evaluate('window.error')).toBe('NotReadableError');
    });
  }
});
