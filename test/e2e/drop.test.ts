/** What a drop does beyond one file on an element. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { press, waitForFailure, waitForNotice } from './support/notice';
import { receivedAfter } from './support/routes';
import { files, page, seen, site, useSession } from './support/session';
import { drop } from './support/user';

useSession('/pages/drop.html');

it('keeps the order of several files, and the place where they were dropped', async () => {
  const order = [files.pdf, files.portrait, files.landscape];
  await drop(page, '#zone', order);
  const uploads = await receivedAfter(site, page, 0);
  const originals = await Promise.all(order.map((path) => readFile(path)));
  expect(uploads.map(({ bytes }, index) => bytes.equals(originals[index]!))).toEqual([true, false, true]);
  const box = (await page.locator('#zone').boundingBox())!;
  expect(await page.evaluate('window.droppedAt')).toEqual([box.x + 30, box.y + 20]);
  expect(await seen()).toEqual([{ type: 'drop', trusted: false, files: ['paper.pdf', 'Holiday at the lake.jpg', 'landscape.jpg'] }]);
});

it('tells the page that the drag is over when the user cancels', async () => {
  await drop(page, '#zone', [files.truncated]);
  await waitForFailure(page);
  await press(page, 'Cancel');
  await waitForNotice(page, (notice) => notice === null);
  expect(site.received).toHaveLength(0);
  expect((await seen()).map(({ type }) => type)).toEqual(['dragleave']);
});

it('leaves a drag of text alone', async () => {
  await page.evaluate(() => {
    document.querySelector('#zone')!.addEventListener('drop', (event) => {
      (window as { text?: string }).text = (event as DragEvent).dataTransfer!.getData('text/plain');
    });
  });
  const session = await page.context().newCDPSession(page);
  const data = { items: [{ mimeType: 'text/plain', data: 'just words' }], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 60, y: 60, data });
  }
  expect(await page.evaluate('window.text')).toBe('just words');
  expect((await seen())[0]).toMatchObject({ type: 'drop', trusted: true });
});
