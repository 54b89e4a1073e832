/** A page can count the bytes of what it is refused, or told of: the size of an original, which tells it from other photos, is in none of it. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { receivedAfter } from './support/routes';
import { files, page, site, useSession } from './support/session';
import { choose, drop } from './support/user';

useSession('/pages/attached-input.html');

/** Whether each way takes a Blob of so many bytes. */
async function answers(sizes: number[]): Promise<[number, boolean, boolean][]> {
  const all: [number, boolean, boolean][] = [];
  for (const size of sizes) {
    const [isSent, isTaken] = await page.evaluate((bytes) => {
      const blob = new Blob([new Uint8Array(bytes)]);
      const request = new XMLHttpRequest();
      request.open('POST', '/api/raw', false);
      try {
        request.send(blob);
      } catch {
        return [false, navigator.sendBeacon('/nothing', blob)];
      }
      return [true, navigator.sendBeacon('/nothing', blob)];
    }, size);
    all.push([size, isSent!, isTaken!]);
    await page.waitForTimeout(500); // the browser takes so many bytes at a time
  }
  return all;
}

it.each(['small', 'portrait'] as const)('requests that are answered at once take other bytes of that size: %s', async (name) => {
  const { length } = await readFile(files[name]);
  await choose(page, '#file', files[name]);
  await receivedAfter(site, page, 0);
  const isBeacon = length <= 65_536;
  expect(await answers([length - 1, length, length + 1])).toEqual([length - 1, length, length + 1].map((size) => [size, true, isBeacon]));
});

it('a blocking request sends the file that the page was given', async () => {
  await choose(page, '#file', files.small);
  const [given] = await receivedAfter(site, page, 0);
  const status = await page.evaluate(() => {
    const request = new XMLHttpRequest();
    request.open('POST', '/api/raw', false);
    request.send(document.querySelector<HTMLInputElement>('#file')!.files![0]);
    return request.status;
  });
  expect(status).toBe(200);
  expect(site.received.at(-1)!.bytes.equals(given!.bytes)).toBe(true);
});

it('a dropped file’s metadata tell the size that the page gets', async () => {
  await page.goto(`${site.url}/pages/drop.html`);
  await page.evaluate(() => {
    document.querySelector('#zone')!.addEventListener('drop', (event) => {
      type Entry = { getMetadata(onMetadata: (metadata: { size: number; modificationTime: Date }) => void): void };
      const entry = (event as DragEvent).dataTransfer!.items[0]!.webkitGetAsEntry() as unknown as Entry;
      entry.getMetadata(({ size, modificationTime }) => Object.assign(window, { told: [size, modificationTime instanceof Date] }));
    });
  });
  await drop(page, '#zone', [files.small]);
  const [upload] = await receivedAfter(site, page, 0);
  await page.waitForFunction('window.told');
  expect(await page.evaluate('window.told')).toEqual([upload!.bytes.length, true]);
});
