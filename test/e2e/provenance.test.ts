/**
 * What is the page's own passes untouched, as without the extension: its own pictures that are dragged in it, and cloaked ones that it was given. None of
 * this lets a page have an original.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { openBrowser, type Page, type TestBrowser } from './support/browser';
import { readNotice, waitForNotice } from './support/notice';
import { outcomeOf, STATES } from './support/outcome';
import { makeFiles, type Files } from './support/pictures';
import { choose, copy, drop } from './support/user';

let site: DemoSite;
let files: Files;
let browser: TestBrowser;
let page: Page;

beforeAll(async () => {
  files = await makeFiles();
  const own = await readFile(files.small);
  site = await startDemoSite({
    answers(request, response) {
      if (!request.url!.startsWith('/own/')) return false;
      response.writeHead(200, { 'content-type': 'image/jpeg' }).end(own);
      return true;
    },
  });
});
afterAll(() => site.close());
beforeEach(async () => {
  site.received.length = 0;
  page = await browser.open(`${site.url}/pages/gallery.html`);
  await page.bringToFront();
});
afterEach(() => page.close());

const addressOf = async (path: string): Promise<string> => `data:image/jpeg;base64,${(await readFile(path)).toString('base64')}`;
const fill = async (addresses: string[]): Promise<void> => page.evaluate((all) => (window as unknown as { fill(all: string[]): Promise<void> }).fill(all), addresses);
const log = (): Promise<{ trusted: boolean; types?: string[] }[]> => page.evaluate(() => (window as unknown as { log: [] }).log);

async function drag(from: string, to: string): Promise<void> {
  const [a, b] = [(await page.locator(from).boundingBox())!, (await page.locator(to).boundingBox())!];
  await page.mouse.move(a.x + 30, a.y + a.height / 2);
  await page.mouse.down();
  await page.mouse.move(a.x + 45, a.y + a.height / 2, { steps: 3 });
  await page.mouse.move(b.x + 20, b.y + b.height / 2, { steps: 5 });
  await page.mouse.up();
}

async function received(count: number): Promise<Buffer[]> {
  while (site.received.length < count) await page.waitForTimeout(25);
  await page.waitForTimeout(150);
  expect(site.received).toHaveLength(count);
  return site.received.map(({ bytes }) => bytes);
}

/** By the page, while a picture of its own is being dragged. */
const meanwhile = (code: string): Promise<void> => page.evaluate((text) => void Object.assign(window, { onstart: new Function('event', text) }), code);

