/** Builds the test page with the engine in it, serves it and opens it in Chromium. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { build, preview } from 'vite';
import { findChromium, type Source } from '../../scripts/extension';
import { packagedThreads } from '../../scripts/wasmThreads';
import type { RefineSettings } from '../../src/engine/cloak/settings';
import { strengths } from '../../src/shared/strengths';
import type { Tests } from './page/page';

const root = join(import.meta.dirname, '../..');
const built = join(root, 'build/engine-test');

/** Path of a file of ../shared (or NULLSWAP_DATA), null where that is absent. */
export function sharedFile(path: string): string | null {
  const file = join(process.env.NULLSWAP_DATA ?? join(root, '../shared'), path);
  return existsSync(file) ? file : null;
}

export const sample = (name: string): string => join(root, 'samples', name);

export const parityFile = (name: string): Promise<Buffer> => readFile(join(root, 'models/nullswap/parity', name));

type Awaited1<T> = T extends (...args: never[]) => infer R ? Awaited<R> : never;

export class EnginePage {
  private constructor(
    private readonly page: Page,
    private readonly browser: Browser,
    private readonly stop: () => Promise<void>,
  ) {}

  /**
   * @param steps of refinement that a face gets, other than the extension's
   * @param threads of wasm, other than the extension's
   * @param stuck files of the extension that never load
   */
  static async open({ steps, threads, stuck }: { steps?: number; threads?: number; stuck?: string } = {}): Promise<EnginePage> {
    await build({
      configFile: false,
      root: join(import.meta.dirname, 'page'),
      publicDir: join(root, 'build/assets'),
      logLevel: 'error',
      plugins: [packagedThreads()],
      build: { outDir: built, emptyOutDir: true, target: 'chrome127', minify: false },
    });
    const server = await preview({
      configFile: false,
      root,
      logLevel: 'error',
      build: { outDir: built },
      preview: {
        port: 0,
        host: '127.0.0.1',
        headers: { 'Cross-Origin-Embedder-Policy': 'require-corp', 'Cross-Origin-Opener-Policy': 'same-origin' }, // as the manifest says
      },
    });
    const browser = await chromium.launch({
      executablePath: findChromium(),
      args: ['--no-sandbox', '--disable-background-networking', '--enable-unsafe-swiftshader'],
    });
    const page = await browser.newPage();
    if (steps) {
      await page.route('**/refine.json', async (route) => {
        const settings = (await (await route.fetch()).json()) as RefineSettings;
        for (const strength of strengths) settings.steps[strength] = steps;
        await route.fulfill({ json: settings });
      });
    }
    if (stuck) await page.route(stuck, () => {});
    const address = server.httpServer.address() as { port: number };
    await page.goto(`http://127.0.0.1:${address.port}/${threads ? `?threads=${threads}` : ''}`);
    await page.waitForFunction(() => 'tests' in globalThis);
    return new EnginePage(page, browser, () => server.close());
  }

  /** Runs one of the page's tests. */
  async run<K extends keyof Tests>(name: K, argument?: unknown): Promise<Awaited1<Tests[K]>> {
    return this.page.evaluate(
      ({ name, argument }) => (globalThis as unknown as { tests: Record<string, (argument: unknown) => never> }).tests[name]!(argument),
      { name, argument },
    );
  }

  /** Runs one of the page's tests on a file. */
  async runOn<K extends keyof Tests>(name: K, source: Source, argument: object = {}): Promise<Awaited1<Tests[K]>> {
    const input = await this.page.evaluateHandle(() => {
      const element = document.createElement('input');
      element.type = 'file';
      return element;
    });
    await input.setInputFiles(
      typeof source === 'string' ? source : { name: source.name, mimeType: source.type, buffer: source.bytes },
    );
    try {
      return await this.run(name, { input, ...argument });
    } finally {
      await input.dispose();
    }
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.stop();
  }
}
