/**
 * tf.js's wasm threads from files of the extension: tf.js makes their worker and its script from blobs, which the content security
 * policy of an extension blocks. A plugin points tf.js to the files, and `threadFiles` makes them, both from the npm package.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'vite';

const require = createRequire(import.meta.url);
const NAME = 'tfjs-backend-wasm-threaded-simd';
const folder = dirname(require.resolve(`@tensorflow/tfjs-backend-wasm/wasm-out/${NAME}.js`));

/** Ends the build where tf.js has changed under us. */
function replaced(code: string, changes: [from: string | RegExp, to: string][]): string {
  return changes.reduce((text, [from, to]) => {
    const next = text.replace(from, () => to);
    if (next === text) throw new Error(`tf.js has no ${String(from)} any more.`);
    return next;
  }, code);
}

/** As many threads as `setThreadsCount` asked for: tf.js takes at most half of the processors, and starts eight workers whatever it takes. */
const counted = (code: string): string =>
  replaced(code, [
    ['var pthreadPoolSize=8;', 'var pthreadPoolSize=Module["threadsCount"]-1;'],
    ['return navigator["hardwareConcurrency"]', 'return 2*Module["threadsCount"]'],
  ]);

/** What `wasm/` of the extension holds for the threads, by name. */
export async function threadFiles(): Promise<Record<string, string | Uint8Array>> {
  const [script, wasm] = await Promise.all([readFile(join(folder, `${NAME}.js`), 'utf8'), readFile(join(folder, `${NAME}.wasm`))]);
  const { wasmWorkerContents } = require(join(folder, `${NAME}.worker.js`)) as { wasmWorkerContents: string };
  // the one line break in it stands in a string
  return { [`${NAME}.js`]: counted(script), [`${NAME}.worker.js`]: wasmWorkerContents.replaceAll('\n', '\\n'), [`${NAME}.wasm`]: wasm };
}

export function packagedThreads(): Plugin {
  return {
    name: 'packaged-threads',
    transform(code, id) {
      if (id.includes(`wasm-out/${NAME}.js`)) return { code: counted(code), map: null };
      if (!id.endsWith('tfjs-backend-wasm/dist/backend_wasm.js')) return null;
      return {
        code: replaced(code, [
          ['const factoryConfig = {};', 'const factoryConfig = { threadsCount };'],
          [/const response = wasmWorkerContents[^]*?createObjectURL\(blob\);/, 'return wasmPathPrefix + path;'],
          [/mainScriptUrlOrBlob = new Blob\([^]*?\{ type: 'text\/javascript' \}\);/, `mainScriptUrlOrBlob = wasmPathPrefix + '${NAME}.js';`],
          [/import \{ wasmWorkerContents \}.*/, ''],
        ]),
        map: null,
      };
    },
  };
}
