/** Three tiers: pure functions, the engine in a real page, the whole extension on test sites, of which uploaders can run beside the rest. */
import { defineConfig } from 'vitest/config';

const uploaders = 'test/e2e/uploaders.test.ts';
const inBrowser = { fileParallelism: false, testTimeout: 120_000, hookTimeout: 120_000 };
const endToEnd = { ...inBrowser, globalSetup: 'test/e2e/support/table.ts' };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'src/**/*.test.ts'] } },
      { test: { name: 'engine', include: ['test/engine/**/*.test.ts'], ...inBrowser } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], exclude: [uploaders], ...endToEnd } },
      { test: { name: 'uploaders', include: [uploaders], ...endToEnd } },
    ],
  },
});
