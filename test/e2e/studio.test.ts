/** The studio as a person uses it: photos in, before and after, what a site makes of them, cloaked files out. */
import { mkdir, readFile, cp } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openBrowser, type Page, type TestBrowser } from './support/browser';
import { difference, makeFiles, sizeOf, type Files } from './support/pictures';
import { choose, drop, paste } from './support/user';

let files: Files;
let browser: TestBrowser;
let page: Page;
/** Two photos, one of them in a folder of its own, a landscape and a text. */
let folder: string;

beforeAll(async () => {
  [files, browser] = await Promise.all([makeFiles(), openBrowser({ isQuick: true })]);
  folder = join(files.folder, 'Summer');
  await mkdir(join(folder, 'Beach'), { recursive: true });
  await cp(files.small, join(folder, 'Ann.jpg'));
  await cp(files.small2, join(folder, 'Beach/Ann.jpg'));
  await cp(files.landscape, join(folder, 'dawn.jpg'));
  await cp(files.textNamedJpg, join(folder, 'list.jpg'));
});
beforeEach(async () => {
  page = await browser.open(`${browser.extensionOrigin}/src/studio/studio.html`);
});
afterEach(() => page.close());
afterAll(() => browser.close());

const status = (): Promise<string> => page.locator('.status p').innerText();

async function untilCloaked(): Promise<void> {
  await page.waitForSelector('img-comparison-slider');
}

async function saved(selector: string): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(selector)]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** The last similarity that the panel names for the first face. */
async function similarity(place: 'after' | 'site'): Promise<number> {
  const said = await page.locator('.faces small').first().innerText();
  const numbers = [...said.matchAll(/\d\.\d+/g)].map(([value]) => Number(value));
  return numbers[place === 'after' ? 1 : 2]!;
}

const untilMeasured = (): Promise<unknown> => page.waitForSelector('.faces small:has-text("on the site")');

