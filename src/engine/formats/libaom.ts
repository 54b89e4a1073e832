/** AV1 pictures by libaom, in a thread of its own that goes when the picture is done: nothing else gives back the memory it took. */
import { UnreadableAvif } from './avif';

export interface AomRequest {
  /** RGBA, opaque, of 8 or 10 bits; handed over. */
  pixels: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
  bits: number;
  width: number;
  height: number;
  format: 'I420' | 'I422' | 'I444';
  /** Bytes that the coded picture may take. */
  most: number;
}

export interface Watch {
  signal: AbortSignal;
  /** Hears of each attempt of an encoder that makes several, each of seconds. */
  onAttempt: () => void;
}

export type AomReply = { kind: 'attempt' } | { kind: 'done'; avif: Uint8Array<ArrayBuffer> } | { kind: 'failed'; message: string };

/** Throws `UnreadableAvif` where the encoder fails, as it does when memory runs out; the signal's reason. */
export async function encodeByAom(request: AomRequest, { signal, onAttempt }: Watch): Promise<Uint8Array<ArrayBuffer>> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('./libaomWorker.ts', import.meta.url), { type: 'module' });
  try {
    return await new Promise((resolve, reject) => {
      const fail = ({ message }: { message?: string }): void => reject(new UnreadableAvif(`the encoder failed: ${message}`));
      worker.onmessage = ({ data }: MessageEvent<AomReply>) => {
        if (data.kind === 'attempt') onAttempt();
        else if (data.kind === 'done') resolve(data.avif);
        else fail(data);
      };
      worker.onerror = fail;
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      worker.postMessage(request, [request.pixels.buffer]);
    });
  } finally {
    worker.terminate();
  }
}
