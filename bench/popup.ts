/**
 * `npm run bench:popup [-- --runs N]`: how long the popup takes until it can be used, beside a page of the extension that says one word and
 * runs nothing. Each is opened N times (20), in turns, with a history of a year; the medians count, and their ratio. Milliseconds from the
 * start of the page to the first frame in which the switches are there (in the empty page: the word).
 */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { buildExtension, openExtension } from '../scripts/extension';
import type { Protection } from '../src/shared/stats';
import { quantile } from './table';

const PICTURES = 1000;
const EMPTY = 'src/popup/empty.html';
const POPUP = 'src/popup/popup.html';

async function withEmptyPage(dist: string): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'nullswap-popup-'));
  await cp(dist, copy, { recursive: true });
  await writeFile(join(copy, EMPTY), '<!doctype html><html lang="en"><meta charset="utf-8"><title>Empty</title><p id="all-switch">Empty</p></html>');
  return copy;
}

/** Written by the popup's own database code: it has made the store by then. */
async function fillHistory(page: Page): Promise<void> {
  const day = 24 * 3600_000;
  const rows = Array.from({ length: PICTURES }, (_, index): Protection => {
    const check = { before: 0.98, after: 0.9, recognised: false };
    return { time: Date.now() - (index * 365 * day) / PICTURES, site: 'instagram', faces: 1, checks: [check], ms: 900, backend: 'wasm' };
  });
  await page.evaluate(
    (rows) =>
      new Promise<void>((done, fail) => {
        const opening = indexedDB.open('stats');
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('protections', 'readwrite');
          for (const row of rows) transaction.objectStore('protections').add(row);
          transaction.oncomplete = () => done(opening.result.close());
          transaction.onerror = fail;
        };
      }),
    rows,
  );
}

/** Resolves when the element is there and a frame with it has been made. */
function watch(): void {
  const interactive = new Promise<number>((done) => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector('#all-switch')) return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => done(performance.now())));
    }).observe(document, { childList: true, subtree: true });
  });
  Object.assign(globalThis, { interactive });
}

async function measure(page: Page, url: string): Promise<number> {
  await page.bringToFront(); // a page behind another makes no frames
  await page.goto(url);
  return page.evaluate(() => (globalThis as unknown as { interactive: Promise<number> }).interactive);
}

const { values } = parseArgs({ options: { runs: { type: 'string', default: '20' } } });
const runs = Number(values.runs);
const dist = await withEmptyPage(await buildExtension());
const extension = await openExtension({ dist });
try {
  const page = await extension.context.newPage();
  await page.addInitScript(watch);
  const [popup, empty] = [`${extension.origin}/${POPUP}`, `${extension.origin}/${EMPTY}`];
  await measure(page, popup);
  await page.waitForSelector('#history');
  await fillHistory(page);
  const times: { popup: number[]; empty: number[] } = { popup: [], empty: [] };
  for (let run = 0; run < runs; run++) {
    times.empty.push(await measure(page, empty));
    times.popup.push(await measure(page, popup));
  }
  const [ours, bare] = [quantile(times.popup, 0.5), quantile(times.empty, 0.5)];
  console.log(`popup ${ours.toFixed(0)} ms, empty page ${bare.toFixed(0)} ms: ${(ours / bare).toFixed(1)} times, ${(ours - bare).toFixed(0)} ms more (medians of ${runs}, ${PICTURES} pictures in the history)`);
} finally {
  await extension.close();
  await rm(dist, { recursive: true, force: true });
}
