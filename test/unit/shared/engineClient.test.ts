/** How long is waited for an engine, and what is asked of another one: with a browser whose parts answer as the test says. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

interface Message {
  to: string;
  type: string;
  isSilent?: boolean;
}

const sent: Message[] = [];
/** What is answered to a message, or to a job; a job that is answered by nothing, or not at all, is one of an engine that goes. */
let answers: Record<string, (message: Message) => unknown> = {};
/** Whether the engine's page says every few seconds that it is there. */
let isHeard = true;
const isThere = vi.hoisted(() => ({ chrome: { runtime: { id: 'test' as string | undefined } } }));

/** The engine's end of a job. */
class Job {
  private readonly onMessage: ((message: unknown) => void)[] = [];
  private readonly onClosed: (() => void)[] = [];
  private heartbeat: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly type: string) {}

  readonly port = {
    onMessage: { addListener: (listener: (message: unknown) => void) => void this.onMessage.push(listener) },
    onDisconnect: { addListener: (listener: () => void) => void this.onClosed.push(listener) },
    postMessage: () => {
      const message = { to: 'engine', type: this.type };
      sent.push(message);
      this.heartbeat = setInterval(() => isHeard && this.tell({ done: 0.5 }), 5_000);
      Promise.resolve(answers[this.type]?.(message)).then((reply) => (reply ? this.tell({ reply }) : this.close()), () => this.close());
    },
    disconnect: () => {
      sent.push({ to: 'engine', type: 'disconnect' });
      this.end();
    },
  };

  tell(message: unknown): void {
    for (const listener of this.onMessage) listener(message);
  }

  private close(): void {
    for (const listener of this.onClosed) listener();
    this.end();
  }

  private end(): void {
    clearInterval(this.heartbeat);
    this.onMessage.length = this.onClosed.length = 0;
  }
}
let job: Job;

// the polyfill takes a `browser` that is there
vi.hoisted(() => {
  interface Test {
    answer(message: Message): unknown;
    connect(name: string): unknown;
  }
  const test = globalThis as unknown as Test;
  const runtime = { id: 'test', sendMessage: (message: Message) => test.answer(message), connect: ({ name }: { name: string }) => test.connect(name) };
  Object.assign(globalThis, isThere, { browser: { runtime } });
  vi.stubGlobal('navigator', { userAgent: '' }); // of a browser whose messages carry files
});
Object.assign(globalThis, {
  answer(message: Message) {
    sent.push(message);
    return (answers[message.type] ?? (() => undefined))(message);
  },
  connect: (name: string) => (job = new Job(name.replace('engine:', ''))).port,
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
  isHeard = true;
  answers = { ensureEngine: () => value(null), cloak: () => value(result) };
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
    expect(await endOf(ask(), 2_000)).toBe('cloaked');
    expect(count('ensureEngine')).toBe(2);
  });

  it.each([
    ['lost', 2],
    ['blind', 3], // the graphics process may still be starting when the second one looks
  ])('%s, and again: the user hears of it', async (reason, tries) => {
    answers.cloak = () => failure(reason, 'engine');
    expect(await endOf(ask(), 3_000)).toBe(reason);
    expect(count('cloak')).toBe(tries);
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
    answers.cloak = never;
    isHeard = false;
    expect(await endOf(ask(), 127_000)).toBe('timeout');
    expect(sent.some(({ isSilent }) => isSilent)).toBe(true);
  });

  it('there is no page any more that would take it', async () => {
    answers.cloak = () => Promise.resolve(undefined);
    expect(await endOf(ask(), 1_000)).toBe('lost');
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
    answers = { ensureEngine: () => value(null), cloak: () => value(result), [silent]: never };
    const controller = new AbortController();
    const asked = ask(controller.signal);
    expect(await endOf(asked, 1_000)).toBe('still waits');
    controller.abort();
    expect(await endOf(asked, 0), silent).toBe('aborted');
  }
  expect(sent.at(-1)!.type).toBe('disconnect'); // by which the engine hears of it
});

it('tells how far the engine is, and nothing when it is over', async () => {
  const told: number[] = [];
  answers.cloak = () => new Promise((resolve) => setTimeout(() => resolve({ ok: true, value: result }), 600));
  const asked = ask(undefined, (done) => told.push(done));
  await vi.advanceTimersByTimeAsync(100);
  job.tell({ done: 0.25 });
  expect(await endOf(asked, 600)).toBe('cloaked');
  job.tell({ done: 0.9 });
  expect(told).toEqual([0.25]);
});
