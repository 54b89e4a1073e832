/** The same picture gets the same cloak in both browsers: on wasm, to within a level. */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { openBrowser, type Page } from '../e2e/support/browser';
import { makeFiles, type Files } from '../e2e/support/pictures';
import { uploadBy, routes } from '../e2e/support/routes';
import { TestFirefox } from './support/browser';

let site: DemoSite;
let files: Files;

beforeAll(async () => {
  [site, files] = await Promise.all([startDemoSite(), makeFiles()]);
});
afterAll(() => site.close());

const route = routes.find(({ name }) => name === 'attached input')!;
const pixels = (bytes: Buffer): Promise<Buffer> => sharp(bytes).removeAlpha().raw().toBuffer();
const pictures = ['smallPng', 'small', 'small2', 'portrait'] as const;

/** One picture after the other; the browser is closed. */
async function cloakedIn(browser: { close(): Promise<void> }, open: (url: string) => Promise<Page>): Promise<Buffer[]> {
  const cloaked: Buffer[] = [];
  for (const name of pictures) {
    site.received.length = 0;
    const [upload] = await uploadBy(route, site, await open(site.url + route.path), files[name]);
    cloaked.push(upload!.bytes);
  }
  await browser.close();
  return cloaked;
}

async function inChromium(): Promise<Buffer[]> {
  const browser = await openBrowser();
  return cloakedIn(browser, (url) => browser.open(url));
}

async function inFirefox(): Promise<Buffer[]> {
  const browser = await TestFirefox.open();
  return cloakedIn(browser, async (url) => (await browser.open(url)).asPlaywright);
}

it('with every step of refinement taken', async () => {
  const [ones, others] = [await inChromium(), await inFirefox()];
  const most = (a: Buffer, b: Buffer): number => a.reduce((largest, value, at) => Math.max(largest, Math.abs(value - b[at]!)), 0);
  for (const [index, name] of pictures.entries()) {
    const [source, one, other] = await Promise.all([await readFile(files[name]), ones[index]!, others[index]!].map(pixels));
    expect(most(one!, source!), name).toBeGreaterThan(5);
    expect(most(one!, other!), name).toBeLessThanOrEqual(1);
  }
});
