/**
 * Builds the extension: `vite build` for the shops into `dist/` and a zip, `vite build --mode demo` into `dist-demo/`
 * with the demo site added; the same for Firefox by `vite.firefox.config.ts`, into `dist-firefox/`. `npm run build` and the like make
 * `build/assets/` first.
 */
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crx, type ManifestV3Export } from '@crxjs/vite-plugin';
import { zipSync } from 'fflate';
import sharp from 'sharp';
import { defineConfig, type Plugin, type UserConfigFnPromise } from 'vite';
import { manifestFor, version, type Browser } from './scripts/manifest';
import { packagedThreads } from './scripts/wasmThreads';

const ICON_SIZES = [16, 32, 48, 128];

/** Draws the icons from the one SVG and returns them as a manifest lists them. */
async function drawIcons(): Promise<Record<string, string>> {
  await mkdir('build/icons', { recursive: true });
  const svg = await readFile('src/icons/icon.svg');
  const icons = ICON_SIZES.map(async (size) => {
    const path = `build/icons/icon-${size}.png`;
    await sharp(svg, { density: 288 }).resize(size).png({ compressionLevel: 9 }).toFile(path);
    return [String(size), path];
  });
  return Object.fromEntries(await Promise.all(icons));
}

/**
 * Joins the translations of each part (`_locales/LANGUAGE/PART.json`) into what the browser reads, beside the assets that vite
 * copies into the extension.
 */
async function joinTranslations(): Promise<void> {
  for (const language of await readdir('_locales')) {
    const parts = (await readdir(join('_locales', language))).sort();
    const messages = parts.map(async (part): Promise<object> => JSON.parse(await readFile(join('_locales', language, part), 'utf8')));
    const joined = Object.assign({}, ...(await Promise.all(messages)));
    await mkdir(join('build/assets/_locales', language), { recursive: true });
    await writeFile(join('build/assets/_locales', language, 'messages.json'), JSON.stringify(joined, null, 1));
  }
}

/**
 * Ends the build where a content script would be loaded late (crxjs wraps what has imports into an async loader, which
 * misses the page's first script) or where a page could load a file of ours.
 */
function checkManifest(): Plugin {
  let outDir: string;
  return {
    name: 'check-manifest',
    apply: 'build',
    enforce: 'post',
    configResolved({ build }) {
      ({ outDir } = build);
    },
    async closeBundle() {
      const built = JSON.parse(await readFile(join(outDir, 'manifest.json'), 'utf8'));
      for (const file of built.content_scripts.flatMap((script: { js: string[] }) => script.js)) {
        const code = await readFile(join(outDir, file), 'utf8');
        if (/\bimport\s*\(|^\s*import\b/m.test(code)) throw new Error(`${file} is not self-contained: it would start after the page.`);
      }
      if (built.web_accessible_resources?.length) throw new Error('No file of the extension may be loadable by pages.');
    },
  };
}

/**
 * A page sees the frames of our page script in its stack traces: under no address of ours, and, as the script is strict, with
 * no function of ours to get hold of.
 */
function hidePageScript(): Plugin {
  return {
    name: 'hide-page-script',
    apply: 'build',
    enforce: 'post',
    generateBundle(_, bundle) {
      const script = bundle['src/page/page.iife.js'];
      if (!script) throw new Error('The page script is not where it is expected.');
      const hide = (code: string): string => `"use strict";${code.trimEnd()}\n//# sourceURL=<anonymous>\n`;
      if (script.type === 'chunk') script.code = hide(script.code);
      else script.source = hide(String(script.source));
    },
  };
}

/** The zip for the shops, beside the folder. Files in a fixed order with a fixed date: the same sources give the same zip. */
function zip(name: string): Plugin {
  let outDir: string;
  return {
    name: 'zip',
    apply: 'build',
    enforce: 'post',
    configResolved({ build }) {
      ({ outDir } = build);
    },
    async closeBundle() {
      const entries = await readdir(outDir, { recursive: true, withFileTypes: true });
      const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
      const files = paths.sort().map(async (path) => [path.slice(outDir.length + 1).replaceAll('\\', '/'), await readFile(path)]);
      await writeFile(join(dirname(outDir), name), zipSync(Object.fromEntries(await Promise.all(files)), { level: 9, mtime: '2020-01-01T00:00:00' }));
    },
  };
}

/** Of the one source. What differs is the manifest, where it goes, and down to which version of the browser the scripts are written. */
const builds: Record<Browser, { folder: string; target: string; zipped: string }> = {
  chromium: { folder: 'dist', target: 'chrome127', zipped: `nullswap-${version}.zip` },
  firefox: { folder: 'dist-firefox', target: 'firefox140', zipped: `nullswap-${version}-firefox.zip` },
};

export function configFor(browser: Browser): UserConfigFnPromise {
  const { folder, target, zipped } = builds[browser];
  return async ({ mode }) => {
    await joinTranslations();
    await copyFile('managed-schema.json', 'build/assets/managed-schema.json');
    return {
      publicDir: 'build/assets',
      plugins: [
        packagedThreads(),
        crx({ manifest: manifestFor(browser, mode, await drawIcons()) as ManifestV3Export, browser: browser === 'firefox' ? 'firefox' : 'chrome' }),
        hidePageScript(),
        checkManifest(),
        ...(mode === 'production' ? [zip(zipped)] : []),
      ],
      build: {
        outDir: mode === 'production' ? folder : `${folder}-${mode}`,
        emptyOutDir: true,
        target,
        modulePreload: false,
        assetsInlineLimit: 0,
        rollupOptions: { input: { offscreen: 'src/offscreen/offscreen.html', studio: 'src/studio/studio.html', release: 'src/release/release.html', welcome: 'src/welcome/welcome.html', privacy: 'src/welcome/privacy.html' } },
      },
    };
  };
}

export default defineConfig(configFor('chromium'));
