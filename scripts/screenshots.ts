/**
 * Every page and state of the extension, as a person sees it, into docs/screenshots: in English light and dark, and in Arabic.
 * `npm run screenshots` builds the demo and takes them all; names after it take only what begins so (`npm run screenshots popup`).
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { openBrowser, type Page, type TestBrowser } from '../test/e2e/support/browser';
import { askedFor, press, waitForFailure, waitForNotice } from '../test/e2e/support/notice';
import { makeFiles, type Files } from '../test/e2e/support/pictures';
import type { Popup } from '../test/e2e/support/popup';
import { startDemoSite, type DemoSite } from '../test/sites/demo-site';

const DIST = 'dist-demo';
const OUT = join('docs', 'screenshots');
const DAY = 24 * 3600_000;
/** What comes fades in. */
const SETTLED_MS = 300;

type Scheme = 'light' | 'dark';
const looks: { language: string; schemes: Scheme[] }[] = [
  { language: 'en', schemes: ['light', 'dark'] },
  { language: 'ar', schemes: ['light'] },
];

interface Studio {
  browser: TestBrowser;
  site: DemoSite;
  files: Files;
  language: string;
  schemes: Scheme[];
}

const wanted = process.argv.slice(2);
const isWanted = (name: string): boolean => wanted.length === 0 || wanted.some((start) => name.startsWith(start));

let total = 0;

async function save(name: string, png: Buffer, { language }: Studio, scheme: Scheme): Promise<void> {
  const path = join(OUT, `${name}-${language === 'en' ? scheme : language}.png`);
  await sharp(png).png({ palette: true, quality: 92, effort: 10, compressionLevel: 9 }).toFile(path);
  const { size } = await stat(path);
  total += size;
  console.log(`${path}  ${(size / 1000).toFixed(0)} kB`);
}

async function shoot(name: string, page: Page, studio: Studio, isWhole = true): Promise<void> {
  await page.evaluate(() => void (document.documentElement.style.scrollbarWidth = 'none'));
  await page.waitForTimeout(SETTLED_MS);
  for (const scheme of studio.schemes) {
    await page.emulateMedia({ colorScheme: scheme });
    await save(name, await page.screenshot({ fullPage: isWhole }), studio, scheme);
  }
}

/** The notice with the corner of the page that it is in. */
async function shootNotice(name: string, page: Page, studio: Studio): Promise<void> {
  await page.waitForTimeout(SETTLED_MS);
  for (const scheme of studio.schemes) {
    await page.emulateMedia({ colorScheme: scheme });
    const { x, y, width, height } = (await page.locator('[popover][lang]').boundingBox())!;
    await save(name, await page.screenshot({ clip: { x: Math.max(0, x - 24), y: y - 24, width: width + 24, height: height + 24 } }), studio, scheme);
  }
}

async function openFeed({ browser, site }: Studio): Promise<Page> {
  const page = await browser.open(site.url);
  await page.setViewportSize({ width: 1000, height: 680 });
  await page.waitForSelector('.post');
  return page;
}

async function takeNotice(studio: Studio): Promise<void> {
  const { files, browser, site } = studio;
  const page = await openFeed(studio);
  await page.fill('#text', studio.language === 'ar' ? 'يوم عند البحيرة' : 'A day at the lake');
  await page.setInputFiles('#file', [files.large, files.portrait, files.portrait2]);
  await waitForNotice(page, (notice) => notice !== null && notice.buttons.length === 2);
  await shoot('notice-working', page, studio, false);
  await page.waitForSelector('#previews img');
  await waitForNotice(page, (notice) => notice !== null && notice.progress === null && notice.buttons.length === 1);
  await shoot('notice-done', page, studio, false);
  await page.reload();
  await page.setInputFiles('#file', files.halved);
  await waitForFailure(page);
  await page.keyboard.press('Tab');
  await shootNotice('notice-failed', page, studio);
  await press(page, (await waitForFailure(page))!.buttons[1]!);
  await waitForNotice(page, (notice) => notice?.role === 'status');
  await shootNotice('notice-uncloaked', page, studio);
  await page.goto(`${site.url}/pages/form.html`);
  await page.setInputFiles('#file', files.small);
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>('#file')!.files!.length === 1);
  await waitForNotice(page, (notice) => notice?.buttons.length === 2);
  await shootNotice('notice-undo', page, studio);
  await browser.control.bringToFront();
  await page.close();
}

