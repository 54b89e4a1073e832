/**
 * The engine's jobs, a Port each: its first message is the request, then the engine tells how far it is, and at last what came of it. Whoever asked
 * calls a job off by closing the Port, as the browser does when their page is gone.
 */
import { CloakError } from '../engine/types';
import { browser, carriesFiles, isConnected, onClosed, type Port } from './browser';
import { FilePort } from './filePort';
import { answer, disconnected, engineLost, isExtensionPage, valueOf, whileHere } from './messaging';
import type { EngineJobs, JobUpdate, Reply } from './messages';
import { unlessAborted } from './timeLimit';

const PREFIX = 'engine:';
/** So often the engine tells that it is there, also of a job that waits or gets no further. */
export const HEARTBEAT_MS = 5_000;

type Kind = keyof EngineJobs;
type Request<K extends Kind> = EngineJobs[K]['request'];
type Result<K extends Kind> = EngineJobs[K]['result'];
/** Share of the work that is done, 0 to 1. */
type OnProgress = (done: number) => void;

/** Throws a `CloakError`: `lost` where nobody takes the job, the engine's page goes, or this one went and came back; what the signal was aborted with. */
export async function runJob<K extends Kind>(kind: K, request: Request<K>, signal: AbortSignal, onProgress: OnProgress): Promise<Result<K>> {
  signal.throwIfAborted();
  if (!isConnected()) throw disconnected();
  const port = open(kind);
  const line = new FilePort(port, !carriesFiles());
  const reply = new Promise<Reply<Result<K>>>((resolve, reject) => {
    line.onMessage((message) => {
      const update = message as JobUpdate<Result<K>>;
      if ('done' in update) onProgress(update.done);
      else resolve(update.reply);
    });
    onClosed(port, () => reject(isConnected() ? engineLost() : disconnected()));
    line.post(request).catch((cause: unknown) => reject(engineLost(cause)));
  });
  try {
    return valueOf(await unlessAborted(whileHere(reply), signal));
  } finally {
    port.disconnect();
  }
}

function open(kind: Kind): Port {
  try {
    return browser.runtime.connect({ name: PREFIX + kind });
  } catch (cause) {
    throw engineLost(cause);
  }
}

export type JobHandlers = {
  [K in Kind]: (request: Request<K>, signal: AbortSignal, onProgress: OnProgress) => Promise<Result<K>>;
};

/** Takes jobs. Content scripts live in the pages' own processes: what is named in `pagesOnly` is refused to them. */
export function takeJobs(handlers: JobHandlers, pagesOnly: Kind[]): void {
  browser.runtime.onConnect.addListener((port) => {
    if (!port.name.startsWith(PREFIX) || port.sender?.id !== browser.runtime.id) return;
    const kind = port.name.slice(PREFIX.length) as Kind;
    const isAllowed = Object.hasOwn(handlers, kind) && (!pagesOnly.includes(kind) || isExtensionPage(port.sender));
    const controller = new AbortController();
    onClosed(port, () => controller.abort(new CloakError('aborted')));
    const line = new FilePort(port);
    const tell = (update: JobUpdate<unknown>): void => {
      if (!controller.signal.aborted) line.post(update).catch(() => port.disconnect()); // and so the other end hears of it
    };
    let isBegun = false;
    line.onMessage((request) => {
      if (isBegun) return;
      isBegun = true;
      let done = 0;
      const onProgress: OnProgress = (share) => tell({ done: (done = share) });
      const heartbeat = setInterval(() => tell({ done }), HEARTBEAT_MS);
      const work = (): Promise<unknown> => {
        if (!isAllowed) throw new CloakError('not_allowed');
        return handlers[kind](request as never, controller.signal, onProgress);
      };
      void answer(work).then((reply) => {
        clearInterval(heartbeat);
        tell({ reply });
      });
    });
  });
}
