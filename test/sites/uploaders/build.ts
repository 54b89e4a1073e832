/** Bundles the pages of the uploaders with the real packages, and the fixtures. */
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
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
  const pages = await Promise.all(
    [folder, join(folder, '../fixtures')].map(async (from) => (await readdir(from)).filter((name) => name.endsWith('.js') && !HELPERS.includes(name)).map((name) => join(from, name))),
  );
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
      target: 'chrome127',
      rollupOptions: {
        input: Object.fromEntries(pages.flat().map((path) => [basename(path, '.js'), path])),
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
        preserveEntrySignatures: false,
      },
    },
  });
}
