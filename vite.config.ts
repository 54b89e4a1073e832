/** Builds the extension: `vite build` for the shops, `vite build --mode demo` with the demo site added. */
import { crx } from '@crxjs/vite-plugin';
import { defineConfig } from 'vite';
import manifest from './manifest.json' with { type: 'json' };

export default defineConfig(({ mode }) => ({
  publicDir: 'build/assets',
  plugins: [crx({ manifest: manifest as never })],
  build: {
    outDir: mode === 'production' ? 'dist' : `dist-${mode}`,
    emptyOutDir: true,
    target: 'chrome148',
    modulePreload: false,
    rollupOptions: { input: { offscreen: 'src/offscreen/offscreen.html' } },
  },
}));
