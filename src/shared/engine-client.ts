/**
 * Asks the engine for its work on a picture, and gives up on what is not wanted any more. An engine that fails is replaced, and another asked once more
 * without a word to anybody. Nothing is waited for without an end.
 */
import { CloakError, type CloakErrorReason, type CloakOptions, type CloakReport, type DetectedFace, type FaceLikeness } from '../engine/types';
import { HEARTBEAT_MS, runJob } from './jobs';
import { engineLost, NotTried, send } from './messaging';
import { pause, unlessAborted, within } from './timeLimit';

/** For the background to have the engine's page up. */
const START_MS = 30_000;
/** The engine keeps its own time; this is for one that says nothing at all. It may be busy with the largest of pictures. */
const SILENCE_MS = 120_000;
/** A device that slept was not silent all that time. */
const MOST_AT_ONCE_MS = 60_000;
/** For a worn engine to go, or a page to be closed. */
const BETWEEN_TRIES_MS = 150;
const MOST_NOT_TRIED = 100;
/** After the graphics process has ended, a fresh engine may meet one that is still starting, and be as blind as the one before. */
const AFTER_BLIND_MS = 1000;
const MOST_TRIES = 2;
const MOST_TRIES_BLIND = 3;

/** What a fresh engine cannot help. */
const LASTING: readonly CloakErrorReason[] = ['no_webgl', 'disconnected'];

/** Hears every now and then which share of the work is done, 0 to 1. */
type OnProgress = (done: number) => void;

/** Throws a `CloakError`; of code `aborted` when the signal says so. */
export function cloak(
  file: File,
  choices: Pick<CloakOptions, 'strength' | 'metadata'>,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<{ file: File; report: CloakReport }> {
  return ask((end, tell) => runJob('cloak', { file, options: { ...choices, selfCheck: true } }, end, tell), signal, onProgress);
}

/** See `compare` in engine/compare.ts. Throws as `cloak` does. For the extension's own pages. */
export function compare(file: File, copy: File, faces: DetectedFace[], signal: AbortSignal): Promise<FaceLikeness[]> {
  return ask((end, tell) => runJob('compare', { file, copy, faces }, end, tell), signal);
}

type Job<T> = (signal: AbortSignal, onProgress: OnProgress) => Promise<T>;

async function ask<T>(job: Job<T>, signal: AbortSignal, onProgress: OnProgress = () => {}): Promise<T> {
  let notTried = 0;
  let tries = 0;
  for (;;) {
    try {
      return await askOnce(job, signal, onProgress);
    } catch (error) {
      if (signal.aborted || !(error instanceof CloakError) || error.code !== 'engine' || LASTING.includes(error.reason)) throw error;
      const isBlind = error.reason === 'blind';
      if (error instanceof NotTried ? (notTried += 1) > MOST_NOT_TRIED : (tries += 1) >= (isBlind ? MOST_TRIES_BLIND : MOST_TRIES)) throw error;
      await pause(isBlind ? AFTER_BLIND_MS : BETWEEN_TRIES_MS);
    }
  }
}

async function askOnce<T>(job: Job<T>, signal: AbortSignal, onProgress: OnProgress): Promise<T> {
  const end = new AbortController();
  const abort = (): void => end.abort(new CloakError('aborted'));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  const silence = new Silence(() => end.abort(new CloakError('timeout')));
  try {
    end.signal.throwIfAborted();
    await unlessAborted(within(send('background', 'ensureEngine', {}), START_MS, engineLost), end.signal);
    silence.begin();
    return await job(end.signal, (done) => {
      silence.begin();
      onProgress(done);
    });
  } catch (error) {
    if (!signal.aborted && isTimeout(end.signal.reason)) send('background', 'ensureEngine', { isSilent: true }).catch(() => {}); // for the next one
    throw error;
  } finally {
    silence.end();
    signal.removeEventListener('abort', abort);
  }
}

/** Calls out when nothing was heard for long. */
class Silence {
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly isTooLong: () => void) {}

  begin(): void {
    this.end();
    let silent = 0;
    let last = performance.now();
    this.timer = setInterval(() => {
      const now = performance.now();
      silent += Math.min(now - last, MOST_AT_ONCE_MS);
      last = now;
      if (silent > SILENCE_MS) this.isTooLong();
    }, HEARTBEAT_MS);
  }

  end(): void {
    clearInterval(this.timer);
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof CloakError && error.code === 'timeout';
}

/** Loads the models while the user is still choosing. */
export function warmEngine(): void {
  send('background', 'ensureEngine', {})
    .then(() => send('engine', 'warm', {}))
    .catch(() => {}); // the picture itself will tell
}
