import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type * as Known from '../../../src/content/known';

let known: typeof Known;

beforeEach(async () => {
  vi.resetModules(); // it remembers what the page has had
  vi.useFakeTimers();
  known = await import('../../../src/content/known');
});
afterEach(() => vi.useRealTimers());

const file = (text: string, name = 'a.jpg'): File => new File([text], name, { type: 'image/jpeg' });
const passedOn = (passed: File | null): Promise<Known.Outcome> => Promise.resolve({ file: passed });
const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

it('knows nothing of a file that was never held', async () => {
  expect(known.knowsAny()).toBe(false);
  expect(known.mayBeOriginal(file('original'))).toBe(false);
  expect(await known.outcomeFor(file('original'))).toBeUndefined();
});

it('knows an original again by its bytes, under any name, and says what the page got for it', async () => {
  const cloaked = file('cloaked!');
  known.remember(file('original'), passedOn(cloaked));
  await settled();
  expect(known.knowsAny()).toBe(true);
  expect(known.mayBeOriginal(new Blob(['original']))).toBe(true);
  expect((await known.outcomeFor(file('original', 'other.jpg')))!.file).toBe(cloaked);
  expect(await known.outcomeFor(file('0riginal'))).toBeUndefined(); // as long, but another
  expect(known.mayBeOriginal(file('longer than that'))).toBe(false);
});

it('knows what it gave the page, so that this is not cloaked once more', async () => {
  const cloaked = file('cloaked');
  known.remember(file('the original'), passedOn(cloaked));
  await settled();
  expect((await known.outcomeFor(file('cloaked')))!.file).toBe(cloaked);
});

it('waits for what is held now', async () => {
  let resolve!: (outcome: Known.Outcome) => void;
  const promise = new Promise<Known.Outcome>((done) => (resolve = done));
  known.remember(file('original'), promise);
  expect(known.knowsAny()).toBe(true);
  expect(known.mayBeOriginal(file('original'))).toBe(true);
  let told: File | null | undefined;
  const waiting = known.outcomeFor(file('original')).then((outcome) => (told = outcome!.file));
  await settled();
  expect(told).toBeUndefined();
  const cloaked = file('cloaked');
  resolve({ file: cloaked });
  await waiting;
  expect(told).toBe(cloaked);
});

it('gives nothing where the user said so', async () => {
  known.remember(file('original'), passedOn(null));
  await settled();
  expect(known.knowsAny()).toBe(true);
  expect(await known.outcomeFor(file('original'))).toEqual({ file: null });
});

it('holds up no request for a file that went on as it was: no picture, no face, or the user said so', async () => {
  const original = file('original');
  known.remember(original, passedOn(original));
  await settled();
  expect(known.knowsAny()).toBe(false);
  expect(known.mayBeOriginal(file('original'))).toBe(false);
  expect((await known.outcomeFor(file('original')))!.file).toBe(original);
});

it('forgets after ten minutes, at once where the outcome never came, and the oldest of very many', async () => {
  known.remember(file('original'), passedOn(file('cloaked')));
  await settled();
  await vi.advanceTimersByTimeAsync(9 * 60_000);
  expect(known.knowsAny()).toBe(true);
  await vi.advanceTimersByTimeAsync(2 * 60_000);
  expect(known.knowsAny()).toBe(false);

  known.remember(file('original'), Promise.reject(new Error('The page is gone.')));
  await settled();
  expect(known.knowsAny()).toBe(false);

  known.remember(file('the first'), passedOn(file('x')));
  for (let index = 0; index < 200; index += 1) known.remember(file('.'.repeat(20 + index)), passedOn(file('x')));
  await settled();
  expect(known.mayBeOriginal(file('the first'))).toBe(false);
  expect(known.mayBeOriginal(file('.'.repeat(20)))).toBe(true);
});
