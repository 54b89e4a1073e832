/** What the notice lets a person see and decide: while a picture is held, when it failed, and after. */
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBrowser } from './support/browser';
import { press, readNotice, tick, waitForFailure, waitForNotice } from './support/notice';
import { receivedAfter } from './support/routes';
import { browser, files, page, seen, site, useSession } from './support/session';
import { choose } from './support/user';

useSession('/pages/attached-input.html');

const isWorking = (notice: Awaited<ReturnType<typeof readNotice>>): boolean => notice?.text.includes('Cloaking') ?? false;

/** How many pictures the statistics hold. */
function counted(): Promise<number> {
  return browser.control.evaluate(
    async () =>
      (await indexedDB.databases()).length === 0 // to open it here would make one without its stores
        ? 0
        : new Promise<number>((resolve, reject) => {
        const opening = indexedDB.open('stats');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const counting = opening.result.transaction('protections').objectStore('protections').count();
          counting.onsuccess = () => {
            opening.result.close();
            resolve(counting.result);
          };
        };
      }),
  );
}

const forget = (): Promise<void> => browser.control.evaluate(() => chrome.storage.local.clear());
const store = (settings: object): Promise<void> => browser.control.evaluate((stored) => chrome.storage.local.set({ settings: stored }), settings);
const stored = (): Promise<Record<string, unknown>> =>
  browser.control.evaluate(async () => (await chrome.storage.local.get('settings')).settings as Record<string, unknown>);

afterEach(forget);

it.each(['pixel', 'none'])('is seen beside a frame that nobody sees: %s', async (how) => {
  await page.goto(`${site.url}/pages/hidden-frame.html?how=${how}`);
  await page.frames().at(-1)!.waitForSelector('#file', { state: 'attached' });
  await choose(page, '#pick', files.truncated);
  const notice = await waitForFailure(page);
  expect(notice!.buttons).toContain('Cancel');
  expect(site.received).toHaveLength(0);
  await press(page, 'Cancel');
  await waitForNotice(page, (shown) => shown === null);
  await choose(page, '#pick', files.small);
  await waitForNotice(page, (shown) => Boolean(shown?.text.includes('1 face cloaked')));
});

describe('while pictures are held', () => {
  it('says which of several is at hand, and how far all are', async () => {
    await choose(page, '#file', [files.large, files.large]);
    const notice = await waitForNotice(page, isWorking);
    expect(notice!.text).toContain('Cloaking picture 1 of 2…');
    expect(notice!.text).toContain('large.jpg');
    expect(notice!.buttons).toEqual(['Upload the originals', 'Cancel']);
    await waitForNotice(page, (shown) => Boolean(shown?.text.includes('Cloaking picture 2 of 2…') && shown.progress === 50));
    expect(await receivedAfter(site, page, 0)).toHaveLength(2);
  });

  it('gives the page the original instead, counted nowhere, when the user wants it so', async () => {
    const before = await counted();
    await choose(page, '#file', files.large);
    await waitForNotice(page, isWorking);
    await press(page, 'Upload the original');
    const uploads = await receivedAfter(site, page, 0);
    expect(uploads).toHaveLength(1);
    expect(uploads[0]!.bytes.equals(await readFile(files.large))).toBe(true);
    await waitForNotice(page, (notice) => Boolean(notice?.text.includes('1 picture went on without a cloak')));
    expect(await counted()).toBe(before);
  });

  it('gives the page nothing when the user cancels, by mouse or by keyboard', async () => {
    await choose(page, '#file', files.large);
    await waitForNotice(page, isWorking);
    await press(page, 'Cancel');
    await waitForNotice(page, (notice) => notice === null);
    await choose(page, '#file', files.large);
    await waitForNotice(page, isWorking);
    for (const key of ['F6', 'Tab', 'Tab', 'Enter']) await page.keyboard.press(key);
    await waitForNotice(page, (notice) => notice === null);
    expect((await seen()).map(({ type }) => type)).toEqual(['cancel', 'cancel']);
    expect(site.received).toHaveLength(0);
  });

  it('leaves the focus where somebody types; F6 goes to the notice and back', async () => {
    await page.evaluate(() => document.body.append(document.createElement('textarea')));
    await page.focus('textarea');
    await page.setInputFiles('#file', files.large);
    await waitForNotice(page, isWorking);
    await page.keyboard.press('F6');
    await page.keyboard.press('F6'); // there and back
    await page.keyboard.type('mine');
    expect(await page.inputValue('textarea')).toBe('mine');
    expect((await receivedAfter(site, page, 0))[0]!.bytes.equals(await readFile(files.large))).toBe(false);
  });
});

