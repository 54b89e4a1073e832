/** The parts of the extension end at any time: no original goes out for that, nothing is lost, and nobody waits for ever. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { openBrowser, type Page } from './support/browser';
import { press, readNotice, waitForFailure, waitForNotice } from './support/notice';
import { outcomeOf } from './support/outcome';
import { receivedAfter } from './support/routes';
import { browser, files, page, site, useSession } from './support/session';
import { choose } from './support/user';
import { isThorough } from '../thorough';

const PAGE = '/pages/attached-input.html';

useSession(PAGE, { isQuick: false }); // there is to be time for something to end

/** Everything that the server got is that picture, cloaked, once. */
async function expectCloakedOnce(path: string): Promise<void> {
  const uploads = await receivedAfter(site, page, 0);
  expect(uploads).toHaveLength(1);
  expect(await outcomeOf(await readFile(path), uploads[0]!.bytes)).toBe('cloaked');
}

/** Waits until the engine's page is another one than that. */
async function anotherEngine(than: string | null): Promise<string> {
  for (;;) {
    const id = await browser.engineId();
    if (id && id !== than) return id;
    await page.waitForTimeout(20);
  }
}

async function isWorking(tab: Page = page): Promise<void> {
  await waitForNotice(tab, (notice) => notice?.role === 'status' && notice.progress !== null);
}

describe('when the graphics process ends', () => {
  it('between two pictures: the next one is cloaked, unasked', async () => {
    await choose(page, '#file', files.small);
    await expectCloakedOnce(files.small);
    const before = await browser.engineId();
    await browser.killGraphics();
    site.received.length = 0;
    await choose(page, '#file', files.small2);
    await expectCloakedOnce(files.small2);
    expect(await browser.engineId()).not.toBe(before);
  });

  it('while two tabs wait for a picture: both get it cloaked, unasked', async () => {
    const other = await browser.open(site.url + PAGE);
    await choose(page, '#file', files.large);
    await choose(other, '#file', files.small2);
    await isWorking();
    await browser.killGraphics();
    while (site.received.length < 2) await page.waitForTimeout(50);
    await page.waitForTimeout(500); // for a third one, which would be wrong
    const uploads = site.received;
    const originals = await Promise.all([files.large, files.small2].map((path) => readFile(path)));
    expect(uploads.map(({ name }) => name).sort()).toEqual(['Ben.jpg', 'large.jpg']);
    for (const { bytes } of uploads) expect(originals.some((original) => original.equals(bytes))).toBe(false);
    await other.close();
  });
});

describe('when the engine’s page is closed', () => {
  it('while a picture is in work: another takes over, unasked', async () => {
    await choose(page, '#file', files.portrait);
    await isWorking();
    await browser.killEngine();
    await expectCloakedOnce(files.portrait);
  });

  it('twice under one picture: it is held, and cloaked when tried again', async () => {
    await choose(page, '#file', files.large);
    await isWorking();
    const first = await browser.engineId();
    await browser.killEngine();
    await anotherEngine(first);
    await page.waitForTimeout(1000); // it has the picture by then, and for seconds
    await browser.killEngine();
    const notice = await waitForFailure(page);
    expect(notice!.text).toContain('stopped');
    expect(site.received).toHaveLength(0);
    await press(page, 'Try again');
    const [upload, ...more] = await receivedAfter(site, page, 0);
    expect(more).toHaveLength(0);
    expect(upload!.bytes.equals(await readFile(files.large))).toBe(false);
  });

  it.runIf(isThorough)('in the very moments after two picks: each of them ends', { timeout: 240_000 }, async () => {
    const other = await browser.open(site.url + PAGE);
    for (const delay of [0, 60, 150, 300, 600]) {
      site.received.length = 0;
      await Promise.all([choose(page, '#file', files.small2), choose(other, '#file', files.small3)]);
      await page.waitForTimeout(delay);
      await browser.killEngine().catch(() => {}); // where it is not there yet
      const until = Date.now() + 45_000;
      const asked = new Set<Page>();
      while (site.received.length + asked.size < 2) {
        for (const tab of [page, other]) if ((await readNotice(tab))?.role === 'alertdialog') asked.add(tab);
        expect(Date.now(), `${delay} ms: ${site.received.length} arrived, ${asked.size} asked`).toBeLessThan(until);
        await page.waitForTimeout(100);
      }
      expect(asked.size, `asked at ${delay} ms`).toBe(0);
      const originals = await Promise.all([files.small2, files.small3].map((path) => readFile(path)));
      for (const { bytes } of site.received) expect(originals.some((original) => original.equals(bytes))).toBe(false);
    }
    await other.close();
  });
});

