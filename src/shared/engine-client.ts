/**
 * Asks the engine for its work on a picture, and gives up on what is not wanted any more. An engine that fails is replaced, and asked once more
 * without a word to anybody. Nothing is waited for without an end.
 */
import { CloakError, type CloakErrorReason, type CloakOptions, type CloakReport, type DetectedFace, type FaceLikeness } from '../engine/types';
import { engineLost, EngineWorn, send } from './messaging';
import { pause, within } from './timeLimit';

/** For the background to have the engine's page up. */
const START_MS = 30_000;
const ASK_EVERY_MS = 500;
/** The engine keeps its own time; this is for one that answers nothing at all. It may be busy with the largest of pictures. */
const SILENCE_MS = 120_000;
/** A device that slept was not silent all that time. */
const MOST_AT_ONCE_MS = 60_000;
/** So often in a row the engine may answer that it knows nothing of what it was asked, or not be there: then it is gone. */
const MOST_UNKNOWN = 6;
/** For a worn engine to go, or a page to be closed. */
const BETWEEN_TRIES_MS = 150;
const MOST_WORN = 100;

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
  return ask((id) => send('engine', 'cloak', { id, file, options: { ...choices, selfCheck: true } }), signal, onProgress);
}

/** See `compare` in engine/compare.ts. Throws as `cloak` does. For the extension's own pages. */
export function compare(file: File, copy: File, faces: DetectedFace[], signal: AbortSignal): Promise<FaceLikeness[]> {
  return ask((id) => send('engine', 'compare', { id, file, copy, faces }), signal);
}

async function ask<T>(request: (id: string) => Promise<T>, signal: AbortSignal, onProgress: OnProgress = () => {}): Promise<T> {
  let worn = 0;
  let isLastTry = false;
  for (;;) {
    try {
      return await askOnce(request, signal, onProgress);
    } catch (error) {
      if (signal.aborted || !(error instanceof CloakError) || error.code !== 'engine' || LASTING.includes(error.reason)) throw error;
      // one that was worn out by another's picture has not tried this one
      if (error instanceof EngineWorn ? (worn += 1) > MOST_WORN : isLastTry) throw error;
      isLastTry ||= !(error instanceof EngineWorn);
      await pause(BETWEEN_TRIES_MS);
    }
  }
}

async function askOnce<T>(request: (id: string) => Promise<T>, signal: AbortSignal, onProgress: OnProgress): Promise<T> {
  const id = crypto.getRandomValues(new Uint32Array(4)).join('-');
  let giveUp: (error: CloakError) => void = () => {};
  const end = new Promise<never>((_, reject) => (giveUp = reject));
  const abort = (): void => giveUp(new CloakError('aborted'));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  let stopWatching = (): void => {};
  try {
    await Promise.race([within(send('background', 'ensureEngine', {}), START_MS, engineLost), end]);
    const answer = request(id);
    stopWatching = watch(id, onProgress, giveUp);
    return await Promise.race([answer, end]);
  } catch (error) {
    if (signal.aborted || isTimeout(error)) send('engine', 'abort', { id }).catch(() => {});
    throw error;
  } finally {
    stopWatching();
    signal.removeEventListener('abort', abort);
  }
}

/** Tells how far the engine is, and gives up on one that is gone or stuck. Returns what ends that. */
function watch(id: string, onProgress: OnProgress, giveUp: (error: CloakError) => void): () => void {
  let isOver = false;
  let unknown = 0;
  let silence = 0;
  let last = performance.now();
  const look = async (): Promise<void> => {
    const now = performance.now();
    silence += Math.min(now - last, MOST_AT_ONCE_MS);
    last = now;
    if (silence > SILENCE_MS) {
      send('background', 'ensureEngine', { isSilent: true }).catch(() => {}); // for the next one
      return giveUp(new CloakError('timeout'));
    }
    const done = await send('engine', 'progress', { id }).catch(() => null);
    if (isOver) return;
    silence = 0;
    unknown = done === null ? unknown + 1 : 0;
    if (done !== null) onProgress(done);
    else if (unknown >= MOST_UNKNOWN) giveUp(engineLost());
  };
  const timer = setInterval(() => void look(), ASK_EVERY_MS);
  return () => {
    isOver = true;
    clearInterval(timer);
  };
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