async function takePopup(studio: Studio): Promise<void> {
  const page = await openFeed(studio);
  const shootPopup = async (name: string, isScrolled = false): Promise<void> => {
    const popup = await studio.browser.openPopup(page);
    if (isScrolled) await popup.evaluate('scrollTo(0, document.documentElement.scrollHeight)');
    for (const scheme of studio.schemes) await save(name, await popup.screenshot(scheme), studio, scheme);
    await closeQuietly(popup);
  };
  await shootPopup('popup-new');
  await addHistory(studio);
  await shootPopup('popup');
  await shootPopup('popup-below', true);
  await studio.browser.switchSite(false);
  await shootPopup('popup-site-off');
  await studio.browser.switchSite(true);
  await page.goto(studio.site.otherUrl);
  await shootPopup('popup-other-site');
  await page.close();
}

const closeQuietly = (popup: Popup): Promise<void> => popup.close().catch(() => {});

/** Thirty days of a person who posts now and then: the same ones each time. */
async function addHistory({ browser }: Studio): Promise<void> {
  const rows = Array.from({ length: 34 }, (_, index) => {
    const faces = 1 + ((index * 7) % 3);
    const checks = Array.from({ length: faces }, (_, face) => ({ before: 0.958 + 0.002 * face, after: 0.905 + 0.008 * ((index + face) % 7), recognised: (index + face) % 7 > 2 }));
    const time = Date.now() - ((index * index) % 29) * DAY - index * 60_000;
    return { time, site: ['demo', 'instagram', 'mastodon', 'x'][index % 4], faces, checks, ms: 700 + ((index * 331) % 900), backend: 'wasm' };
  });
  await browser.control.evaluate(
    (added) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('stats');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('protections', 'readwrite');
          for (const row of added) transaction.objectStore('protections').add(row);
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
          transaction.onerror = () => reject(transaction.error);
        };
      }),
    rows.sort((a, b) => a.time - b.time),
  );
}

/** @param prepare brings the page into the state that the name tells */
async function takePage(name: string, path: string, studio: Studio, prepare: (page: Page) => Promise<unknown> = async () => {}): Promise<void> {
  if (!isWanted(name)) return;
  if (!existsSync(join(DIST, path))) throw new Error(`The extension has no page ${path}.`);
  const page = await studio.browser.open(`${studio.browser.extensionOrigin}/${path}`);
  await page.setViewportSize({ width: 1000, height: 720 });
  await page.waitForSelector('body > *');
  await prepare(page);
  await shoot(name, page, studio);
  await page.close();
}

/** The window that asks whether originals shall go. */
async function takeRelease(studio: Studio): Promise<void> {
  const { control } = studio.browser;
  const page = await askedFor(control, () =>
    control.evaluate(() => void chrome.runtime.sendMessage({ to: 'background', type: 'askRelease', names: ['IMG_2041.jpg', 'IMG_2042.jpg'], remember: false })),
  );
  await page.setViewportSize({ width: 460, height: 300 });
  await shoot('release', page, studio);
  await page.close();
}

function build(): void {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'build:demo'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The extension could not be built:\n${stdout}${stderr}`);
}

build();
await mkdir(OUT, { recursive: true });
const [site, files] = await Promise.all([startDemoSite(), makeFiles()]);
for (const look of looks) {
  const browser = await openBrowser({ language: look.language });
  const studio: Studio = { browser, site, files, ...look };
  if (isWanted('popup')) await takePopup(studio); // before any picture is counted
  if (isWanted('notice')) await takeNotice(studio);
  if (isWanted('release')) await takeRelease(studio);
  await takePage('settings', 'src/options/options.html', studio);
  await takePage('welcome', 'src/welcome/welcome.html', studio, (page) => page.waitForSelector('img-comparison-slider'));
  await takePage('privacy', 'src/welcome/privacy.html', studio);
  await takePage('studio-empty', 'src/studio/studio.html', studio);
  await takePage('studio', 'src/studio/studio.html', studio, async (page) => {
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.click('#choose-photos')]);
    await chooser.setFiles([files.portrait, files.small2, files.small3]);
    await page.waitForSelector('img-comparison-slider');
    await page.waitForSelector('#save:not(:disabled)');
  });
  await browser.close();
}
await site.close();
console.log(`${(total / 1e6).toFixed(2)} MB`);