it('a worker that is stopped over and over again delays a picture only', async () => {
  await choose(page, '#file', files.portrait);
  for (let i = 0; i < 4; i += 1) {
    await browser.killWorker();
    await page.waitForTimeout(250);
  }
  await expectCloakedOnce(files.portrait);
});

describe('a file that is broken', () => {
  let cutGif = '';
  let cutPng = '';

  beforeAll(async () => {
    const frames = await Promise.all([0, 1, 2].map((turn) => sharp(files.small).modulate({ brightness: 1 + turn / 10 }).png().toBuffer()));
    const gif = await sharp(frames, { join: { animated: true } }).gif().toBuffer();
    const png = await readFile(files.smallPng);
    cutGif = join(files.folder, 'cut.gif');
    cutPng = join(files.folder, 'cut.png');
    await writeFile(cutGif, gif.subarray(0, Math.floor(gif.length * 0.7)));
    await writeFile(cutPng, png.subarray(0, Math.floor(png.length * 0.5)));
  });

  it('does not wear the engine out, and leaves its neighbours alone', async () => {
    const other = await browser.open(site.url + PAGE);
    await choose(page, '#file', files.small);
    await receivedAfter(site, page, 0);
    const engine = await browser.engineId();
    site.received.length = 0;
    await choose(page, '#file', [cutGif, files.small, cutPng]); // of the PNG there is enough to be seen, and cloaked
    await choose(other, '#file', files.small2);
    const notice = await waitForFailure(page);
    expect(notice!.text).toContain('1 of 3 files could not be cloaked');
    expect(notice!.text).toContain('damaged');
    const [neighbour] = await receivedAfter(site, page, 0);
    expect(await outcomeOf(await readFile(files.small2), neighbour!.bytes)).toBe('cloaked');
    await press(page, 'Cancel');
    expect(await browser.engineId()).toBe(engine);
    await other.close();
  });
});

describe('when the page cannot be given what is ready', () => {
  /** The next `times` times that the content script makes a DataTransfer, it fails. */
  async function breakDelivery(times: number): Promise<void> {
    await browser.inContentScript(
      page,
      `{ const whole = DataTransfer; let left = ${times}; globalThis.DataTransfer = function () { if (left-- > 0) throw new Error('broken by the test'); return new whole(); }; }`,
    );
  }

  it('asks, and gives it when tried again', async () => {
    await breakDelivery(1);
    await choose(page, '#file', files.small);
    const notice = await waitForFailure(page);
    expect(notice!.buttons).toEqual(['Try again', 'Cancel']);
    expect(notice!.text).toContain('Ann.jpg');
    expect(site.received).toHaveLength(0);
    await press(page, 'Try again');
    await expectCloakedOnce(files.small);
    await waitForNotice(page, (shown) => shown === null || shown.text.includes('1 face cloaked'));
  });

  it('asks again as long as it fails, and gives nothing when the user cancels', async () => {
    await breakDelivery(100);
    await choose(page, '#file', files.small);
    await waitForFailure(page);
    await press(page, 'Try again');
    await page.waitForTimeout(600);
    await waitForFailure(page);
    await press(page, 'Cancel');
    await waitForNotice(page, (notice) => notice === null);
    expect(site.received).toHaveLength(0);
  });
});

describe('when the extension’s process ends', () => {
  let own: Awaited<ReturnType<typeof openBrowser>> | null = null;
  afterEach(async () => {
    await own?.close();
    own = null;
  });

  it('without an engine: it is started again for the next picture', async () => {
    own = await openBrowser({ isQuick: true });
    const tab = await own.open(site.url + PAGE);
    await own.killExtension();
    await choose(tab, '#file', files.small);
    await expectCloakedOnce(files.small);
    site.received.length = 0;
    const later = await own.open(site.url + PAGE);
    await choose(later, '#file', files.small2);
    await expectCloakedOnce(files.small2);
  });

  it('with its engine: an open page holds and says what to do, which helps', async () => {
    own = await openBrowser();
    const tab = await own.open(site.url + PAGE);
    await choose(tab, '#file', files.large);
    await isWorking(tab);
    await own.killExtension();
    const notice = await waitForFailure(tab);
    expect(notice!.text).toContain('extensions page');
    expect(site.received).toHaveLength(0);
    await own.reviveExtension();
    await tab.reload();
    await choose(tab, '#file', files.small);
    await expectCloakedOnce(files.small);
  });
});
