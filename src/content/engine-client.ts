/** Asks the engine to cloak a picture. */
import { CloakError, type CloakReport } from '../engine/types';
import { send } from '../shared/messaging';
import type { Strength } from '../shared/strengths';

/** The engine keeps its own time; this is for an engine that answers nothing at all any more. */
const TIMEOUT_MS = 600_000;

/** Throws a `CloakError`; of code `aborted` when the signal says so. */
export async function cloak(file: File, strength: Strength, signal: AbortSignal): Promise<{ file: File; report: CloakReport }> {
  await send('background', 'ensureEngine', {});
  const id = crypto.getRandomValues(new Uint32Array(4)).join('-');
  const answer = send('engine', 'cloak', { id, file, options: { strength, selfCheck: true } });
  try {
    return await Promise.race([answer, interruption(signal)]);
  } catch (error) {
    if (signal.aborted || isTimeout(error)) send('engine', 'abort', { id }).catch(() => {});
    throw error;
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof CloakError && error.code === 'timeout';
}

/** Rejects when the signal aborts or the time is up. */
function interruption(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const stop = (): void =>
      reject(signal.aborted ? new CloakError('aborted', 'Cancelled.') : new CloakError('timeout', 'Cloaking took too long.'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    timeout.addEventListener('abort', stop, { once: true });
  });
}

/** Loads the models while the user is still choosing. */
export function warmEngine(): void {
  send('background', 'ensureEngine', {})
    .then(() => send('engine', 'warm', {}))
    .catch(() => {}); // the picture itself will tell
}