describe('photos come in', () => {
  it('by being chosen, and are cloaked at once', async () => {
    await choose(page, '#choose-photos', files.portrait);
    await untilCloaked();
    expect(await status()).toMatch(/^1 face cloaked in [\d.]+ sec\.$/);
    expect(await page.locator('.outlines rect:not(.halo)').count()).toBe(1);
    expect(await similarity('after')).toBeLessThan(0.99);
  });

  it('by being dropped anywhere', async () => {
    await drop(page, 'body', [files.small, files.small2]);
    await page.waitForSelector('#batch:has-text("2 of 2 done")');
    expect(await page.locator('.tile.cloaked').count()).toBe(2);
  });

  it('by being pasted', async () => {
    await paste(page, 'body', files.smallPng);
    await untilCloaked();
  });

  it('as a sample, where there is none at hand', async () => {
    await page.click('#sample');
    await untilCloaked();
  });

  it('as a folder, in which what is no picture is passed over', async () => {
    await choose(page, '#choose-folder', folder);
    await page.waitForSelector('#batch:has-text("3 of 3 done · 1 without a face")');
    expect(await page.locator('.message').innerText()).toBe('1 file was left out, as it is no picture.');
  });

  it('as a folder that is dropped', async () => {
    await drop(page, 'body', [folder]);
    await page.waitForSelector('#batch:has-text("3 of 3 done")');
    expect(await page.locator('.tile .said').allInnerTexts()).toContain('Summer/Beach/Ann.jpg: cloaked');
  });

  it('from the context menu, once', async () => {
    const bytes = [...(await readFile(files.small))];
    await page.evaluate(async (bytes) => {
      const opening = indexedDB.open('handover', 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore('pictures');
      await new Promise((done) => (opening.onsuccess = done));
      const { result } = opening;
      const transaction = result.transaction('pictures', 'readwrite');
      transaction.objectStore('pictures').put(new File([new Uint8Array(bytes)], 'menu.jpg'), 'one');
      await new Promise((done) => (transaction.oncomplete = done));
      result.close();
    }, bytes);
    const address = `${browser.extensionOrigin}/src/studio/studio.html?picture=one`;
    await page.goto(address);
    await untilCloaked();
    expect(await page.locator('.toolbar .name').first().innerText()).toBe('menu.jpg');
    await page.goto(address);
    await page.waitForSelector('.message:has-text("could not be read from its page")');
  });
});

describe('a cloaked photo', () => {
  beforeEach(async () => {
    await choose(page, '#choose-photos', files.portrait);
    await untilCloaked();
  });

  it('is saved with its name, its format and its size, changed in the face alone', async () => {
    const { name, bytes } = await saved('#save');
    expect(name).toBe('Holiday at the lake.jpg');
    expect(await sizeOf(bytes)).toEqual(await sizeOf(await readFile(files.portrait)));
    const rect = page.locator('.outlines rect').first();
    const [x, y, width, height] = await Promise.all(['x', 'y', 'width', 'height'].map(async (name) => Number(await rect.getAttribute(name))));
    const box = { x: x! - width! / 2, y: y! - height! / 2, width: 2 * width!, height: 2 * height! };
    const { inside, outside } = await difference(await readFile(files.portrait), bytes, box);
    expect(inside).toBeGreaterThan(0.5);
    expect(outside).toBe(0);
    expect(await page.locator('#saved').innerText()).toBe('1 picture saved.');
  });

  it('is compared by a line that keys move', async () => {
    const slider = page.locator('img-comparison-slider');
    const value = async (): Promise<number> => Number(await slider.getAttribute('aria-valuenow'));
    expect(await value()).toBe(50);
    await slider.press('End');
    expect(await value()).toBe(100);
    await slider.press('Home');
    expect(await value()).toBe(0);
    await page.keyboard.down('ArrowRight');
    await expect.poll(value).toBeGreaterThan(0);
    await page.keyboard.up('ArrowRight');
  });

  it('shows what was changed, ten times as strong, and nothing where nothing was', async () => {
    await page.check('[value=difference]');
    const look = (): Promise<{ face: number; corner: number; width: number }> =>
      page.locator('#difference').evaluate((canvas: HTMLCanvasElement) => {
        const context = canvas.getContext('2d')!;
        // the blocks that the face's crop touches begin at 56 pixels from the left
        const sum = (x: number, y: number): number => context.getImageData(x, y, 48, 48).data.reduce((all, value, i) => (i % 4 < 3 ? all + value : all), 0);
        return { face: sum(canvas.width / 2, canvas.height / 2), corner: sum(0, 0), width: canvas.width };
      });
    await expect.poll(async () => (await look()).face).toBeGreaterThan(48 * 48 * 3);
    expect(await look()).toMatchObject({ corner: 0, width: (await sizeOf(await readFile(files.portrait))).width });
  });

  it('shows one face in large, and no outlines when they are switched off', async () => {
    await page.selectOption('#look-at', '0');
    const [, , width] = (await page.locator('.outlines').getAttribute('viewBox'))!.split(' ').map(Number);
    expect(width).toBeLessThan((await sizeOf(await readFile(files.portrait))).width);
    await page.uncheck('#outline');
    expect(await page.locator('.outlines').count()).toBe(0);
  });

  it('is cloaked anew at another strength', async () => {
    const before = await similarity('after');
    const { bytes } = await saved('#save');
    await page.selectOption('#strength', 'strong');
    await page.waitForSelector('#save:not(:disabled)');
    await untilCloaked();
    expect(await similarity('after')).toBeLessThan(before);
    expect((await saved('#save')).bytes.equals(bytes)).toBe(false);
  });

  it('is measured again after what a site does to it', async () => {
    await page.click('#site');
    await untilMeasured();
    const measured = new Set([await similarity('site')]);
    const natural = (): Promise<number[]> => page.locator('[slot=second] img').evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight]);
    const size = page.locator('#site-size');
    for (const [side, quality] of [['', '20'], ['320', '20'], ['320', '95']] as const) {
      const before = await size.innerText();
      await page.selectOption('#longest', side);
      await page.locator('#quality').fill(quality);
      await expect.poll(() => size.innerText()).not.toBe(before);
      await page.waitForFunction(() => !document.querySelector('.faces small')!.textContent!.includes('measuring'));
      measured.add(await similarity('site'));
    }
    await expect.poll(natural).toEqual([320, 320]);
    expect(measured.size).toBeGreaterThan(1); // any two may be the same to three digits
    expect(await sizeOf((await saved('#save')).bytes)).toEqual(await sizeOf(await readFile(files.portrait))); // what is saved is the cloaked picture itself
  });
});

