/** What is taken for a picture, and what becomes of a picture without a face: what the server gets with the extension and without. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawingsAlone, drawingsWithPhoto, others, pictures, type Kind } from '../kinds';
import { openBrowser, type Page, type TestBrowser } from './support/browser';
import { press, readNotice, waitForFailure, waitForNotice } from './support/notice';
import { outcomeOf } from './support/outcome';
import { receivedAfter } from './support/routes';
import { browser, files, page, seen, site, useSession } from './support/session';
import { choose, copy } from './support/user';
import type { Upload } from '../sites/demo-site';

const PATH = '/pages/attached-input.html';
useSession(PATH);

let without: TestBrowser;
beforeAll(async () => {
  without = await openBrowser({ extension: false });
});
afterAll(() => without.close());

const fileOf = async (name: string, bytes: Buffer): Promise<string> => {
  const path = join(files.folder, name);
  await writeFile(path, bytes);
  return path;
};

async function uploadWithout(path: string): Promise<Upload> {
  const bare = await without.open(site.url + PATH);
  const before = site.received.length;
  await choose(bare, '#file', path);
  const [upload] = await receivedAfter(site, bare, before);
  await bare.close();
  return upload!;
}

const named = (kinds: Kind[], ...names: string[]): Kind[] => names.map((name) => kinds.find((kind) => kind.name === name)!);

describe('is held, whatever its name says, and goes on when the user says so', () => {
  it.each([
    ...named(pictures, 'CR3', 'RAF', 'PSD', 'JPEG 2000', 'HEIF, brand mif3', 'HEIF, unknown brands alone').map((kind) => ({ ...kind, file: 'notes.txt' })),
    ...named(drawingsWithPhoto, 'UTF-16, big-endian, without a mark', 'DTD with declarations and remarks in it', 'entities', 'packed by gzip').map((kind) => ({ ...kind, file: 'drawing.svg' })),
  ])('$name', async ({ bytes, file }) => {
    const path = await fileOf(file, bytes);
    expect((await uploadWithout(path)).bytes.equals(bytes)).toBe(true);
    await choose(page, '#file', path);
    const notice = await waitForFailure(page);
    expect(notice!.text).toContain(file);
    expect(notice!.text).toContain('Save it as JPEG, PNG or WebP');
    expect(notice!.buttons).toEqual(['Try again', 'Upload the original', 'Cancel']);
    expect(site.received).toHaveLength(1); // of the browser without the extension
    await press(page, 'Upload the original');
    expect((await receivedAfter(site, page, 1))[0]!.bytes.equals(bytes)).toBe(true);
  });
});

describe('passes untouched, whatever its name says', () => {
  it.each([...named(others, 'mp4', 'mov', 'zip (docx, epub, pages)', 'web page with a drawing and a photo', 'words that begin like a raw'), ...named(drawingsAlone, 'plain', 'entities of an editor', 'packed by gzip')])(
    '$name',
    async ({ bytes }) => {
      await choose(page, '#file', await fileOf('photo.jpg', bytes));
      const [upload, ...more] = await receivedAfter(site, page, 0);
      expect(more).toHaveLength(0);
      expect(upload!.bytes.equals(bytes)).toBe(true);
      expect((await seen()).map(({ type }) => type)).toEqual(['input', 'change']);
      expect(await readNotice(page)).toBeNull();
    },
  );
});

describe('a picture without a face that tells where it was taken', () => {
  const PLACE = '2026:01:02'; // stands among the place's tags
  const view = async (): Promise<Sharp> =>
    sharp(await sharp(files.landscape).png().toBuffer()).withExif({ IFD0: { Make: 'Camera' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1', GPSDateStamp: PLACE } });
  const kinds: Record<string, () => Promise<Buffer>> = {
    'view.jpg': async () => (await view()).jpeg().toBuffer(),
    'view.png': async () => (await view()).png().toBuffer(),
    'view.webp': async () => (await view()).webp().toBuffer(),
    'view.avif': async () => (await view()).avif({ effort: 0 }).toBuffer(),
  };

  it.each(Object.keys(kinds))('goes on without the place, and with every pixel: %s', async (name) => {
    const bytes = await kinds[name]!();
    const path = await fileOf(name, bytes);
    const original = await uploadWithout(path);
    expect(original.bytes.equals(bytes)).toBe(true);
    expect(bytes.includes(PLACE)).toBe(true);
    await choose(page, '#file', path);
    const [upload, ...more] = await receivedAfter(site, page, 1);
    expect(more).toHaveLength(0);
    expect({ name: upload!.name, type: upload!.type, lastModified: upload!.lastModified }).toEqual({ name, type: original.type, lastModified: original.lastModified });
    expect(upload!.bytes.includes(PLACE)).toBe(false);
    expect(upload!.bytes.includes('Camera')).toBe(true);
    const [before, after] = await Promise.all([bytes, upload!.bytes].map((each) => sharp(each).raw().toBuffer()));
    expect(after!.equals(before!)).toBe(true);
    expect(await readNotice(page)).toBeNull(); // nothing was cloaked
  });

  it('goes on as it is where the user keeps all', async () => {
    const bytes = await kinds['view.jpg']!();
    await browser.control.evaluate(() => chrome.storage.local.set({ settings: { metadata: 'all' } }));
    await choose(page, '#file', await fileOf('view.jpg', bytes));
    const [upload] = await receivedAfter(site, page, 0);
    await browser.control.evaluate(() => chrome.storage.local.clear());
    expect(upload!.bytes.equals(bytes)).toBe(true);
  });

  it('is held where the place cannot be taken out', async () => {
    const bytes = await kinds['view.jpg']!();
    const end = bytes.lastIndexOf(Buffer.from([0xff, 0xd9])); // a segment that is none, where the picture should end
    await choose(page, '#file', await fileOf('view.jpg', Buffer.concat([bytes.subarray(0, end), Buffer.from([0xff, 0xe1, 0xff, 0xff])])));
    expect((await waitForFailure(page))!.text).toContain('damaged');
    expect(site.received).toHaveLength(0);
    await press(page, 'Cancel');
    await waitForNotice(page, (notice) => notice === null);
  });
});

describe('a photo in the clipboard under a name of the site’s own', () => {
  const TYPE = 'web image/jpeg';
  const read = async (tab: Page): Promise<Buffer> => {
    await copy(tab, { [TYPE]: await readFile(files.small) });
    const base64 = await tab.evaluate(async (type) => {
      const [item] = await navigator.clipboard.read();
      const bytes = new Uint8Array(await (await item!.getType(type)).arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    }, TYPE);
    return Buffer.from(base64, 'base64');
  };

  it('is read as it is without the extension, and cloaked with it', async () => {
    const original = await readFile(files.small);
    const bare = await without.open(site.url + PATH);
    expect((await read(bare)).equals(original)).toBe(true);
    await bare.close();
    expect(await outcomeOf(original, await read(page))).toBe('cloaked');
  });
});