describe('after a form has got a cloaked picture', () => {
  beforeEach(async () => {
    await page.goto(`${site.url}/pages/form.html`);
    await choose(page, '#file', files.small);
    const notice = await waitForNotice(page, (shown) => Boolean(shown?.text.includes('1 face cloaked')));
    expect(notice!.buttons).toContain('Use the original instead');
  });

  it('puts the original in its place, and counts nothing, when the user undoes it', async () => {
    const before = await counted();
    await press(page, 'Use the original instead');
    await waitForNotice(page, (notice) => Boolean(notice?.text.includes('The original is in its place')));
    await page.click('#send');
    await expect.poll(() => site.received.length).toBe(1);
    expect(site.received[0]!.bytes.equals(await readFile(files.small))).toBe(true);
    expect(await counted()).toBe(before);
  });

  it('says so when it is too late, and leaves all as it is', async () => {
    await page.evaluate(() => document.querySelector('form')!.reset());
    await press(page, 'Use the original instead');
    await waitForNotice(page, (notice) => Boolean(notice?.text.includes('The page has already taken the cloaked picture')));
    expect(await page.evaluate(() => document.querySelector<HTMLInputElement>('#file')!.files!.length)).toBe(0);
  });

  it('counts the picture when the form is sent as it is', async () => {
    const before = await counted();
    await page.click('#send');
    await expect.poll(() => site.received.length).toBe(1);
    expect(site.received[0]!.bytes.equals(await readFile(files.small))).toBe(false);
    await expect.poll(counted).toBe(before + 1);
  });
});

describe('a choice that is remembered for the site', () => {
  it('lets later failures go on, says so, and can be undone in the settings', async () => {
    await choose(page, '#file', files.truncated);
    await waitForFailure(page);
    await tick(page, 'Remember for this site');
    await press(page, 'Upload the original');
    await receivedAfter(site, page, 0);
    expect(await stored()).toMatchObject({ failureChoices: { demo: 'original' } });
    await choose(page, '#file', files.truncated2);
    const uploads = await receivedAfter(site, page, 1);
    expect(uploads.at(-1)!.bytes.equals(await readFile(files.truncated2))).toBe(true);
    const notice = await waitForNotice(page, (shown) => Boolean(shown?.text.includes('As you chose for this site')));
    expect(notice!.text).toContain('1 picture went on without a cloak');
    await store({ ...(await stored()), failureChoices: {} });
    await choose(page, '#file', files.truncated);
    await waitForFailure(page);
  });

  it('keeps later failures back, and says so even to somebody who wants to hear of problems only', async () => {
    await store({ failureChoices: { demo: 'cancel' }, notice: 'problems' });
    await choose(page, '#file', files.truncated);
    await waitForNotice(page, (notice) => Boolean(notice?.text.includes('1 picture was not uploaded')));
    expect(site.received).toHaveLength(0);
    expect((await seen()).map(({ type }) => type)).toEqual(['cancel']);
  });

  it('is not remembered where the box is not ticked', async () => {
    await choose(page, '#file', files.truncated);
    await waitForFailure(page);
    await press(page, 'Cancel');
    await waitForNotice(page, (notice) => notice === null);
    await choose(page, '#file', files.truncated);
    await waitForFailure(page);
  });
});

it('says nothing of what went well to somebody who wants to hear of problems only', async () => {
  await store({ notice: 'problems' });
  await choose(page, '#file', files.small);
  await receivedAfter(site, page, 0);
  expect(await readNotice(page)).toBeNull();
});

it('speaks the language of the browser, from right to left where that is its way', async () => {
  const arabic = await openBrowser({ language: 'ar', isQuick: true });
  const tab = await arabic.open(`${site.url}/pages/attached-input.html`);
  await choose(tab, '#file', files.truncated);
  const notice = await waitForFailure(tab);
  expect(notice!.text).toContain('تعذر تمويه هذه الصورة');
  expect(notice!.buttons).toEqual(['إعادة المحاولة', 'رفع الصورة الأصلية', 'إلغاء']);
  const host = tab.locator('[popover][lang]');
  expect(await host.getAttribute('dir')).toBe('rtl');
  expect(await host.getAttribute('lang')).toBe('ar');
  const box = (await host.boundingBox())!;
  expect(box.x).toBe(0); // at the end of the line: on the left
  await arabic.close();
});

it('fits a narrow window at twice the size of its text', async () => {
  await page.setViewportSize({ width: 320, height: 480 });
  await choose(page, '#file', files.truncated);
  await waitForFailure(page);
  const box = (await page.locator('[popover][lang]').boundingBox())!;
  expect(box.x).toBeGreaterThanOrEqual(0);
  expect(box.x + box.width).toBeLessThanOrEqual(320);
  expect(box.y).toBeGreaterThanOrEqual(0);
  await press(page, 'Cancel');
  await waitForNotice(page, (notice) => notice === null);
});
