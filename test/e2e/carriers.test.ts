/**
 * Pictures that hide in texts, by each route that brings texts into a page, twice: with the extension the page gets the cloaked picture wherever
 * the text held it, without it the original, which shows that the test itself takes the route.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { openBrowser, type Page, type TestBrowser } from './support/browser';
import { AFTER_LEAVING_MS, HURRIES, NOTHING } from './support/hurries';
import { press, waitForFailure, waitForNotice } from './support/notice';
import { outcomeOf, record, STATES, type Outcome } from './support/outcome';
import { makeFiles, type Files } from './support/pictures';
import { copy, drop } from './support/user';
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
  page = await browser.open(`${site.url}/pages/carriers.html`);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.bringToFront();
});
afterEach(() => page.close());

const b64 = (): string => original.toString('base64');
const address = (): string => `data:image/jpeg;base64,${b64()}`;
const drawing = (): string => `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="320"><image width="320" height="320" href="${address()}"/></svg>`;
const rtf = (): string =>
  `{\\rtf1\\ansi{\\pard Our holiday {\\*\\shppict{\\pict{\\*\\picprop}\\picw8467\\pich8467\\jpegblip\\bliptag-1234{\\*\\blipuid 0123456789abcdef0123456789abcdef}\n${original.toString('hex')}}}\\par}}`;

type Texts = Record<string, string>;
type Take = (texts: Texts) => Promise<void>;

const takes: Record<string, Take> = {
  async paste(texts) {
    await page.focus('#zone');
    await page.evaluate((all) => (window as unknown as { copyAs(texts: Texts): boolean }).copyAs(all), texts);
    await page.keyboard.press('Control+V');
  },
  drop: (texts) => drop(page, '#zone', [], { texts }),
  async read(texts) {
    await copy(page, Object.fromEntries(Object.entries(texts).map(([type, text]) => [type, type === 'web image/jpeg' ? original : Buffer.from(text)])));
    await page.click('#read');
  },
  async unsanitized(texts) {
    await copy(page, Object.fromEntries(Object.entries(texts).map(([type, text]) => [type, Buffer.from(text)])));
    await page.click('#unsanitized');
  },
  async readText(texts) {
    await copy(page, { 'text/plain': Buffer.from(texts['text/plain']!) });
    await page.click('#text');
  },
};

const ROUTES = { paste: 'paste', drop: 'drop', read: 'navigator.clipboard.read()', unsanitized: 'navigator.clipboard.read(), unsanitized', readText: 'navigator.clipboard.readText()' };

/** What the page has got, by the name of its type. */
async function got(): Promise<Map<string, Buffer>> {
  while (site.received.length === 0) await page.waitForTimeout(25);
  await page.waitForTimeout(150); // for more, which would be wrong
  return arrived();
}

const arrived = (): Map<string, Buffer> => new Map(site.received.map(({ name, bytes }) => [name, bytes]));

/** Of the pictures in them. */
async function outcomes(texts: Map<string, Buffer>): Promise<Set<Outcome>> {
  const holding = [...texts.values()].filter((bytes) => bytes.length > 1000);
  return new Set(await Promise.all(holding.map((bytes) => outcomeOf(original, pictureIn(bytes)))));
}

