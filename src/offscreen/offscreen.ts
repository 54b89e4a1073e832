/** Hosts the engine in Chrome: one picture at a time, models loaded with the first and dropped when idle. */
import { Engine } from '../engine/engine';
import { CloakError } from '../engine/types';
import { browser } from '../shared/browser';
import { serve } from '../shared/messaging';
import { Queue } from './queue';

const IDLE_MILLISECONDS = 5 * 60_000;
const MILLISECONDS_PER_PICTURE = 60_000;
/** A megabyte of JPEG holds some four megapixels. */
const MILLISECONDS_PER_MEGABYTE = 20_000;

const queue = new Queue();
let engine: Promise<Engine> | null = null;
let idleTimer: ReturnType<typeof setTimeout> | undefined;

function loadEngine(): Promise<Engine> {
  engine ??= Engine.load({ assets: new URL(browser.runtime.getURL('')) }).catch((cause: unknown) => {
    engine = null;
    throw new CloakError('engine', 'NullSwap could not load its models. Restart the browser and try again.', { cause });
  });
  return engine;
}

async function dropEngine(): Promise<void> {
  const loaded = engine;
  engine = null;
  (await loaded)?.dispose();
}

function startIdleTimer(): void {
  clearTimeout(idleTimer);
  idleTimer = setTimeout(() => {
    if (queue.isEmpty) void dropEngine();
    else startIdleTimer();
  }, IDLE_MILLISECONDS);
}

async function withEngine<T>(id: string, file: File, work: (engine: Engine, signal: AbortSignal) => Promise<T>): Promise<T> {
  const time = MILLISECONDS_PER_PICTURE + (file.size / 1e6) * MILLISECONDS_PER_MEGABYTE;
  try {
    return await queue.run(id, time, async (signal) => work(await loadEngine(), signal));
  } catch (error) {
    // what did not end in time may never end: the next picture gets a fresh engine
    if (error instanceof CloakError && error.code === 'timeout') engine = null;
    throw error;
  } finally {
    startIdleTimer();
  }
}

serve('engine', {
  cloak: ({ id, file, options }) => withEngine(id, file, (engine, signal) => engine.cloak(file, options, signal)),
  detect: ({ id, file }) => withEngine(id, file, (engine, signal) => engine.detect(file, signal)),
  abort: ({ id }) => {
    queue.abort(id);
    return null;
  },
  warm: async () => {
    startIdleTimer();
    return { backend: (await loadEngine()).backend };
  },
});
