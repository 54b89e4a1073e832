/**
 * The main job, to see: a browser with the extension on the demo social site, Chromium or `--browser firefox`. With `--headless` (or where there is
 * no display) one upload of a sample portrait, whose before and after go to `out/`. `--strength NAME` as in the popup.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { ElementHandle } from 'puppeteer-core';
import { differenceTimesTen } from '../bench/sheet';
import { decode, toSharp } from '../bench/picture';
import { CANONICAL_SIZE } from '../src/engine/align';
import type { CloakReport } from '../src/engine/types';
import { defaultStrength, isStrength, strengths, type Strength } from '../src/shared/strengths';
import { type DemoSite, startDemoSite } from '../test/sites/demo-site';
import { type Extension, openExtension } from './extension';
import { openFirefox } from './firefox';
import type { Browser } from './manifest';

const DIST: Record<Browser, string> = { chromium: 'dist-demo', firefox: 'dist-firefox-demo' };
const BUILD: Record<Browser, string> = { chromium: 'build:demo', firefox: 'build:firefox-demo' };
const SAMPLE = join('samples', 'portrait.jpg');
const OUT = 'out';

/** Posts the sample as a person does: picks it with the composer's button, waits for its preview, presses Post. */
async function post(extension: Extension, site: DemoSite): Promise<Buffer> {
  const page = await extension.context.newPage();
  await page.goto(site.url);
  await page.setInputFiles('input[type=file]', SAMPLE);
  await page.waitForSelector('#previews img', { timeout: 120_000 });
  const answered = page.waitForResponse((response) => response.request().method() === 'POST');
  await page.click('#post');
  await answered;
  return received(site);
}

function received(site: DemoSite): Buffer {
  const [upload] = site.received;
  if (!upload) throw new Error('The site received nothing.');
  return upload.bytes;
}

interface Posted {
  after: Buffer;
  report: CloakReport;
}

async function postInChromium(site: DemoSite, strength: Strength): Promise<Posted> {
  const extension = await openExtension({ dist: DIST.chromium });
  try {
    await extension.chooseStrength(strength);
    const nextReport = await listenForReport(extension);
    const after = await post(extension, site);
    return { after, report: await nextReport() };
  } finally {
    await extension.close();
  }
}

async function postInFirefox(site: DemoSite, strength: Strength): Promise<Posted> {
  const { browser, welcome, close } = await openFirefox({ dist: resolve(DIST.firefox) });
  try {
    const report = await welcome!.evaluateHandle(inFirefox, strength);
    const page = await browser.newPage();
    await page.goto(site.url);
    const input = (await page.$('input[type=file]')) as ElementHandle<HTMLInputElement>;
    await input.uploadFile(resolve(SAMPLE));
    await page.waitForSelector('#previews img', { timeout: 120_000 });
    await page.click('#post');
    return { report: await report.evaluate(({ reported }) => reported), after: received(site) };
  } finally {
    await close();
  }
}

/** Runs in a page of the extension: chooses the strength, and listens for the report as in Chromium. */
async function inFirefox(strength: string): Promise<{ reported: Promise<CloakReport> }> {
  await chrome.runtime.sendMessage({ to: 'background', type: 'changeSettings', patch: { strength } });
  return {
    reported: new Promise<CloakReport>((resolve) => {
      chrome.runtime.onMessage.addListener((message: { type?: string; report?: CloakReport }) => {
        if (message.type === 'recordProtection' && message.report) resolve(message.report);
      });
    }),
  };
}

/** The report that the content script sends to be counted once the page has its file. */
async function listenForReport(extension: Extension): Promise<() => Promise<CloakReport>> {
  const listener = await extension.context.newPage();
  await listener.goto(`${extension.origin}/manifest.json`);
  const report = await listener.evaluateHandle(() => ({
    reported: new Promise<CloakReport>((resolve) => {
      chrome.runtime.onMessage.addListener((message: { type?: string; report?: CloakReport }) => {
        if (message.type === 'recordProtection' && message.report) resolve(message.report);
      });
    }),
  }));
  return () => report.evaluate(({ reported }) => reported);
}

