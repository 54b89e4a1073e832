/** Three tiers: pure functions, the engine in a real page, the whole extension on test sites, in parts that can run beside each other. */
import { defineConfig } from 'vitest/config';

const filesOf = (...names: string[]) => names.map((name) => `test/e2e/${name}.test.ts`);

/** End-to-end tests that run beside the rest of them. Whole tables of docs/ each. */
const ways = filesOf('uploaders', 'ways', 'routes', 'carriers', 'hold', 'atOnce', 'formats');
const hostile = filesOf('hostile');

const inBrowser = { fileParallelism: false, testTimeout: 180_000, hookTimeout: 180_000, expect: { poll: { timeout: 100_000, interval: 50 } } };
const endToEnd = { ...inBrowser, globalSetup: 'test/e2e/support/table.ts' };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'src/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'engine', include: ['test/engine/**/*.test.ts'], ...inBrowser } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], exclude: [...ways, ...hostile], ...endToEnd } },
      { test: { name: 'e2e-ways', include: ways, ...endToEnd } },
      { test: { name: 'e2e-hostile', include: hostile, ...endToEnd } },
      { test: { name: 'firefox', include: ['test/firefox/**/*.test.ts'], ...endToEnd } },
    ],
  },
});
