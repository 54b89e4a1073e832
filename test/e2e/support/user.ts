/** What a person does on a page: choose, drop and paste files, all with events the browser itself makes. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Frame, Page } from 'playwright-core';

/** What a page that is none of Playwright's own (test/firefox/support/page.ts) does in its own way. */
export interface Hands {
  choose(frame: Page | Frame, selector: string, paths: string[]): Promise<void>;
  dropAt(at: { x: number; y: number }, paths: string[], texts: Record<string, string>): Promise<void>;
}

const handsOf = (page: Page): Hands | undefined => (page as { hands?: Hands }).hands;

/** Clicks what opens the chooser and chooses. */
export async function choose(page: Page, selector: string, paths: string | string[], frame: Page | Frame = page): Promise<void> {
  const hands = handsOf(page);
  if (hands) return hands.choose(frame, selector, [paths].flat());
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), frame.click(selector, { noWaitAfter: true })]);
  await chooser.setFiles(paths);
}

/** @param texts by MIME type, as when what is dragged comes from a page */
export async function drop(
  page: Page,
  selector: string,
  paths: string[],
  { frame = page, texts = {} }: { frame?: Page | Frame; texts?: Record<string, string> } = {},
): Promise<void> {
  await dropAt(page, (await frame.locator(selector).boundingBox())!, paths, texts);
}

/** @param box in the page, into which it is dropped */
export async function dropAt(page: Page, box: { x: number; y: number }, paths: string[], texts: Record<string, string> = {}): Promise<void> {
  const at = { x: box.x + 30, y: box.y + 20 };
  const hands = handsOf(page);
  if (hands) return hands.dropAt(at, paths, texts);
  const session = await page.context().newCDPSession(page);
  const items = Object.entries(texts).map(([mimeType, data]) => ({ mimeType, data }));
  const data = { items, files: paths, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, ...at, data });
  }
  await session.detach();
}

/** Puts a PNG, and text beside it if given, on the clipboard and presses Ctrl+V. */
export async function paste(page: Page, selector: string, png: string, text?: string, frame: Page | Frame = page): Promise<void> {
  await copy(page, { 'image/png': await readFile(png), ...(text && { 'text/plain': Buffer.from(text) }) });
  await frame.focus(selector);
  await page.keyboard.press('Control+V');
}

/** Puts something on the clipboard. */
export async function copy(page: Page, item: Record<string, Buffer>): Promise<void> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.bringToFront();
  await page.evaluate(
    async (parts) => {
      const blobs = parts.map(([type, base64]) => {
        const bytes = Uint8Array.from(atob(base64!), (character) => character.charCodeAt(0));
        return [type, new Blob([bytes], { type: type! })];
      });
      await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
    },
    Object.entries(item).map(([type, bytes]) => [type, bytes.toString('base64')]),
  );
}

/** A chooser for handles cannot be answered: it gives handles of files with these bytes in the site's own storage. */
export async function answerPicker(page: Page, ...paths: string[]): Promise<void> {
  const contents = await Promise.all(paths.map(async (path) => [basename(path), (await readFile(path)).toString('base64')]));
  await page.evaluate(async (files) => {
    const folder = await navigator.storage.getDirectory();
    const store = async ([name, base64]: string[]): Promise<FileSystemFileHandle> => {
      const handle = await folder.getFileHandle(name!, { create: true });
      const writable = await handle.createWritable();
      await writable.write(Uint8Array.from(atob(base64!), (character) => character.charCodeAt(0)));
      await writable.close();
      return handle;
    };
    const handles = await Promise.all(files.map(store));
    Object.assign(window, { showOpenFilePicker: () => Promise.resolve(handles) });
  }, contents);
}

/** Opens the chooser and closes it without a choice, as by its button “Cancel”. */
export async function dismiss(page: Page, selector: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  // `cancel` is newer than Playwright's list of the protocol
  const send = session.send.bind(session) as unknown as (method: string, parameters: object) => Promise<void>;
  await send('Page.setInterceptFileChooserDialog', { enabled: true, cancel: true });
  await page.click(selector);
  await send('Page.setInterceptFileChooserDialog', { enabled: false });
  await session.detach();
}
