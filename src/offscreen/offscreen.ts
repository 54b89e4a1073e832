/** Hosts the engine in Chrome: one picture at a time, models loaded with the first, the page closed when idle. */
import { Engine } from '../engine/engine';
import { CloakError } from '../engine/types';
import { browser } from '../shared/browser';
import { EngineWorn, serve } from '../shared/messaging';
import { Queue } from './queue';

const IDLE_MILLISECONDS = 5 * 60_000;
/** Time for a reply to leave before the page closes. */
const LAST_REPLY_MILLISECONDS = 200;
/** A picture may take as long as it does while its refinement goes on; these are for one of which nothing is heard. */
const MILLISECONDS_PER_PICTURE = 60_000;
/** A megabyte of JPEG holds some four megapixels. */
const MILLISECONDS_PER_MEGABYTE = 20_000;

const queue = new Queue();
let engine: Promise<Engine> | null = null;
let isWorn = false;
let idleTimer: ReturnType<typeof setTimeout> | undefined;

function loadEngine(): Promise<Engine> {
  engine ??= Engine.load({ assets: new URL(browser.runtime.getURL('')) }).catch((cause: unknown) => {
    engine = null;
    if (cause instanceof CloakError) throw cause;
    throw new CloakError('models', [], { cause });
  });
  return engine;
}

type Work<T> = (engine: Engine, signal: AbortSignal, onProgress: (done: number) => void) => Promise<T>;

/** Throws `EngineWorn` where the work was not begun because the engine is to be replaced; so do those who wait behind what wore it out. */
async function withEngine<T>(id: string, file: File, work: Work<T>): Promise<T> {
  if (isWorn) throw new EngineWorn(); // and does not put off that the page closes
  const time = MILLISECONDS_PER_PICTURE + (file.size / 1e6) * MILLISECONDS_PER_MEGABYTE;
  try {
    return await queue.run(id, time, async (signal, onProgress) => {
      if (isWorn) throw new EngineWorn();
      signal.addEventListener('abort', () => wearBy(signal.reason));
      try {
        return await work(await loadEngine(), signal, onProgress);
      } catch (error) {
        wearBy(error);
        throw error;
      }
    });
  } finally {
    closeLater();
  }
}

/** A lost graphics context, memory run out, or work that does not end: what the engine does from here on is anybody's guess. */
function wearBy(error: unknown): void {
  isWorn ||= !(error instanceof CloakError) || error.code === 'timeout' || error.code === 'engine';
}

/**
 * Closes this page when it has been idle for long, or soon when the engine is not to be trusted any more; the background
 * opens a fresh one for the next picture. Memory that wasm has taken is given back in no other way.
 */
function closeLater(): void {
  clearTimeout(idleTimer);
  idleTimer = setTimeout(() => (queue.isEmpty ? window.close() : closeLater()), isWorn ? LAST_REPLY_MILLISECONDS : IDLE_MILLISECONDS);
}

serve(
  'engine',
  {
    cloak: ({ id, file, options }) => withEngine(id, file, (engine, signal, onProgress) => engine.cloak(file, options, signal, onProgress)),
    detect: ({ id, file }) => withEngine(id, file, (engine, signal) => engine.detect(file, signal)),
    compare: ({ id, file, copy, faces }) => withEngine(id, file, (engine, signal) => engine.compare(file, copy, faces, signal)),
    progress: ({ id }) => queue.progress(id),
    abort: ({ id }) => {
      queue.abort(id);
      return null;
    },
    warm: async () => {
      if (isWorn) throw new EngineWorn();
      closeLater();
      return { backend: (await loadEngine()).backend };
    },
  },
  ['detect', 'compare'], // content scripts have no use for them
);
