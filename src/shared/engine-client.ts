/** Asks the engine for its work on a picture, and gives up on what is not wanted any more. */
import { CloakError, type CloakOptions, type CloakReport, type DetectedFace, type FaceLikeness } from '../engine/types';
import { send } from './messaging';

/** The engine keeps its own time; this is for an engine that answers nothing at all any more. */
const TIMEOUT_MS = 600_000;
const ASK_EVERY_MS = 500;

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
  await send('background', 'ensureEngine', {});
  const id = crypto.getRandomValues(new Uint32Array(4)).join('-');
  const answer = request(id);
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), TIMEOUT_MS);
  const asking = setInterval(() => void askProgress(), ASK_EVERY_MS);
  const askProgress = async (): Promise<void> => {
    const done = await send('engine', 'progress', { id }).catch(() => null); // the answer itself will tell
    if (done === null) return;
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), TIMEOUT_MS);
    onProgress(done);
  };
  try {
    return await Promise.race([answer, interruption(signal, silence.signal)]);
  } catch (error) {
    if (signal.aborted || isTimeout(error)) send('engine', 'abort', { id }).catch(() => {});
    throw error;
  } finally {
    clearInterval(asking);
    clearTimeout(timer);
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof CloakError && error.code === 'timeout';
}

/** Rejects when the signal aborts or the engine has been silent for too long. */
function interruption(signal: AbortSignal, silence: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(new CloakError(signal.aborted ? 'aborted' : 'timeout'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    silence.addEventListener('abort', stop, { once: true });
  });
}

/** Loads the models while the user is still choosing. */
export function warmEngine(): void {
  send('background', 'ensureEngine', {})
    .then(() => send('engine', 'warm', {}))
    .catch(() => {}); // the picture itself will tell
}
