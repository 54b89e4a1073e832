/** Asks the engine to cloak a picture. */
import { CloakError, type CloakOptions, type CloakReport } from '../engine/types';
import { send } from '../shared/messaging';

/** The engine keeps its own time; this is for an engine that answers nothing at all any more. */
const TIMEOUT_MS = 600_000;
const ASK_EVERY_MS = 500;

/**
 * Throws a `CloakError`; of code `aborted` when the signal says so.
 * @param onProgress hears every now and then which share of the work is done, 0 to 1
 */
export async function cloak(
  file: File,
  choices: Pick<CloakOptions, 'strength' | 'metadata'>,
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<{ file: File; report: CloakReport }> {
  await send('background', 'ensureEngine', {});
  const id = crypto.getRandomValues(new Uint32Array(4)).join('-');
  const answer = send('engine', 'cloak', { id, file, options: { ...choices, selfCheck: true } });
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), TIMEOUT_MS);
  const asking = setInterval(() => void ask(), ASK_EVERY_MS);
  const ask = async (): Promise<void> => {
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
