/** The engine where it lives: in the built extension's offscreen page, spoken to by messages. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildExtension, openExtension, type Extension } from '../../scripts/extension';
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

it('drops a picture that is aborted, and goes on with the next', async () => {
  const page = await extension.context.newPage();
  await page.goto(`${extension.origin}/manifest.json`);
  const reply = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const file = new File([bytes], 'a.jpg', { type: 'image/jpeg' });
    const cloaking = chrome.runtime.sendMessage({ to: 'engine', type: 'cloak', id: 'a', file, options: { strength: 'standard', selfCheck: true } });
    await chrome.runtime.sendMessage({ to: 'engine', type: 'abort', id: 'a' });
    return cloaking;
  }, (await readFile(sample('portrait.jpg'))).toString('base64'));
  expect(reply).toMatchObject({ ok: false, error: { code: 'aborted' } });
  expect((await extension.cloak(sample('portrait-2.jpg'))).report.outcome).toBe('cloaked');
});

it('says how far it is while it refines a cloak, and nothing of a picture that is not in hand', async () => {
  await extension.warm();
  const page = await extension.context.newPage();
  await page.goto(`${extension.origin}/manifest.json`);
  const { reply, seen, after } = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const file = new File([bytes], 'a.jpg', { type: 'image/jpeg' });
    const ask = async (): Promise<number | null> => (await chrome.runtime.sendMessage({ to: 'engine', type: 'progress', id: 'b' })).value;
    let isOver = false;
    const request = { to: 'engine', type: 'cloak', id: 'b', file, options: { strength: 'strong', selfCheck: false } };
    const cloaking = chrome.runtime.sendMessage(request).finally(() => (isOver = true));
    const seen: (number | null)[] = [];
    while (!isOver) {
      seen.push(await ask());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return { reply: await cloaking, seen, after: await ask() };
  }, (await readFile(sample('portrait.jpg'))).toString('base64'));
  expect(reply).toMatchObject({ ok: true });
  const shares = seen.filter((share) => share !== null);
  expect(new Set(shares).size).toBeGreaterThan(3);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(after).toBeNull();
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
