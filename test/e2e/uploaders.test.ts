/**
 * Real uploaders and editors, and pages that behave as well-known clients do: by every way they offer the server gets the cloaked
 * pictures, once and in order, and a PDF byte for byte; the page makes its previews of the cloaked ones. Without the extension the
 * originals come, which shows that the test itself works.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoSite } from '../sites/demo-site';
import { startUploaderSite } from '../sites/uploader-site';
import { buildUploaders } from '../sites/uploaders/build';
import { openBrowser, type Page, type TestBrowser } from './support/browser';
import { outcomeOf, record, type Outcome } from './support/outcome';
import { makeFiles, type Files } from './support/pictures';
import { bring, casesOf, fixtures, uploaders, type By, type Uploader } from './support/uploaders';

let site: DemoSite;
let files: Files;

beforeAll(async () => {
  [site, files] = await Promise.all([startUploaderSite(), makeFiles(), buildUploaders()]);
});
afterAll(() => site.close());

/** Notes every file that the page makes something to look at of, and every file that it begins to send. */
const WATCH = `
  window.shown = [];
  window.sent = [];
  const { createObjectURL } = URL;
  URL.createObjectURL = (object) => (object instanceof Blob && window.shown.push(object), createObjectURL.call(URL, object));
  for (const name of ['readAsDataURL', 'readAsArrayBuffer']) {
    const native = FileReader.prototype[name];
    FileReader.prototype[name] = function (blob) { window.shown.push(blob); return native.call(this, blob); };
  }
  const note = (body) => { if (body instanceof FormData) window.sent.push(...[...body.values()].filter((value) => value instanceof Blob)); };
  const { fetch } = window;
  window.fetch = (url, init) => (note(init?.body), fetch(url, init));
  const { send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.send = function (body) { note(body); return send.call(this, body); };`;

async function noted(page: Page, list: 'shown' | 'sent'): Promise<Buffer[]> {
  const found: string[] = [];
  for (const frame of page.frames()) {
    const own = await frame.evaluate(async (name) => {
      const blobs = (window as unknown as Record<string, Blob[] | undefined>)[name] ?? [];
      const texts = blobs.map(async (blob) => Array.from(new Uint8Array(await blob.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(''));
      return (await Promise.all(texts)).map(btoa);
    }, list);
    found.push(...own);
  }
  return found.map((base64) => Buffer.from(base64, 'base64'));
}

async function outcomes(sent: Buffer[], received: Buffer[]): Promise<Outcome[]> {
  return Promise.all(sent.map((bytes, index) => (received[index] ? outcomeOf(bytes, received[index]) : 'other')));
}

/** Puts what came in any order beside what it comes from. */
async function inOrder(sent: Buffer[], received: Buffer[]): Promise<Buffer[]> {
  const rest = [...received];
  const sorted: Buffer[] = [];
  for (const bytes of sent) {
    const verdicts = await Promise.all(rest.map((candidate) => outcomeOf(bytes, candidate)));
    const found = verdicts.findIndex((verdict) => verdict !== 'other');
    sorted.push(...rest.splice(Math.max(found, 0), 1));
  }
  return [...sorted, ...rest];
}

/** For each picture, what the previews are of it; where there shall be some, waits for all, since thumbnails are made one after the other, when there is time. */
async function previewOutcomes(page: Page, pictures: Buffer[], expected: Outcome | undefined): Promise<Outcome[][]> {
  for (const until = Date.now() + 10_000; ; await page.waitForTimeout(100)) {
    const previews = await noted(page, 'shown');
    const shown = await Promise.all(pictures.map((picture) => Promise.all(previews.map((preview) => outcomeOf(picture, preview)))));
    if (!expected || Date.now() > until || shown.every((each) => each.includes(expected))) return shown;
  }
}

async function upload(browser: TestBrowser, uploader: Uploader, by: By, sent: (keyof Files)[]): Promise<Page> {
  site.received.length = 0;
  const page = await browser.context.newPage();
  await page.addInitScript(WATCH);
  await uploader.prepare?.(page);
  await page.goto(`${site.url}/uploaders/${uploader.page}`);
  await bring(page, uploader, by, sent.map((name) => files[name]));
  while (site.received.length < sent.length) await page.waitForTimeout(25);
  await page.waitForTimeout(150); // for one more, which would be wrong
  return page;
}

describe.each([
  { state: 'with', extension: true, expected: 'cloaked' },
  { state: 'without', extension: false, expected: 'original' },
] as const)('$state the extension', ({ extension, expected }) => {
  let browser: TestBrowser;

  beforeAll(async () => {
    browser = await openBrowser({ extension, isQuick: true });
  });
  afterAll(() => browser.close());

  describe.each([...uploaders, ...fixtures])('$name', (uploader) => {
    const all = casesOf(uploader);
    // without: once each way
    it.each(extension ? all : all.filter(({ batch }) => batch === 'one picture'))('$by: $batch', async ({ by, batch, sent }) => {
      const page = await upload(browser, uploader, by, sent);
      const received = site.received.map(({ bytes }) => bytes);
      const originals = await Promise.all(sent.map((name) => readFile(files[name])));
      expect(received).toHaveLength(sent.length);
      const arrived = uploader.parallel ? await inOrder(originals, received) : received;
      const wanted = sent.map((name) => (name === 'pdf' ? 'original' : expected));
      expect(await outcomes(originals, arrived)).toEqual(wanted);
      // a folder has no order but the disk's
      if (uploader.parallel && !uploader.directory) expect(await outcomes(originals, await noted(page, 'sent'))).toEqual(wanted);

      const pictures = originals.filter((_, index) => sent[index] !== 'pdf');
      const shown = await previewOutcomes(page, pictures, uploader.noPreview ? undefined : expected);
      if (extension) expect(shown.flat()).not.toContain('original');
      if (!uploader.noPreview) for (const each of shown) expect(each).toContain(expected);
      await page.close();
      if (extension) record({ table: uploader.table, name: uploader.name, column: `${by}, ${batch}`, outcome: expected });
    });
  });
});
