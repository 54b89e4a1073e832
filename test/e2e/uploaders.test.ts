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
import { AFTER_LEAVING_MS, HURRIES, NOTHING } from './support/hurries';
import { readNotice } from './support/notice';
import { inOrder, type Outcome, outcomeOf, outcomesOf, record, STATES } from './support/outcome';
import { makeFiles, type Files } from './support/pictures';
import { bring, casesOf, fixtures, frameOf, uploaders, type By, type Uploader } from './support/uploaders';
import { isThorough } from '../thorough';

/** Columns of people who do not wait. */
const AT_ONCE = 'two, one after the other';
const WRITING = 'paste, and writes on';

/** Several files come by the way that one comes by: the last of each way is tried of each uploader in `npm test`. Without the extension, once each way, or one way. */
const stands = (of: Uploader, extension: boolean): ReturnType<typeof casesOf> => {
  const all = casesOf(of);
  if (extension) return all.filter(({ by }, index) => isThorough || by !== all[index + 1]?.by);
  return all.filter(({ batch }) => batch === 'one picture').slice(0, isThorough ? undefined : 1);
};

const letters = (text: string) => [...text.replace(/\s/g, '')].sort().join('');

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

/** For each picture, what the previews are of it; where there shall be some, waits for all, since thumbnails are made one after the other, when there is time. */
async function previewOutcomes(page: Page, pictures: Buffer[], expected: Outcome | undefined): Promise<Outcome[][]> {
  for (const until = Date.now() + 60_000; ; await page.waitForTimeout(100)) {
    const previews = await noted(page, 'shown');
    const shown = await Promise.all(pictures.map((picture) => Promise.all(previews.map((preview) => outcomeOf(picture, preview)))));
    if (!expected || Date.now() > until || shown.every((each) => each.includes(expected))) return shown;
  }
}

async function open(browser: TestBrowser, uploader: Uploader): Promise<Page> {
  site.received.length = 0;
  const page = await browser.context.newPage();
  await page.addInitScript(WATCH);
  await uploader.prepare?.(page);
  await page.goto(`${site.url}/uploaders/${uploader.page}`);
  return page;
}

/** @param batches one brought in after the other, without waiting for what becomes of it */
async function upload(browser: TestBrowser, uploader: Uploader, by: By, ...batches: (keyof Files)[][]): Promise<Page> {
  const page = await open(browser, uploader);
  for (const sent of batches) await bring(page, uploader, by, sent.map((name) => files[name]));
  await received(page, batches.flat().length);
  return page;
}

/** Fails with what the card says where they do not come. */
async function received(page: Page, count: number): Promise<void> {
  for (const until = Date.now() + 90_000; site.received.length < count; await page.waitForTimeout(25)) {
    if (Date.now() > until) throw new Error(`${site.received.length} of ${count} came; the notice says ${JSON.stringify(await readNotice(page))}`);
  }
  await page.waitForTimeout(150); // for one more, which would be wrong
}

describe.each(STATES)('$state the extension', ({ extension, expected }) => {
  let browser: TestBrowser;

  beforeAll(async () => {
    browser = await openBrowser({ extension, isQuick: true });
  });
  afterAll(() => browser.close());

  describe.each([...uploaders, ...fixtures])('$name', (uploader) => {
    const all = casesOf(uploader);
    it.each(stands(uploader, extension))('$by: $batch', async ({ by, batch, sent }) => {
      const page = await upload(browser, uploader, by, sent);
      const received = site.received.map(({ bytes }) => bytes);
      const originals = await Promise.all(sent.map((name) => readFile(files[name])));
      expect(received).toHaveLength(sent.length);
      const arrived = uploader.parallel ? await inOrder(originals, received) : received;
      const wanted = sent.map((name) => (name === 'pdf' ? 'original' : expected));
      expect(await outcomesOf(originals, arrived)).toEqual(wanted);
      // a folder has no order but the disk's
      if (uploader.parallel && !uploader.directory) expect(await outcomesOf(originals, await noted(page, 'sent'))).toEqual(wanted);

      const pictures = originals.filter((_, index) => sent[index] !== 'pdf');
      const shown = await previewOutcomes(page, pictures, uploader.noPreview ? undefined : expected);
      if (extension) expect(shown.flat()).not.toContain('original');
      if (!uploader.noPreview) for (const each of shown) expect(each).toContain(expected);
      await page.close();
      if (extension) record({ table: uploader.table, name: uploader.name, column: `${by}, ${batch}`, outcome: expected });
    });

    it.runIf(!uploader.noSecond && (isThorough || uploader.table === 'uploaders'))('one after the other, without waiting', async () => {
      const by = uploader.pick ? 'pick' : 'drop';
      const sent = ['small', 'small2'] as const;
      const page = await upload(browser, uploader, by, ['small'], ['small2']);
      const originals = await Promise.all(sent.map((name) => readFile(files[name])));
      const arrived = await inOrder(originals, site.received.map(({ bytes }) => bytes));
      expect(await outcomesOf(originals, arrived)).toEqual([expected, expected]);
      expect(arrived).toHaveLength(2);
      await page.close();
      if (extension) record({ table: uploader.table, name: uploader.name, column: AT_ONCE, outcome: expected });
    });

    describe.runIf(isThorough).each(HURRIES)('$hurry', ({ hurry, go, mayMiss }) => {
      it.each(all.filter(({ batch }) => batch === 'one picture'))('$by', async ({ by, sent }) => {
        const page = await open(browser, uploader);
        page.on('filechooser', () => {}); // one that opens once more stays open
        await bring(page, uploader, by, sent.map((name) => files[name]));
        await go(page);
        const count = uploader.handles ? 2 : 1; // Enter presses its button once more, and the test answers the chooser at once where it gives handles
        if (!mayMiss) await received(page, count);
        else await page.waitForTimeout(AFTER_LEAVING_MS);
        const original = await readFile(files[sent[0]!]);
        const outcomes = await Promise.all(site.received.map(({ bytes }) => outcomeOf(original, bytes)));
        await page.close();
        if (!mayMiss) expect(outcomes).toEqual(Array.from({ length: count }, () => expected));
        else if (extension) for (const outcome of outcomes) expect(outcome).toBe('cloaked');
        if (extension) record({ table: uploader.table, name: uploader.name, column: `${by}, ${hurry}`, outcome: outcomes[0] ?? NOTHING });
      });
    });

    it.runIf(uploader.writes)('writes on after a paste, without waiting', async () => {
      const page = await open(browser, uploader);
      const frame = await frameOf(page, uploader);
      const textOf = (): Promise<string> => frame.evaluate((selector) => document.querySelector<HTMLElement>(selector)!.innerText, uploader.paste!);
      const [before, typed] = [await textOf(), 'and on we went'];
      await bring(page, uploader, 'paste', [files.smallPng]);
      await page.keyboard.type(typed, { delay: 20 });
      await received(page, 1);
      const [upload, ...others] = site.received;
      expect([await outcomeOf(await readFile(files.smallPng), upload!.bytes), others.length]).toEqual([expected, 0]);
      // some put the caret behind a picture once they have read it, in the midst of what is written: none of it may be lost
      expect(letters(await textOf())).toBe(letters(before + typed));
      await page.close();
      if (extension) record({ table: uploader.table, name: uploader.name, column: WRITING, outcome: expected });
    });
  });
});
