/** The engine where it lives: in the built extension's offscreen page, spoken to by messages. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { buildExtension, defineRunJob, openExtension, type Extension } from '../../scripts/extension';
import { sample } from './harness';

let extension: Extension;
beforeAll(async () => {
  extension = await openExtension({ dist: await buildExtension() });
});
afterAll(() => extension?.close());

it('loads its models ahead of the first picture', async () => {
  expect(await extension.warm()).toBe('wasm');
});

it('cloaks a file and gives one of the same name, type and date back', async () => {
  const { name, type, bytes, report } = await extension.cloak(sample('portrait.jpg'));
  expect({ name, type }).toEqual({ name: 'portrait.jpg', type: 'image/jpeg' });
  expect(report.outcome).toBe('cloaked');
  expect(bytes.equals(await readFile(sample('portrait.jpg')))).toBe(false);
});

it('takes requests that come at once one after the other', async () => {
  const names = ['portrait-2.jpg', 'portrait-3.jpg', 'portrait-2.jpg'];
  const results = await Promise.all(names.map((name) => extension.cloak(sample(name))));
  expect(results.map(({ name }) => name)).toEqual(names);
  expect(results[0]!.bytes.equals(results[2]!.bytes)).toBe(true);
});

it('finds faces without cloaking', async () => {
  const { width, height, faces } = await extension.detect(sample('portrait-3.jpg'));
  expect({ width, height }).toEqual({ width: 640, height: 640 });
  expect(faces).toHaveLength(1);
});

it('gives back what is no image byte for byte', async () => {
  const { bytes, report } = await extension.cloak({ name: 'notes.jpg', type: 'image/jpeg', bytes: Buffer.from('hello') });
  expect(bytes.toString()).toBe('hello');
  expect(report.outcome).toBe('not-an-image');
});

it('says in words what is wrong with a damaged picture, and goes on with the next', async () => {
  const damaged = (await readFile(sample('portrait.jpg'))).subarray(0, 500);
  const failing = extension.cloak({ name: 'cut.jpg', type: 'image/jpeg', bytes: damaged });
  await expect(failing).rejects.toMatchObject({ code: 'decode', message: expect.stringContaining('damaged') });
  expect((await extension.cloak(sample('portrait-2.jpg'))).report.outcome).toBe('cloaked');
});

/** A page of the extension that can give the engine jobs itself. */
async function openClient(): Promise<Page> {
  const page = await extension.context.newPage();
  await page.goto(`${extension.origin}/manifest.json`);
  await page.evaluate(defineRunJob);
  return page;
}

const portrait = async (): Promise<string> => (await readFile(sample('portrait.jpg'))).toString('base64');

it('drops a picture that is called off, in hand or waiting, and goes on with the next', async () => {
  await extension.warm();
  const client = await openClient();
  const seen = await client.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const file = new File([bytes], 'a.jpg', { type: 'image/jpeg' });
    const seen: string[] = [];
    const cloak = (name: string, signal?: AbortSignal, onProgress?: () => void): Promise<unknown> =>
      runJob('cloak', { file, options: { strength: 'strong', selfCheck: false } }, onProgress, signal).then(() => seen.push(name));
    const [first, second] = [new AbortController(), new AbortController()];
    void cloak('in hand', first.signal, () => first.abort());
    void cloak('waiting', second.signal);
    const last = cloak('next');
    second.abort();
    await last;
    return seen;
  }, await portrait());
  expect(seen).toEqual(['next']);
  await client.close();
});

it('drops a picture whose page is gone', async () => {
  await extension.warm();
  const client = await openClient();
  await client.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const file = new File([bytes], 'a.jpg', { type: 'image/jpeg' });
    await new Promise<void>((resolve) => {
      for (let i = 0; i < 40; i += 1) void runJob('cloak', { file, options: { strength: 'strong', selfCheck: false } }, () => resolve());
    });
  }, await portrait());
  await client.close();
  expect((await extension.cloak(sample('portrait-2.jpg'))).report.outcome).toBe('cloaked'); // not after forty others
});

it('says how far it is while it refines a cloak', async () => {
  await extension.warm();
  const client = await openClient();
  const { reply, seen } = await client.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const file = new File([bytes], 'a.jpg', { type: 'image/jpeg' });
    const seen: number[] = [];
    const reply = await runJob('cloak', { file, options: { strength: 'strong', selfCheck: false } }, (done) => seen.push(done));
    return { reply, seen };
  }, await portrait());
  await client.close();
  expect(reply).toMatchObject({ ok: true });
  expect(new Set(seen).size).toBeGreaterThan(3);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
});

it('has a fresh engine when the old one closed itself', async () => {
  await extension.warm();
  const closed = await extension.context.serviceWorkers()[0]!.evaluate(async () => {
    await chrome.offscreen.closeDocument();
    return (await chrome.runtime.getContexts({ contextTypes: [chrome.runtime.ContextType.OFFSCREEN_DOCUMENT] })).length;
  });
  expect(closed).toBe(0);
  expect((await extension.cloak(sample('portrait-2.jpg'))).report.outcome).toBe('cloaked');
});

it('says what to do where there is no WebGL', async () => {
  const without = await openExtension({ dist: await buildExtension(), args: ['--disable-gpu', '--disable-software-rasterizer'] });
  try {
    const cloaking = without.cloak(sample('portrait-2.jpg'));
    await expect(cloaking).rejects.toMatchObject({ code: 'engine', message: expect.stringContaining('graphics acceleration') });
  } finally {
    await without.close();
  }
});
