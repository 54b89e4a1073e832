/** What a person does on a page: choose, drop and paste files, all with events the browser itself makes. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';

/** Clicks what opens the chooser and chooses. */
export async function choose(page: Page, selector: string, paths: string | string[]): Promise<void> {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.click(selector)]);
  await chooser.setFiles(paths);
}

export async function drop(page: Page, selector: string, paths: string[]): Promise<void> {
  const box = (await page.locator(selector).boundingBox())!;
  const at = { x: box.x + 30, y: box.y + 20 };
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, ...at, data });
  }
  await session.detach();
}

/** Puts a PNG, and text beside it if given, on the clipboard and presses Ctrl+V. */
export async function paste(page: Page, selector: string, png: string, text?: string): Promise<void> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.bringToFront();
  const base64 = (await readFile(png)).toString('base64');
  await page.evaluate(
    async ([encoded, beside]) => {
      const bytes = Uint8Array.from(atob(encoded!), (character) => character.charCodeAt(0));
      const items: Record<string, Blob> = { 'image/png': new Blob([bytes], { type: 'image/png' }) };
      if (beside) items['text/plain'] = new Blob([beside], { type: 'text/plain' });
      await navigator.clipboard.write([new ClipboardItem(items)]);
    },
    [base64, text],
  );
  await page.focus(selector);
  await page.keyboard.press('Control+V');
}
