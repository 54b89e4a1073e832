/**
 * Each route three times: with the extension the server gets the cloaked picture, with the site switched off and
 * without the extension it gets the original bytes.
 */
import { readFile, stat } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Similarity } from '../../src/engine/align';
import { startDemoSite, type DemoSite, type Upload } from '../sites/demo-site';
import { openBrowser, type Page, type TestBrowser } from './support/browser';
import { cloakedBox, findFaces } from './support/faces';
import { callJudges, type Judges } from './support/judges';
import { record } from './support/outcome';
import { difference, makeFiles, sizeOf, type Files } from './support/pictures';
import { routes, uploadBy, type Route } from './support/routes';

let site: DemoSite;
let files: Files;
let faces: Map<string, Similarity>;
let judges: Judges | null;

/** Mean cosine that recognisers give a face and its cloaked self at most, all steps taken; a face merely encoded anew scores .99. */
const RECOGNISED = 0.8;

beforeAll(async () => {
  [site, files] = await Promise.all([startDemoSite(), makeFiles()]);
  faces = await findFaces([files.portrait, files.portraitPng]);
  judges = await callJudges(faces);
});

afterAll(() => site.close());

const fileFor = (route: Route): string => (route.isPaste ? files.portraitPng : files.portrait);

async function pixels(bytes: Buffer): Promise<Buffer> {
  return sharp(bytes).removeAlpha().raw().toBuffer();
}

async function expectOriginal(uploads: Upload[], route: Route): Promise<void> {
  const original = await readFile(fileFor(route));
  expect(uploads).toHaveLength(1);
  const [{ bytes }] = uploads as [Upload];
  if (route.isPaste) expect((await pixels(bytes)).equals(await pixels(original))).toBe(true);
  else expect(bytes.equals(original)).toBe(true);
  if (judges) expect(await judges.similarity(fileFor(route), bytes)).toBeGreaterThan(0.99);
}

async function expectCloaked(uploads: Upload[], route: Route, page: Page): Promise<void> {
  const path = fileFor(route);
  const original = await readFile(path);
  expect(uploads).toHaveLength(1);
  const [upload] = uploads as [Upload];
  expect(upload.bytes.equals(original)).toBe(false);
  expect(await sizeOf(upload.bytes)).toEqual(await sizeOf(original));
  expect(upload.type).toBe(route.isPaste ? 'image/png' : 'image/jpeg');
  if (!route.isPaste) {
    expect(upload.name).toBe('Holiday at the lake.jpg');
    if (upload.lastModified) expect(upload.lastModified).toBe(Math.floor((await stat(path)).mtimeMs));
  }
  const { inside, outside } = await difference(original, upload.bytes, cloakedBox(faces.get(path)!));
  expect(inside).toBeGreaterThan(0.8);
  expect(outside).toBeLessThan(0.5);
  const seen = await page.evaluate(() => (window as { seen?: { type: string; files: string[] }[] }).seen ?? []);
  const withFiles = seen.filter(({ files: names }) => names.length > 0).map(({ type }) => type);
  expect(withFiles).toEqual([...new Set(withFiles)]); // each event once
}

describe.each([
  { state: 'with the extension', extension: true, on: true, expected: expectCloaked },
  { state: 'switched off on this site', extension: true, on: false, expected: expectOriginal },
  { state: 'without the extension', extension: false, on: false, expected: expectOriginal },
])('$state', ({ extension, on, expected }) => {
  let browser: TestBrowser;
  let page: Page | undefined;

  beforeAll(async () => {
    browser = await openBrowser({ extension, isQuick: true });
    if (extension && !on) await browser.switchSite(false);
  });
  afterEach(() => page?.close());
  afterAll(() => browser.close());

  it.each(routes)('$name', async (route) => {
    page = await browser.open(site.url + route.path);
    await expected(await uploadBy(route, site, page, fileFor(route)), route, page);
    if (extension === on) record({ table: 'routes', name: route.name, column: on ? 'with' : 'without', outcome: on ? 'cloaked' : 'original' });
  });
});

describe('with the extension as it ships, every step of refinement taken', () => {
  let browser: TestBrowser;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  it.each(routes.filter(({ name }) => ['attached input', 'paste'].includes(name)))('$name', async (route) => {
    const page = await browser.open(site.url + route.path);
    const uploads = await uploadBy(route, site, page, fileFor(route));
    await expectCloaked(uploads, route, page);
    if (judges) expect(await judges.similarity(fileFor(route), uploads[0]!.bytes)).toBeLessThan(RECOGNISED);
  });
});

describe('a site that is not on the list', () => {
  let browser: TestBrowser;

  beforeAll(async () => {
    browser = await openBrowser({ isQuick: true });
  });
  afterAll(() => browser.close());

  it('gets the original', async () => {
    const page = await browser.open(`${site.otherUrl}/pages/attached-input.html`);
    await expectOriginal(await uploadBy(routes[0]!, site, page, files.portrait), routes[0]!);
  });
});
