/** The engine's life: started when a picture comes, and again whenever it is gone or does not answer. */
import { engineHost } from '../offscreen/host';

/** Shared by all who ask at once: browsers allow one such page and refuse a second. */
let starting: Promise<void> | null = null;

/**
 * Throws `CloakError` (`lost`) where it does not come up in time.
 * @param isSilent it has answered nothing for long: it is replaced where it still does not
 */
export function ensureEngine(isSilent = false): Promise<void> {
  starting ??= start(isSilent).finally(() => {
    starting = null;
  });
  return starting;
}

async function start(isSilent: boolean): Promise<void> {
  if (isSilent && !(await engineHost.isHealthy())) await engineHost.drop();
  await engineHost.start();
}
