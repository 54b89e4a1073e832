/** Chooses where tf.js computes: WebGL on a graphics processor, else wasm. */
import { backend, env, getBackend, ready, setBackend } from '@tensorflow/tfjs-core';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgl';
import type { Backend } from './types';

/** `webgl-software` takes WebGL even where it is emulated: forty times slower than wasm, for tests only. */
export type BackendChoice = 'auto' | 'wasm' | 'webgl-software';

/** @param assets directory that holds `wasm/` */
export async function startBackend(assets: URL, choice: BackendChoice): Promise<Backend> {
  if (choice === 'webgl-software') env().set('SOFTWARE_WEBGL_ENABLED', true);
  // In an extension page the threads' workers are blocked by the content security policy, and the page crashes.
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setThreadsCount(1);
  setWasmPaths(new URL('wasm/', assets).href);
  const tryWebgl = choice === 'webgl-software' || (choice === 'auto' && hasGraphicsProcessor());
  if (tryWebgl && (await setBackend('webgl'))) {
    await ready();
    return 'webgl';
  }
  if (!(await setBackend('wasm'))) throw new Error('tf.js could start neither WebGL nor wasm.');
  await ready();
  return 'wasm';
}

/**
 * Does `work` on wasm, whatever else computes on: for a network that sees pictures of all sizes, since WebGL compiles all its programs
 * again for every new one. Nothing else may compute meanwhile.
 */
export async function onProcessor<T>(work: () => Promise<T>): Promise<T> {
  const used = getBackend();
  if (used === 'wasm') return work();
  await setBackend('wasm');
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
