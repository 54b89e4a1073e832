/** Chooses where tf.js computes: WebGL on a graphics processor, else wasm. */
import { backend, env, findBackendFactory, getBackend, ready, registerBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgl';
import { within } from '../shared/timeLimit';
import type { Backend } from './types';

/** `webgl-software` takes WebGL even where it is emulated: forty times slower than wasm, for tests only. */
export type BackendChoice = 'auto' | 'wasm' | 'webgl-software';

/**
 * Half of the processors, up to four: the threads wait for each other by spinning, so that where another program has one of their processors, all are
 * slower than one alone.
 */
const usualThreads = (): number => Math.max(1, Math.min(4, Math.floor(navigator.hardwareConcurrency / 2)));
/** They start in a tenth of a second. */
const THREADS_START_MILLISECONDS = 5_000;

export interface BackendOptions {
  /** Directory that holds `wasm/`. */
  assets: URL;
  choice: BackendChoice;
  /** Of wasm, at most; `usualThreads` where not given. What is computed is the same, bit for bit. */
  threads?: number | undefined;
}

export async function startBackend({ assets, choice, threads = usualThreads() }: BackendOptions): Promise<Backend> {
  if (choice === 'webgl-software') env().set('SOFTWARE_WEBGL_ENABLED', true);
  // threads need memory that workers share
  setThreads(crossOriginIsolated ? threads : 1);
  setWasmPaths(new URL('wasm/', assets).href);
  const tryWebgl = choice === 'webgl-software' || (choice === 'auto' && hasGraphicsProcessor());
  if (tryWebgl && (await setBackend('webgl'))) {
    await ready();
    return 'webgl';
  }
  if (!(await setWasm())) throw new Error('tf.js could start neither WebGL nor wasm.');
  return 'wasm';
}

function setThreads(count: number): void {
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', count > 1);
  setThreadsCount(count);
}

/** With one thread where several do not start: a worker that the machine has no room for says nothing. */
async function setWasm(): Promise<boolean> {
  const set = async (): Promise<boolean> => (await setBackend('wasm')) && ready().then(() => true);
  if (!env().getBool('WASM_HAS_MULTITHREAD_SUPPORT')) return set();
  try {
    if (await within(set(), THREADS_START_MILLISECONDS, () => new Error('wasm threads do not start'))) return true;
  } catch {
    // with one, then
  }
  const factory = findBackendFactory('wasm');
  removeBackend('wasm');
  registerBackend('wasm', factory);
  setThreads(1);
  return set();
}

/**
 * Does `work` on wasm, whatever else computes on: for a network that sees pictures of all sizes, since WebGL compiles all its programs
 * again for every new one. Nothing else may compute meanwhile.
 */
export async function onProcessor<T>(work: () => Promise<T>): Promise<T> {
  const used = getBackend();
  if (used === 'wasm') return work();
  await setWasm();
  try {
    return await work();
  } finally {
    await setBackend(used);
  }
}

/** Whether the graphics context that tf.js computes on is gone: from then on everything comes out as zeros, without an error. */
export function isBackendLost(): boolean {
  const { gpgpu } = backend() as { gpgpu?: { gl: WebGL2RenderingContext } };
  return gpgpu?.gl.isContextLost() ?? false;
}

/** Whether WebGL 2 is there and not emulated in software. */
function hasGraphicsProcessor(): boolean {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  if (!gl) return false;
  const details = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = String(gl.getParameter(details ? details.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return !/swiftshader|llvmpipe|software|basic render/i.test(renderer);
}