/** The picture in a text, whatever became of its spelling. */
function pictureIn(text: Buffer): Buffer {
  if (text[0] === 0xff) return text;
  const nested = /data:image\/svg\+xml([^,]*),([^"']+)/.exec(text.toString());
  if (nested) return pictureIn(nested[1]!.includes('base64') ? Buffer.from(nested[2]!, 'base64') : Buffer.from(decodeURIComponent(nested[2]!)));
  const hex = /blip[^{]*(?:\{[^}]*\})?\s*([0-9a-f]{1000,})/i.exec(text.toString())?.[1];
  if (hex) return Buffer.from(hex, 'hex');
  const plain = text.toString().replace(/&#x([0-9a-f]+);/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(decodeURIComponent(/base64,\s*([\w+/=%\s-]+)/i.exec(plain)![1]!), 'base64');
}

const cases: { route: keyof typeof ROUTES; what: string; texts: () => Texts }[] = [
  { route: 'paste', what: 'address in capitals', texts: () => ({ 'text/html': `<p>x</p><img src="DATA:image/jpeg;BASE64,${b64()}">`, 'text/plain': 'x' }) },
  { route: 'paste', what: 'address without a type, with parameters', texts: () => ({ 'text/html': `<img src="data:;name=a.jpg;base64,${b64()}">` }) },
  { route: 'paste', what: 'address in references', texts: () => ({ 'text/html': `<img src="${[...'data:'].map((letter) => `&#x${letter.charCodeAt(0).toString(16)};`).join('')}image/jpeg;base64,${b64()}">` }) },
  { route: 'paste', what: 'address with percent signs', texts: () => ({ 'text/html': `<img src="data:image/jpeg;base64,${encodeURIComponent(b64())}">` }) },
  { route: 'paste', what: 'address in srcset', texts: () => ({ 'text/html': `<img srcset="${address()} 2x">` }) },
  { route: 'paste', what: 'address in a style', texts: () => ({ 'text/html': `<p style="background: url(&quot;${address()}&quot;)">x</p>` }) },
  { route: 'paste', what: 'address as text', texts: () => ({ 'text/plain': address() }) },
  { route: 'paste', what: 'drawing with a photo in an address', texts: () => ({ 'text/html': `<img src="data:image/svg+xml,${encodeURIComponent(drawing())}">` }) },
  // `text/rtf` itself is put on the clipboard by other programs only
  { route: 'paste', what: 'RTF of Word', texts: () => ({ 'application/rtf': rtf(), 'text/plain': 'Our holiday' }) },
  { route: 'drop', what: 'RTF of Word', texts: () => ({ 'text/rtf': rtf(), 'text/plain': 'Our holiday' }) },
  { route: 'drop', what: 'address as a link', texts: () => ({ 'text/uri-list': address() }) },
  { route: 'drop', what: 'address in JSON of an editor', texts: () => ({ 'application/x-editor': JSON.stringify({ src: address() }) }) },
  { route: 'read', what: 'markup', texts: () => ({ 'text/html': `<p>x</p><img src="${address()}">`, 'text/plain': 'x' }) },
  { route: 'unsanitized', what: 'markup', texts: () => ({ 'text/html': `<style>p { color: red }</style><p>x</p><img src="${address()}">` }) },
  { route: 'read', what: 'text', texts: () => ({ 'text/plain': address() }) },
  { route: 'read', what: 'web image/jpeg', texts: () => ({ 'web image/jpeg': '', 'text/plain': 'x' }) },
  { route: 'read', what: 'web text/html', texts: () => ({ 'web text/html': `<img src="${address()}">` }) },
  { route: 'read', what: 'drawing with a photo', texts: () => ({ 'image/svg+xml': drawing() }) },
  { route: 'readText', what: 'address', texts: () => ({ 'text/plain': `see ${address()}` }) },
];

describe.each(STATES)('$state the extension', ({ state, extension, expected }) => {
  beforeAll(async () => {
    browser = await openBrowser({ extension, isQuick: true });
  });
  afterAll(() => browser.close());

  it.each(cases)('$route: $what', async ({ route, what, texts }) => {
    await takes[route]!(texts());
    expect(await outcomes(await got())).toEqual(new Set([expected]));
    record({ table: 'routes', name: `${ROUTES[route]}: ${what}`, column: state, outcome: expected });
  });

  describe.runIf(isThorough).each(HURRIES)('$hurry', ({ hurry, go, mayMiss }) => {
    it.each(cases)('$route: $what', async ({ route, what, texts }) => {
      await takes[route]!(texts());
      await go(page);
      if (mayMiss) await page.waitForTimeout(AFTER_LEAVING_MS);
      const found = await outcomes(mayMiss ? arrived() : await got());
      const wanted = mayMiss && found.size === 0 ? [] : [expected];
      expect(found).toEqual(new Set(wanted));
      if (extension) record({ table: 'routes', name: `${ROUTES[route]}: ${what}`, column: `with, ${hurry}`, outcome: wanted[0] ?? NOTHING });
    });
  });

  it.each(Object.keys(takes) as (keyof typeof ROUTES)[])('%s: texts without a picture come as they are', async (route) => {
    const html = '<p>data: <b>a</b>, <img src="http://demo.localhost/a.jpg" alt="x"></p>';
    await takes[route]!(route === 'readText' ? { 'text/plain': 'data: a, b' } : { 'text/html': html, 'text/plain': 'data: a, b' });
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
    it.each<[keyof typeof ROUTES, () => Texts]>([
      ['paste', () => ({ 'text/html': `<img src="data:;base64,${b64().slice(0, 4000)}">` })],
      ['drop', () => ({ 'text/rtf': `{\\rtf1{\\pict\\jpegblip ${original.subarray(0, 600).toString('hex')}}}` })],
      ['read', () => ({ 'text/html': `<p>x</p><img src="data:image/jpeg;base64,${b64().slice(0, 800)}">` })],
      ['readText', () => ({ 'text/plain': `data:;base64,${b64().slice(0, 800)}` })],
    ])('%s: a text whose picture cannot be cloaked is held, and the user asked', async (route, texts) => {
      await takes[route]!(texts());
      await waitForFailure(page);
      expect(site.received).toHaveLength(0);
      await press(page, 'Cancel');
      await waitForNotice(page, (notice) => notice === null);
      expect(site.received).toHaveLength(0);
      if (route.startsWith('read')) expect(await page.evaluate('window.error')).toBe('NotReadableError');
    });
  }
});