describe('what cannot be cloaked is told plainly', () => {
  const cases: [string, keyof Files, RegExp][] = [
    ['a damaged picture', 'truncated', /damaged or cut off/],
    ['no picture at all', 'pdf', /^This file is no picture/],
    ['an empty file', 'empty', /^This file is no picture/],
    ['a picture without a face', 'landscape', /^No face was found/],
  ];
  it.each(cases)('%s', async (_, name, message) => {
    await choose(page, '#choose-photos', files[name]);
    await page.waitForFunction(() => !/Cloaking|Waits/.test(document.querySelector('.status p')?.textContent ?? 'Waits'));
    expect(await status()).toMatch(message);
    expect(await page.locator('#save').isDisabled()).toBe(true);
  });

  it('and does not keep the others from being cloaked', async () => {
    await choose(page, '#choose-photos', [files.truncated, files.small]);
    await page.waitForSelector('#batch:has-text("2 of 2 done · 1 could not be cloaked")');
    await page.click('.tile.cloaked');
    await untilCloaked();
  });
});

describe('several photos', () => {
  it('go into one zip, in the folders they came from', async () => {
    await choose(page, '#choose-folder', folder);
    await page.waitForSelector('#batch:has-text("3 of 3 done")');
    const entries = unzipSync((await saved('#save-zip')).bytes);
    expect(Object.keys(entries).sort()).toEqual(['Summer/Ann.jpg', 'Summer/Beach/Ann.jpg']);
    const bytes = Buffer.from(entries['Summer/Beach/Ann.jpg']!);
    expect(await sizeOf(bytes)).toEqual(await sizeOf(await readFile(files.small2)));
    expect(bytes.equals(await readFile(files.small2))).toBe(false);
  });

  it('go into a folder, over nothing that is there', async () => {
    // the picker is the browser's own and cannot be answered: it gives a folder of the page's private file system
    await page.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      const target = await root.getDirectoryHandle('target', { create: true });
      const original = await target.getFileHandle('Ann.jpg', { create: true });
      const writable = await original.createWritable();
      await writable.write('the original');
      await writable.close();
      Object.assign(globalThis, { showDirectoryPicker: () => Promise.resolve(target) });
    });
    await choose(page, '#choose-photos', [files.small, files.small2]);
    await page.waitForSelector('#batch:has-text("2 of 2 done")');
    await page.click('#save-folder');
    await page.waitForSelector('#saved:has-text("2 pictures saved.")');
    const sizes = await page.evaluate(async () => {
      const target = await (await navigator.storage.getDirectory()).getDirectoryHandle('target');
      const sizeOf = async (name: string): Promise<number> => (await (await target.getFileHandle(name)).getFile()).size;
      return Object.fromEntries(await Promise.all(['Ann.jpg', 'Ann (2).jpg', 'Ben.jpg'].map(async (name) => [name, await sizeOf(name)])));
    });
    expect(sizes['Ann.jpg']).toBe('the original'.length);
    expect(sizes['Ann (2).jpg']).toBeGreaterThan(5000);
    expect(sizes['Ben.jpg']).toBeGreaterThan(5000);
    await page.evaluate(async () => (await navigator.storage.getDirectory()).removeEntry('target', { recursive: true }));
  });

  it('can be stopped, and go on', async () => {
    await choose(page, '#choose-photos', [files.large, files.small, files.small2]);
    await page.click('#stop');
    await page.waitForSelector('#stop:has-text("Go on")');
    expect(await status()).toBe('Waits for its turn.');
    await page.click('#stop');
    await page.waitForSelector('#batch:has-text("3 of 3 done")');
    expect(await page.locator('.tile.cloaked').count()).toBe(3);
  });

  it('can be removed, one or all, while they are being cloaked', async () => {
    await choose(page, '#choose-photos', [files.large, files.small, files.small2]);
    await page.click('#remove');
    await page.waitForSelector('#batch:has-text("2 of 2 done")');
    await page.click('#clear');
    await page.waitForSelector('.drop-zone');
  });
});

it('leaves nothing behind when it is closed', async () => {
  await choose(page, '#choose-photos', files.small);
  await untilCloaked();
  await page.close();
  const left = await browser.control.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const names = [];
    for await (const name of (root as unknown as { keys(): AsyncIterable<string> }).keys()) names.push(name);
    return { names, caches: await caches.keys(), stored: JSON.stringify(await chrome.storage.local.get()) };
  });
  expect(left).toMatchObject({ names: [], caches: [] });
  expect(left.stored).not.toContain('Ann');
  page = await browser.open(`${browser.extensionOrigin}/src/studio/studio.html`);
  await page.waitForSelector('.drop-zone');
});