describe.each(STATES)('$state the extension', ({ extension }) => {
  beforeAll(async () => {
    browser = await openBrowser({ extension, isQuick: true });
  });
  afterAll(() => browser.close());

  const nothingHeld = async (): Promise<void> => {
    await page.waitForTimeout(500);
    expect(site.received).toHaveLength(0);
    if (extension) expect(await readNotice(page)).toBeNull();
  };

  it.each([
    ['by addresses that hold them', async () => Promise.all([files.small, files.small2, files.small3].map(addressOf))],
    ['by addresses of the site', async () => ['/own/1.jpg', '/own/2.jpg', '/own/3.jpg']],
  ])('a gallery is put in order by dragging, %s', async (_, addresses) => {
    await fill(await addresses());
    await drag('#image0', '#image2');
    await nothingHeld();
    expect(await page.evaluate('window.order()')).toBe('image1,image0,image2');
    expect(await log()).toMatchObject([{ trusted: true }]);
  });

  it('a gallery is put in order where the page fills the drag itself', async () => {
    await fill(await Promise.all([files.small, files.small2, files.small3].map(addressOf)));
    await meanwhile("event.dataTransfer.clearData(); event.dataTransfer.setData('text/html', event.target.outerHTML); event.dataTransfer.setData('application/x-own', event.target.src)");
    await drag('#image0', '#image2');
    await nothingHeld();
    expect(await page.evaluate('window.order()')).toBe('image1,image0,image2');
    expect(await log()).toMatchObject([{ trusted: true }]);
  });

  it('a picture is moved in an editor', async () => {
    const src = await addressOf(files.small);
    await page.evaluate((address) => {
      const image = Object.assign(new Image(80, 80), { src: address, id: 'mine' });
      document.querySelector('#one')!.append(image);
      return image.decode();
    }, src);
    await drag('#mine', '#two');
    await nothingHeld();
    expect(await page.evaluate(() => [...document.querySelectorAll('#editor img')].map((image) => [image.parentElement!.id, image.getAttribute('src')]))).toEqual([['two', src]]);
  });

  it('a picture that was pasted is cut and pasted again as it is', async () => {
    await copy(page, { 'image/png': await readFile(files.smallPng) });
    await page.focus('#editor');
    await page.keyboard.press('Control+V');
    await page.waitForSelector('#editor img');
    const src = (): Promise<string[]> => page.evaluate(async () => {
      const images = [...document.querySelectorAll<HTMLImageElement>('#editor img')];
      return Promise.all(images.map(async (image) => {
        const bytes = new Uint8Array(await (await fetch(image.src)).arrayBuffer());
        const reader = new FileReader();
        reader.readAsDataURL(new Blob([bytes]));
        await new Promise((resolve) => (reader.onload = resolve));
        return reader.result as string;
      }));
    });
    const before = await src();
    if (extension) await waitForNotice(page, (notice) => notice === null); // of the first time
    await page.evaluate(() => document.getSelection()!.selectAllChildren(document.querySelector('#editor')!));
    await page.keyboard.press('Control+X');
    expect(await src()).toEqual([]);
    await page.keyboard.press('Control+V');
    await page.waitForSelector('#editor img');
    await nothingHeld();
    expect(await src()).toEqual(before);
    expect((await log()).at(-1)).toMatchObject({ trusted: true });
  });

  it('a cloaked picture that comes back as a file, and from the storage of the page, is given as it is', async () => {
    await choose(page, '#file', files.small);
    const [first] = await received(1);
    expect(await outcomeOf(await readFile(files.small), first!)).toBe(extension ? 'cloaked' : 'original');
    const saved = join(files.folder, `saved-${extension}.jpg`);
    await writeFile(saved, first!);
    await choose(page, '#file', saved);
    expect((await received(2))[1]!.equals(first!)).toBe(true);
    await drop(page, '#gallery', [saved]);
    expect((await received(3))[2]!.equals(first!)).toBe(true);
    const stored = await page.evaluate(async (base64) => {
      const handle = await (await navigator.storage.getDirectory()).getFileHandle('own', { create: true });
      const writable = await handle.createWritable();
      await writable.write(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
      await writable.close();
      return Array.from(new Uint8Array(await (await handle.getFile()).arrayBuffer()));
    }, first!.toString('base64'));
    expect(Buffer.from(stored).equals(first!)).toBe(true);
  });

  if (!extension) return;

  it.each<[string, string]>([
    ['that begins a drag of its own', ''],
    ['that puts a file of the same name, type and size into it', "event.dataTransfer.items.add(new File([new Uint8Array(SIZE)], 'Ann.jpg', { type: 'image/jpeg' }))"],
    ['that removes what is dragged, so that its end is not heard of', 'event.target.remove()'],
    ['that lets nobody hear of it', 'event.stopImmediatePropagation()'],
  ])('a page %s gets no original of a file that is dropped then', async (_, code) => {
    await fill([await addressOf(files.small2)]);
    await meanwhile(code.replace('SIZE', String((await readFile(files.small)).length)));
    const box = (await page.locator('#image0').boundingBox())!;
    await page.mouse.move(box.x + 30, box.y + 30);
    await page.mouse.down();
    await page.mouse.move(box.x + 60, box.y + 40, { steps: 3 });
    await page.evaluate('dragged = null'); // the page's own: it takes files then
    await drop(page, '#gallery', [files.small]);
    expect(await outcomeOf(await readFile(files.small), (await received(1))[0]!)).toBe('cloaked');
  });

  it('a drag that the page only feigns is none', async () => {
    await page.evaluate((html) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.setData('text/html', html);
      document.body.dispatchEvent(new DragEvent('dragstart', { dataTransfer, bubbles: true }));
    }, `<img src="${await addressOf(files.small)}">`);
    await page.evaluate(() => {
      document.querySelector('#gallery')!.addEventListener('drop', (event) => Object.assign(window, { html: (event as DragEvent).dataTransfer!.getData('text/html') }));
    });
    await drop(page, '#gallery', [], { texts: { 'text/html': `<img src="${await addressOf(files.small)}">` } });
    await page.waitForFunction('window.html');
    const [, base64] = /base64,([^"]+)/.exec(await page.evaluate('window.html'))!;
    expect(await outcomeOf(await readFile(files.small), Buffer.from(base64!, 'base64'))).toBe('cloaked');
  });

  it('a picture of another page is held, though one of this page was dragged before', async () => {
    await fill([await addressOf(files.small2)]);
    await drag('#image0', '#editor');
    await drop(page, '#gallery', [], { texts: { 'text/html': `<img src="${await addressOf(files.small)}">` } });
    await page.waitForFunction(() => (window as unknown as { log: unknown[] }).log.length > 0);
    expect((await log()).at(-1)).toMatchObject({ trusted: false });
  });
});
