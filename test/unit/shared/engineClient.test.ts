/** How long is waited for an engine, and what is asked of another one: with a browser whose parts answer as the test says. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

interface Message {
  to: string;
  type: string;
  id?: string;
  isSilent?: boolean;
}

const sent: Message[] = [];
let answers: Record<string, (message: Message) => unknown> = {};
const isThere = vi.hoisted(() => ({ chrome: { runtime: { id: 'test' as string | undefined } } }));

// the polyfill takes a `browser` that is there
vi.hoisted(() =>
  Object.assign(globalThis, isThere, {
    browser: { runtime: { id: 'test', sendMessage: (message: Message) => (globalThis as unknown as { answer(message: Message): unknown }).answer(message) } },
  }),
);
Object.assign(globalThis, {
  answer(message: Message) {
    sent.push(message);
    return (answers[message.type] ?? (() => undefined))(message);
  },
});

import { cloak } from '../../../src/shared/engine-client';

const never = (): Promise<never> => new Promise(() => {});
const value = (result: unknown): Promise<unknown> => Promise.resolve({ ok: true, value: result });
const failure = (reason: string, code: string, isWorn = false): Promise<unknown> => Promise.resolve({ ok: false, error: { code, reason, values: [], message: reason, isWorn } });
const result = { file: 'cloaked', report: {} };
const count = (type: string): number => sent.filter((message) => message.type === type).length;

function ask(signal = new AbortController().signal, onProgress = (_: number): void => {}): Promise<string> {
  return cloak(new File(['x'], 'x.jpg'), { strength: 'standard' }, signal, onProgress).then(
    ({ file }) => String(file),
    (error: { reason?: string }) => error.reason ?? String(error),
  );
}

beforeEach(() => {
  vi.useFakeTimers();
  sent.length = 0;
  isThere.chrome.runtime.id = 'test';
  answers = { ensureEngine: () => value(null), cloak: () => value(result), progress: () => value(0.5), abort: () => value(null) };
});
afterEach(() => vi.useRealTimers());

/** What comes of it within the time. */
async function endOf(asked: Promise<string>, milliseconds: number): Promise<string> {
  let end = 'still waits';
  void asked.then((it) => (end = it));
  await vi.advanceTimersByTimeAsync(milliseconds);
  return end;
}

describe('an engine that fails', () => {
  it.each(['lost', 'blind', 'models', 'unexpected', 'refining'])('%s: another is asked once, without a word', async (reason) => {
    let tries = 0;
    answers.cloak = () => ((tries += 1) === 1 ? failure(reason, 'engine') : value(result));
    expect(await endOf(ask(), 1_000)).toBe('cloaked');
    expect(count('ensureEngine')).toBe(2);
  });

  it.each(['lost', 'blind'])('%s, and again: the user hears of it', async (reason) => {
    answers.cloak = () => failure(reason, 'engine');
    expect(await endOf(ask(), 1_000)).toBe(reason);
    expect(count('cloak')).toBe(2);
  });

  it('and whose page closes: the same', async () => {
    let tries = 0;
    answers.cloak = () => ((tries += 1) === 1 ? Promise.reject(new Error('The message channel closed.')) : value(result));
    expect(await endOf(ask(), 1_000)).toBe('cloaked');
  });

  it.each([
    ['damaged', 'decode'],
    ['too_large', 'too-large'],
    ['timeout', 'timeout'],
    ['no_webgl', 'engine'],
  ])('%s: no other engine could help', async (reason, code) => {
    answers.cloak = () => failure(reason, code);
    expect(await endOf(ask(), 1_000)).toBe(reason);
    expect(count('cloak')).toBe(1);
  });

  it('by the picture of another: those who wait for it go on to the next one, and have their own try left', async () => {
    let tries = 0;
    answers.cloak = () => {
      tries += 1;
      if (tries <= 3) return failure('lost', 'engine', true);
      return tries === 4 ? failure('lost', 'engine') : value(result);
    };
    expect(await endOf(ask(), 5_000)).toBe('cloaked');
  });

  it('and never goes: there is an end to that', async () => {
    answers.cloak = () => failure('lost', 'engine', true);
    expect(await endOf(ask(), 60_000)).toBe('lost');
  });
});

describe('nothing is waited for without an end', () => {
  it('the background says nothing', async () => {
    answers.ensureEngine = never;
    expect(await endOf(ask(), 61_000)).toBe('lost');
  });

  it('the engine’s page answers nothing at all: it is to be replaced', async () => {
    Object.assign(answers, { cloak: never, progress: never });
    expect(await endOf(ask(), 122_000)).toBe('timeout');
    expect(sent.some(({ isSilent }) => isSilent)).toBe(true);
  });

  it('the page knows nothing of the picture: it is another page by now', async () => {
    let tries = 0;
    answers.cloak = () => ((tries += 1) === 1 ? never() : value(result));
    answers.progress = () => value(null);
    expect(await endOf(ask(), 5_000)).toBe('cloaked');
  });

  it('there is no page any more that could say so', async () => {
    Object.assign(answers, { cloak: never, progress: () => Promise.resolve(undefined) });
    expect(await endOf(ask(), 10_000)).toBe('lost');
  });

  it('but an engine that works may take its time', async () => {
    answers.cloak = () => new Promise((resolve) => setTimeout(() => resolve({ ok: true, value: result }), 3_600_000));
    expect(await endOf(ask(), 3_601_000)).toBe('cloaked');
    expect(count('cloak')).toBe(1);
  });

  it('and the extension that is gone is not asked for again', async () => {
    isThere.chrome.runtime.id = undefined;
    expect(await endOf(ask(), 1_000)).toBe('disconnected');
  });
});

it('the user’s word counts at once, whatever is waited for', async () => {
  for (const silent of ['ensureEngine', 'cloak']) {
    answers = { ensureEngine: () => value(null), cloak: () => value(result), progress: () => value(0.5), abort: () => value(null), [silent]: never };
    const controller = new AbortController();
    const asked = ask(controller.signal);
    expect(await endOf(asked, 1_000)).toBe('still waits');
    controller.abort();
    expect(await endOf(asked, 0), silent).toBe('aborted');
  }
});

it('tells nothing of its progress when it is over', async () => {
  let told = 0;
  let late = (): void => {};
  answers.progress = () => new Promise((resolve) => (late = () => resolve({ ok: true, value: 0.9 })));
  answers.cloak = () => new Promise((resolve) => setTimeout(() => resolve({ ok: true, value: result }), 600));
  expect(await endOf(ask(undefined, () => (told += 1)), 700)).toBe('cloaked');
  late();
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toBe(0);
});
