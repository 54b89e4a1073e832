/** One task in a thread of its own, which goes when it is done: nothing else gives back the memory that WebAssembly took. */

export type ThreadReply = { kind: 'attempt' } | { kind: 'done'; bytes: Uint8Array<ArrayBuffer> } | { kind: 'failed'; message: string };

export interface Watch {
  signal: AbortSignal;
  /** Hears of each attempt of an encoder that makes several, each of seconds. */
  onAttempt: () => void;
}

/**
 * Throws an `Error` where the thread fails, as it does when memory runs out; the signal's reason.
 * @param worker new; answers with `ThreadReply`
 * @param transfer what of the request is handed over
 */
export async function askThread(worker: Worker, request: unknown, transfer: Transferable[], { signal, onAttempt }: Partial<Watch> = {}): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const fail = ({ message }: { message?: string }): void => reject(new Error(`the thread failed: ${message}`));
      worker.onmessage = ({ data }: MessageEvent<ThreadReply>) => {
        if (data.kind === 'attempt') onAttempt?.();
        else if (data.kind === 'done') resolve(data.bytes);
        else fail(data);
      };
      worker.onerror = fail;
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      worker.postMessage(request, transfer);
    });
  } finally {
    worker.terminate();
  }
}
