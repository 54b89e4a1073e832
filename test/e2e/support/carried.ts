/** Pictures that hide in texts, and the ways by which texts get into a page. */
import type { Page } from 'playwright-core';
import { outcomeOf, type Outcome } from './outcome';
import { copy, drop } from './user';

/** By MIME type. */
export type Texts = Record<string, string>;

/** What the page has got, by the name of its type. */
export type Arrived = Map<string, Buffer>;

export const base64 = (picture: Buffer): string => picture.toString('base64');
const address = (picture: Buffer): string => `data:image/jpeg;base64,${base64(picture)}`;
const drawing = (picture: Buffer): string => `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="320"><image width="320" height="320" href="${address(picture)}"/></svg>`;
const rtf = (picture: Buffer): string =>
  `{\\rtf1\\ansi{\\pard Our holiday {\\*\\shppict{\\pict{\\*\\picprop}\\picw8467\\pich8467\\jpegblip\\bliptag-1234{\\*\\blipuid 0123456789abcdef0123456789abcdef}\n${picture.toString('hex')}}}\\par}}`;

/** Of test/sites/pages/carriers.html. */
export const CARRIERS_PAGE = '/pages/carriers.html';

/** @param picture that a `web image/jpeg` holds */
type Take = (page: Page, texts: Texts, picture: Buffer) => Promise<void>;

export type Route = 'paste' | 'drop' | 'read' | 'unsanitized' | 'readText';

export const takes: Record<Route, Take> = {
  async paste(page, texts) {
    await page.focus('#zone');
    await page.evaluate((all) => (window as unknown as { copyAs(texts: Texts): void }).copyAs(all), texts);
    await page.keyboard.press('Control+C');
    await page.keyboard.press('Control+V');
  },
  drop: (page, texts) => drop(page, '#zone', [], { texts }),
  async read(page, texts, picture) {
    await copy(page, Object.fromEntries(Object.entries(texts).map(([type, text]) => [type, type === 'web image/jpeg' ? picture : Buffer.from(text)])));
    await page.click('#read');
  },
  async unsanitized(page, texts) {
    await copy(page, Object.fromEntries(Object.entries(texts).map(([type, text]) => [type, Buffer.from(text)])));
    await page.click('#unsanitized');
  },
  async readText(page, texts) {
    await copy(page, { 'text/plain': Buffer.from(texts['text/plain']!) });
    await page.click('#text');
  },
};

const ROUTES: Record<Route, string> = { paste: 'paste', drop: 'drop', read: 'navigator.clipboard.read()', unsanitized: 'navigator.clipboard.read(), unsanitized', readText: 'navigator.clipboard.readText()' };

export interface Carried {
  route: Route;
  what: string;
  texts(picture: Buffer): Texts;
}

/** As the table has it. */
export function nameOf({ route, what }: Carried): string {
  return `${ROUTES[route]}: ${what}`;
}

/** Of the pictures in the texts. */
export async function outcomesIn(texts: Arrived, original: Buffer): Promise<Set<Outcome>> {
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

export const carried: Carried[] = [
  { route: 'paste', what: 'address in capitals', texts: (picture) => ({ 'text/html': `<p>x</p><img src="DATA:image/jpeg;BASE64,${base64(picture)}">`, 'text/plain': 'x' }) },
  { route: 'paste', what: 'address without a type, with parameters', texts: (picture) => ({ 'text/html': `<img src="data:;name=a.jpg;base64,${base64(picture)}">` }) },
  { route: 'paste', what: 'address in references', texts: (picture) => ({ 'text/html': `<img src="${[...'data:'].map((letter) => `&#x${letter.charCodeAt(0).toString(16)};`).join('')}image/jpeg;base64,${base64(picture)}">` }) },
  { route: 'paste', what: 'address with percent signs', texts: (picture) => ({ 'text/html': `<img src="data:image/jpeg;base64,${encodeURIComponent(base64(picture))}">` }) },
  { route: 'paste', what: 'address in srcset', texts: (picture) => ({ 'text/html': `<img srcset="${address(picture)} 2x">` }) },
  { route: 'paste', what: 'address in a style', texts: (picture) => ({ 'text/html': `<p style="background: url(&quot;${address(picture)}&quot;)">x</p>` }) },
  { route: 'paste', what: 'address as text', texts: (picture) => ({ 'text/plain': address(picture) }) },
  { route: 'paste', what: 'drawing with a photo in an address', texts: (picture) => ({ 'text/html': `<img src="data:image/svg+xml,${encodeURIComponent(drawing(picture))}">` }) },
  // `text/rtf` itself is put on the clipboard by other programs only
  { route: 'paste', what: 'RTF of Word', texts: (picture) => ({ 'application/rtf': rtf(picture), 'text/plain': 'Our holiday' }) },
  { route: 'drop', what: 'RTF of Word', texts: (picture) => ({ 'text/rtf': rtf(picture), 'text/plain': 'Our holiday' }) },
  { route: 'drop', what: 'address as a link', texts: (picture) => ({ 'text/uri-list': address(picture) }) },
  { route: 'drop', what: 'address in JSON of an editor', texts: (picture) => ({ 'application/x-editor': JSON.stringify({ src: address(picture) }) }) },
  { route: 'read', what: 'markup', texts: (picture) => ({ 'text/html': `<p>x</p><img src="${address(picture)}">`, 'text/plain': 'x' }) },
  { route: 'unsanitized', what: 'markup', texts: (picture) => ({ 'text/html': `<style>p { color: red }</style><p>x</p><img src="${address(picture)}">` }) },
  { route: 'read', what: 'text', texts: (picture) => ({ 'text/plain': address(picture) }) },
  { route: 'read', what: 'web image/jpeg', texts: () => ({ 'web image/jpeg': '', 'text/plain': 'x' }) },
  { route: 'read', what: 'web text/html', texts: (picture) => ({ 'web text/html': `<img src="${address(picture)}">` }) },
  { route: 'read', what: 'drawing with a photo', texts: (picture) => ({ 'image/svg+xml': drawing(picture) }) },
  { route: 'readText', what: 'address', texts: (picture) => ({ 'text/plain': `see ${address(picture)}` }) },
];
