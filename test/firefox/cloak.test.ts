/** The same picture gets the same cloak in both browsers: on wasm, to within a level. */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { openBrowser } from '../e2e/support/browser';
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

async function inChromium(): Promise<Buffer> {
  const browser = await openBrowser();
  const [upload] = await uploadBy(route, site, await browser.open(site.url + route.path), files.smallPng);
  await browser.close();
  return upload!.bytes;
}

async function inFirefox(): Promise<Buffer> {
  const browser = await TestFirefox.open();
  const page = await browser.open(site.url + route.path);
  const [upload] = await uploadBy(route, site, page.asPlaywright, files.smallPng);
  await browser.close();
  return upload!.bytes;
}

// not so yet: the largest difference is 174, the mean 2.5 where a cloak changes 4.1. Likely as each browser scales a picture in its own way before faces are looked for
it.fails('with every step of refinement taken', async () => {
  const source = await pixels(await readFile(files.smallPng));
  const one = await pixels(await inChromium());
  const other = await pixels(await inFirefox());
  const most = (a: Buffer, b: Buffer): number => a.reduce((largest, value, at) => Math.max(largest, Math.abs(value - b[at]!)), 0);
  expect(most(one, source)).toBeGreaterThan(5);
  expect(most(one, other)).toBeLessThanOrEqual(1);
});
