/** Bundles the uploaders' pages with the real packages, once for all tests of a run. */
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { compile } from 'svelte/compiler';
import { build, type Plugin } from 'vite';

const folder = import.meta.dirname;
export const built = resolve('out/uploaders');

const svelte: Plugin = {
  name: 'svelte',
  transform(code, id) {
    if (!id.endsWith('.svelte')) return null;
    return { code: compile(code, { filename: id, css: 'injected' }).js.code, map: null };
  },
};

const HELPERS = ['send.js', 'jquery-global.js'];

export async function buildUploaders(): Promise<void> {
  const pages = (await readdir(folder)).filter((name) => name.endsWith('.js') && !HELPERS.includes(name));
  await build({
    configFile: false,
    root: folder,
    logLevel: 'error',
    plugins: [svelte],
    resolve: { conditions: ['browser', 'module', 'import', 'default', 'svelte'] },
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      outDir: built,
      emptyOutDir: true,
      minify: false,
      target: 'chrome148',
      rollupOptions: {
        input: Object.fromEntries(pages.map((name) => [name.slice(0, -3), join(folder, name)])),
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
        preserveEntrySignatures: false,
      },
    },
  });
}
