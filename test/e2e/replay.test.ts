/** What comes back to the page after it was held is taken as what was there before: with the extension and without, the same arrives. */
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { closeSent, openBrowser, PATIENCE_MS, type Page, type TestBrowser } from './support/browser';
import { outcomeOf, record, STATES } from './support/outcome';
import { makeFiles, type Files } from './support/pictures';
import { choose, copy, drop, dropAt } from './support/user';

let site: DemoSite;
let files: Files;

beforeAll(async () => {
  [site, files] = await Promise.all([startDemoSite(), makeFiles()]);
});
afterAll(() => site.close());

async function album(): Promise<string> {
  const folder = join(await mkdtemp(join(tmpdir(), 'nullswap-album-')), 'album');
  await mkdir(join(folder, 'inner'), { recursive: true });
  await writeFile(join(folder, 'a.jpg'), await readFile(files.small));
  await writeFile(join(folder, 'inner/b.pdf'), await readFile(files.pdf));
  await writeFile(join(folder, 'inner/c.jpg'), await readFile(files.small2));
  return folder;
}

async function pasteInto(page: Page): Promise<void> {
  await copy(page, { 'image/png': await readFile(files.smallPng) });
  await page.evaluate('window.focusText()');
  await page.keyboard.press('Control+V');
}

const marks = ['own', 'root'].flatMap((by) => ['timer', 'leave'].map((goes) => `by=${by}&goes=${goes}`));

describe.each(STATES)('$state the extension', ({ state, extension, expected }) => {
  let browser: TestBrowser;

  beforeAll(async () => {
    browser = await openBrowser({ extension, isQuick: true });
  });
  afterAll(() => browser.close());

  it.each([...marks, 'by=zone&renewed'])('dropped where a mark was that has gone: %s', async (flags) => {
    site.received.length = 0;
    const page = await browser.open(`${site.url}/pages/overlay.html?${flags}`);
    await drop(page, '#zone', [files.small]);
    await page.mouse.move(50, 50);
    await page.mouse.move(80, 60);
    for (const until = Date.now() + PATIENCE_MS; site.received.length < 1 && Date.now() < until; ) await page.waitForTimeout(25);
    await page.waitForTimeout(300); // for one more, which would be wrong
    expect(await Promise.all(site.received.map(async ({ bytes }) => outcomeOf(await readFile(files.small), bytes)))).toEqual([expected]);
    await closeSent(page);
    record({ table: 'atOnce', name: `drop mark: ${flags}`, column: state, outcome: expected });
  });

  it.each(['open', 'closed', 'nested'])('dropped and pasted inside a shadow root: %s', async (mode) => {
    const page = await browser.open(`${site.url}/pages/closed-root.html?mode=${mode}`);
    const placeOf = (id: string): Promise<DOMRect> => page.evaluate(`window.placeOf('${id}')`);
    const bring: [string, () => Promise<void>, string][] = [
      ['a drop', async () => dropAt(page, await placeOf('zone'), [files.small]), files.small],
      ['a drop on an input', async () => dropAt(page, await placeOf('file'), [files.small2]), files.small2],
      ['a paste', () => pasteInto(page), files.smallPng],
    ];
    for (const [way, go, path] of bring) {
      site.received.length = 0;
      await go();
      for (const until = Date.now() + PATIENCE_MS; site.received.length < 1 && Date.now() < until; ) await page.waitForTimeout(25);
      await page.waitForTimeout(200); // for one more, which would be wrong
      const original = await readFile(path);
      expect([way, await Promise.all(site.received.map(({ bytes }) => outcomeOf(original, bytes)))]).toEqual([way, [expected]]);
    }
    await page.close();
    record({ table: 'atOnce', name: `drop and paste in a shadow root: ${mode}`, column: state, outcome: expected });
  });

  it.each(['requestSubmit', 'submit', 'fetch', 'fetchForm', 'xhr', 'Send'])('a chosen folder, sent by %s, keeps its paths', async (by) => {
    site.received.length = 0;
    const page = await browser.open(`${site.url}/pages/folder.html?by=${by}`);
    await choose(page, '#file', await album());
    if (by === 'Send') await page.click('#send', { noWaitAfter: true });
    for (const until = Date.now() + PATIENCE_MS; site.received.length < 3 && Date.now() < until; ) await page.waitForTimeout(25);
    expect(site.received.map(({ name }) => name).sort()).toEqual(['album/a.jpg', 'album/inner/b.pdf', 'album/inner/c.jpg']);
    for (const { name, bytes } of site.received) {
      const original = { 'album/a.jpg': files.small, 'album/inner/c.jpg': files.small2 }[name];
      if (original) expect(await outcomeOf(await readFile(original), bytes)).toBe(expected);
    }
    if (['fetch', 'fetchForm', 'xhr'].includes(by)) expect(((await page.evaluate('window.names')) as string[]).sort()).toEqual(['a.jpg', 'b.pdf', 'c.jpg']);
    await closeSent(page);
    record({ table: 'atOnce', name: `folder: ${by}`, column: state, outcome: expected });
  });
});
