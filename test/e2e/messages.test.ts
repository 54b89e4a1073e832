/** Chrome 127 to 147, whose messages carry no files: they go in pieces. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bmpOf } from '../../bench/writers';
import { waitForNotice } from './support/notice';
import { outcomeOf } from './support/outcome';
import { receivedAfter } from './support/routes';
import { browser, files, page, site, useSession } from './support/session';
import { choose } from './support/user';

useSession('/pages/attached-input.html', { isOld: true });

async function uploaded(path: string): Promise<Buffer> {
  const before = site.received.length;
  await choose(page, '#file', path);
  const [upload, ...others] = await receivedAfter(site, page, before);
  expect(others).toEqual([]);
  return upload!.bytes;
}

it('runs in such a browser, or in one that believes it', () => {
  const load = (name: string) => browser.control.evaluate(async (name) => (await fetch(name)).json() as Promise<Record<string, unknown>>, name);
  return expect(load('/manifest.json')).resolves.not.toHaveProperty('message_serialization');
});

it('cloaks a photo', async () => {
  expect(await outcomeOf(await readFile(files.portrait), await uploaded(files.portrait))).toBe('cloaked');
});

it('says what is wrong with a damaged one', async () => {
  await choose(page, '#file', files.truncated);
  await waitForNotice(page, (notice) => notice?.role === 'alertdialog' && notice.text.includes('damaged'));
  expect(site.received).toEqual([]);
});

it('keeps a small picture where the user wants one', async () => {
  await browser.changeSettings({ thumbnails: true });
  await uploaded(files.small);
  const popup = await browser.openPopup(page);
  await popup.until(`document.querySelector('#recent li:first-child img')?.naturalWidth === 64`);
  await popup.close();
});

it.each([
  [1, 600],
  [12, 2_052],
  [60, 4_600],
])('takes a picture of %d MB to the engine and back', { timeout: 300_000 }, async (megabytes, side) => {
  // rows of whole words, as such a file has them
  const shades = Uint8Array.from({ length: side * side * 3 }, (_, at) => ((at / 3) % side) * (200 / side) + 20);
  const bytes = bmpOf(shades, side, side);
  expect(bytes.length).toBeGreaterThan(megabytes * 1e6);
  const path = join(files.folder, `${megabytes}.bmp`);
  await writeFile(path, bytes);
  // it shows nobody, so it comes back as it was: to the last byte
  expect((await uploaded(path)).equals(bytes)).toBe(true);
});
