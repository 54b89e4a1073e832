/** The engine's page, wherever it is (host.ts): one picture at a time, models loaded with the first, given up when idle. */
import { Engine } from '../engine/engine';
import { CloakError } from '../engine/types';
import { browser } from '../shared/browser';
import { takeJobs } from '../shared/jobs';
import { EngineWorn, serve } from '../shared/messaging';
import { giveUp, keepHost } from './host';
import { Queue } from './queue';

const IDLE_MILLISECONDS = 5 * 60_000;
/** Shorter than the shortest time after which a browser stops what does nothing. */
const KEEP_HOST_MS = 10_000;
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

type OnProgress = (done: number) => void;
type Work<T> = (engine: Engine, signal: AbortSignal, onProgress: OnProgress) => Promise<T>;

/** Throws `EngineWorn` where the work was not begun because the engine is to be replaced; so do those who wait behind what wore it out. */
async function withEngine<T>(file: File, caller: AbortSignal, onProgress: OnProgress, work: Work<T>): Promise<T> {
  if (isWorn) throw new EngineWorn(); // and does not put off that the page closes
  const time = MILLISECONDS_PER_PICTURE + (file.size / 1e6) * MILLISECONDS_PER_MEGABYTE;
  const tried = async (signal: AbortSignal, tell: OnProgress): Promise<T> => {
    if (isWorn) throw new EngineWorn();
    signal.addEventListener('abort', () => wearBy(signal.reason));
    try {
      return await work(await loadEngine(), signal, tell);
    } catch (error) {
      wearBy(error);
      throw error;
    }
  };
  try {
    return await queue.run(time, caller, tried, onProgress);
  } finally {
    closeLater();
  }
}

/** A lost graphics context, memory run out, or work that does not end: what the engine does from here on is anybody's guess. */
function wearBy(error: unknown): void {
  isWorn ||= !(error instanceof CloakError) || error.code === 'timeout' || error.code === 'engine';
}

/** When it has been idle for long, or soon when the engine is not to be trusted any more; the background opens a fresh one for the next picture. */
function closeLater(): void {
  clearTimeout(idleTimer);
  idleTimer = setTimeout(() => (queue.isEmpty ? giveUp() : closeLater()), isWorn ? LAST_REPLY_MILLISECONDS : IDLE_MILLISECONDS);
}

setInterval(() => queue.isEmpty || keepHost(), KEEP_HOST_MS);

takeJobs(
  {
    cloak: ({ file, options }, caller, onProgress) => withEngine(file, caller, onProgress, (engine, signal, tell) => engine.cloak(file, options, signal, tell)),
    detect: ({ file }, caller, onProgress) => withEngine(file, caller, onProgress, (engine, signal) => engine.detect(file, signal)),
    compare: ({ file, copy, faces }, caller, onProgress) => withEngine(file, caller, onProgress, (engine, signal) => engine.compare(file, copy, faces, signal)),
  },
  ['detect', 'compare'], // content scripts have no use for them
);

serve('engine', {
  hello: () => null,
  warm: async () => {
    if (isWorn) throw new EngineWorn();
    closeLater();
    return { backend: (await loadEngine()).backend };
  },
});