function print(report: CloakReport): void {
  console.log(`\nfaces         ${report.faces.length}   (${report.width} × ${report.height}, ${report.type}, ${report.strength}, on ${report.backend})`);
  for (const { similarity, warp } of report.faces) {
    const [before, after] = [similarity?.before, similarity?.after].map((value) => value?.toFixed(3) ?? '–');
    console.log(`similarity    ${before} before, ${after} after   (on-device recogniser: above .924 is the same person)`);
    console.log(`bent          by ${((100 * warp.distance) / CANONICAL_SIZE).toFixed(1)} % of the face's crop at most`);
  }
  const { total, ...stages } = report.ms;
  console.log(`ms            ${Object.entries(stages).map(([stage, ms]) => `${stage} ${ms.toFixed(0)}`).join(', ')}; total ${total.toFixed(0)}`);
  console.log(`bytes         ${report.bytes.before} before, ${report.bytes.after} after`);
}

async function runHeadless(browser: Browser, strength: Strength): Promise<void> {
  const site = await startDemoSite();
  try {
    const { after, report } = await (browser === 'firefox' ? postInFirefox : postInChromium)(site, strength);
    const before = await readFile(SAMPLE);
    await mkdir(OUT, { recursive: true });
    await writeFile(join(OUT, 'before.jpg'), before);
    await writeFile(join(OUT, 'after.jpg'), after);
    await toSharp(differenceTimesTen(await decode(before), await decode(after))).png().toFile(join(OUT, 'difference.png'));
    await writeFile(join(OUT, 'report.json'), JSON.stringify(report, null, 2));
    print(report);
    console.log(`\nThe site received the cloaked picture. See ${['before.jpg', 'after.jpg', 'difference.png', 'report.json'].map((name) => join(OUT, name)).join(', ')}.`);
  } finally {
    await site.close();
  }
}

async function runInWindow(browser: Browser, strength: Strength): Promise<void> {
  const site = await startDemoSite({ port: 8731 });
  const closed = await (browser === 'firefox' ? showInFirefox : showInChromium)(site, strength);
  console.log(`\nThe demo site is open at ${site.url}: post a photo by the button, by dragging or by pasting.`);
  console.log('Sample portraits lie in samples/. Close the browser to end.');
  await closed();
  await site.close();
}

/** Resolves with what waits for its end. */
async function showInChromium(site: DemoSite, strength: Strength): Promise<() => Promise<void>> {
  const extension = await openExtension({ dist: DIST.chromium, headless: false });
  await extension.chooseStrength(strength);
  const [page = await extension.context.newPage()] = extension.context.pages();
  await page.goto(site.url);
  return async () => {
    await new Promise((closed) => extension.context.once('close', closed));
    await extension.close();
  };
}

async function showInFirefox(site: DemoSite, strength: Strength): Promise<() => Promise<void>> {
  const { browser, welcome } = await openFirefox({ dist: resolve(DIST.firefox), headless: false });
  await welcome!.evaluateHandle(inFirefox, strength);
  await (await browser.newPage()).goto(site.url);
  return () => new Promise((closed) => browser.once('disconnected', () => closed()));
}

/** Quiet unless it fails: then with all it said. */
function build(browser: Browser): void {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', BUILD[browser]], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The extension could not be built:\n${stdout}${stderr}`);
}

const { values } = parseArgs({ options: { browser: { type: 'string', default: 'chromium' }, headless: { type: 'boolean', default: false }, strength: { type: 'string', default: defaultStrength } } });
if (!isStrength(values.strength)) throw new Error(`--strength is one of ${strengths.join(', ')}.`);
if (values.browser !== 'chromium' && values.browser !== 'firefox') throw new Error('--browser is chromium or firefox.');
const hasDisplay = process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
if (!values.headless && !hasDisplay) console.log('There is no display here: doing one upload without it, as npm start -- --headless does.');
console.log('Building the extension…');
build(values.browser);
await (values.headless || !hasDisplay ? runHeadless : runInWindow)(values.browser, values.strength);
