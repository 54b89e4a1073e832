/** What a paste does beyond a handler that takes files: bare editables, text beside the picture, editors' `beforeinput`. */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { beforeAll, expect, it } from 'vitest';
import type { Box } from '../../src/engine/types';
import { cloakedBox, findFaces } from './support/faces';
import { difference } from './support/pictures';
import { receivedAfter } from './support/routes';
import { browser, files, page, site, useSession } from './support/session';
import { paste } from './support/user';

useSession('/pages/paste.html');

let face: Box;
beforeAll(async () => {
  face = cloakedBox((await findFaces([files.portraitPng])).get(files.portraitPng)!);
});

const pixels = (bytes: Buffer): Promise<Buffer> => sharp(bytes).removeAlpha().raw().toBuffer();

async function pastedPicture(): Promise<Buffer> {
  const image = page.locator('#bare img');
  await image.waitFor();
  expect(await image.count()).toBe(1);
  const base64 = await image.evaluate(async (element: HTMLImageElement) => {
    const bytes = new Uint8Array(await (await fetch(element.src)).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  });
  return Buffer.from(base64, 'base64');
}

it('puts the cloaked picture into an editable that has no handler, where the caret was', async () => {
  await page.evaluate(() => {
    const bare = document.querySelector('#bare')!;
    bare.textContent = 'before after';
    bare.addEventListener('focus', () => document.getSelection()!.collapse(bare.firstChild, 7), { once: true });
  });
  await paste(page, '#bare', files.portraitPng);
  const original = await readFile(files.portraitPng);
  const { inside, outside } = await difference(original, await pastedPicture(), face);
  expect(inside).toBeGreaterThan(0.8);
  expect(outside).toBeLessThan(0.5);
  const neighbours = await page.evaluate(() => {
    const { previousSibling, nextSibling } = document.querySelector('#bare img')!;
    return [previousSibling?.textContent, nextSibling?.textContent].map((text) => text?.trim());
  });
  expect(neighbours).toEqual(['before', 'after']);
});

it('puts the original there when the site is switched off', async () => {
  await browser.switchSite(false);
  await paste(page, '#bare', files.portraitPng);
  const pasted = await pastedPicture();
  await browser.switchSite(true);
  expect((await pixels(pasted)).equals(await pixels(await readFile(files.portraitPng)))).toBe(true);
});

it('hands on the text that came with the picture', async () => {
  await paste(page, '#handler', files.portraitPng, 'a caption');
  expect(await receivedAfter(site, page, 0)).toHaveLength(1);
  expect(await page.evaluate('window.pastedText')).toBe('a caption');
});

it('puts the text into a plain field, as the browser does', async () => {
  await paste(page, '#plain', files.portraitPng, 'a caption');
  await page.waitForFunction(() => document.querySelector<HTMLTextAreaElement>('#plain')!.value !== '');
  expect(await page.inputValue('#plain')).toBe('a caption');
});

it('offers the files to editors that take them from beforeinput', async () => {
  await page.evaluate(() => {
    document.querySelector('#bare')!.addEventListener('beforeinput', (event) => {
      const { inputType, dataTransfer } = event as InputEvent;
      if (inputType !== 'insertFromPaste') return;
      event.preventDefault();
      void (window as unknown as { upload(via: string, files: FileList): void }).upload('beforeinput', dataTransfer!.files);
    });
  });
  await paste(page, '#bare', files.portraitPng);
  const [upload, ...more] = await receivedAfter(site, page, 0);
  expect(more).toHaveLength(0);
  expect((await difference(await readFile(files.portraitPng), upload!.bytes, face)).inside).toBeGreaterThan(0.8);
  expect(await page.locator('#bare img').count()).toBe(0);
});
