/** Real Firefox for the tests: with the built extension or without, and no way out of this machine. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page as PlaywrightPage } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { openFirefox, pageAt, type Firefox } from '../../../scripts/firefox';
import { startProxy, withoutRefinement } from '../../e2e/support/browser';
import { FirefoxPage } from './page';
import { Privileged } from './privileged';

/** `npm run build:firefox-demo` makes it. */
const EXTENSION = resolve('dist-firefox-demo');

export class TestFirefox {
  private constructor(
    readonly firefox: Firefox,
    readonly privileged: Privileged,
    /** What was asked of any host but those of this machine. */
    readonly requested: string[],
    private readonly end: () => Promise<void>,
  ) {}

  /** @param isQuick as in `OpenOptions` of support/browser.ts */
  static async open({ extension = true, isQuick = false }: { extension?: boolean; isQuick?: boolean } = {}): Promise<TestFirefox> {
    const proxy = await startProxy();
    const folder = await mkdtemp(join(tmpdir(), 'nullswap-firefox-'));
    const dist = join(folder, 'extension');
    if (extension) await cp(EXTENSION, dist, { recursive: true });
    if (isQuick && extension) await withoutRefinement(dist);
    const firefox = await openFirefox({
      dist: extension ? dist : undefined,
      args: ['--remote-allow-system-access'],
      preferences: {
        'network.proxy.type': 1,
        'network.proxy.http': '127.0.0.1',
        'network.proxy.http_port': proxy.port,
        'network.proxy.ssl': '127.0.0.1',
        'network.proxy.ssl_port': proxy.port,
        'network.proxy.no_proxies_on': 'localhost, .localhost, 127.0.0.1',
        'dom.events.testing.asyncClipboard': true, // as if the user had said yes
      },
    });
    await firefox.welcome?.close();
    return new TestFirefox(firefox, await Privileged.open(firefox.browser), proxy.requested, async () => {
      await firefox.close();
      proxy.close();
      await rm(folder, { recursive: true, force: true });
    });
  }

  /** @param prepare before the page begins */
  async open(url: string, prepare?: (page: PlaywrightPage) => Promise<unknown>): Promise<FirefoxPage> {
    const page = new FirefoxPage(await this.firefox.browser.newPage(), this.privileged);
    await prepare?.(page.asPlaywright);
    await page.page.goto(url);
    return page;
  }

  /**
   * A page of the extension. Beside the tab in front (`isInFront` false) it is to the popup as if it were open over that one.
   * @param path under the extension's root
   */
  async openOwn(path: string, isInFront = true): Promise<FirefoxPage> {
    await this.privileged.run(
      `const [id, path, isInFront] = args;
       const tab = gBrowser.addTrustedTab('moz-extension://' + WebExtensionPolicy.getByID(id).mozExtensionHostname + '/' + path);
       if (isInFront) gBrowser.selectedTab = tab;`,
      this.firefox.extension,
      path,
      isInFront,
    );
    return new FirefoxPage(await pageAt(this.firefox.browser, path), this.privileged);
  }

  /** Leaves one, so that the browser stays. */
  async closePages(): Promise<void> {
    for (const page of (await this.firefox.browser.pages()).slice(1)) await page.close();
  }

  close(): Promise<void> {
    return this.end();
  }
}

/** One for all tests of a `describe`, without steps of refinement; its pages are closed after each. */
export function useFirefox(extension: boolean): Pick<TestFirefox, 'open'> {
  let browser: TestFirefox;
  beforeAll(async () => {
    browser = await TestFirefox.open({ extension, isQuick: true });
  });
  afterAll(() => browser.close());
  afterEach(() => browser.closePages());
  return { open: (url, prepare) => browser.open(url, prepare) };
}
