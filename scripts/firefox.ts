/** Firefox with the built extension for node scripts and tests: driven over WebDriver BiDi, on a display of its own, as it has no WebGL without one. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { findProgram } from './program';

export const FIREFOX_DIST = 'dist-firefox';

const QUIET = {
  'extensions.originControls.grantByDefault': true, // what the manifest asks for is given with the installation
  'webgl.force-enabled': true,
  'dom.disable_open_during_load': false,
  'app.normandy.enabled': false,
  'app.update.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.newtabpage.enabled': false,
  'browser.safebrowsing.downloads.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.search.update': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.getAddons.cache.enabled': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.dns.disablePrefetch': true,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.enabled': false,
};

/** `FIREFOX`, or the first of the usual names that is on PATH. */
export function findFirefox(): string {
  return findProgram('Firefox', 'FIREFOX', ['firefox-esr', 'firefox']);
}

/** A display that nobody sees, under a number that is free. */
async function startDisplay(): Promise<{ display: string; process: ChildProcess }> {
  const process = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const number = await new Promise<string>((told, failed) => {
    process.once('error', failed);
    process.once('exit', () => failed(new Error('Xvfb has ended.')));
    (process.stdio[3] as Readable).once('data', (data: Buffer) => told(data.toString().trim()));
  });
  return { display: `:${number}`, process };
}

/** Firefox does not tell of the addresses of an extension's pages, but a script there does. */
export async function pageAt(browser: Browser, part: string): Promise<Page> {
  for (const until = Date.now() + 30_000; Date.now() < until; await new Promise((next) => setTimeout(next, 200))) {
    for (const page of await browser.pages()) {
      const address = await page.evaluate(() => location.href).catch(() => ''); // still loading
      if (address.includes(part)) return page;
    }
  }
  throw new Error(`No page at …${part}.`);
}

export interface FirefoxOptions {
  /** Folder of the built extension; none: without it. */
  dist?: string | undefined;
  /** True: nobody sees it. */
  headless?: boolean;
  preferences?: Record<string, string | number | boolean>;
  /** More arguments for Firefox. */
  args?: string[];
  env?: Record<string, string>;
}

export interface Firefox {
  browser: Browser;
  /** As Firefox knows it; null without the extension. */
  extension: string | null;
  /** The page that it opens when it is installed. */
  welcome: Page | null;
  close(): Promise<void>;
}

export async function openFirefox({ dist, headless = true, preferences = {}, args = [], env = {} }: FirefoxOptions = {}): Promise<Firefox> {
  const screen = headless ? await startDisplay() : null;
  try {
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: findFirefox(),
      headless: false,
      defaultViewport: headless ? { width: 1000, height: 800 } : null,
      args,
      env: { ...process.env, ...(screen && { DISPLAY: screen.display }), ...env } as Record<string, string>,
      extraPrefsFirefox: { ...QUIET, ...preferences },
    });
    const close = async (): Promise<void> => {
      await browser.close();
      screen?.process.kill();
    };
    if (!dist) return { browser, extension: null, welcome: null, close };
    const extension = await browser.installExtension(dist);
    return { browser, extension, welcome: await pageAt(browser, '/welcome.html'), close };
  } catch (error) {
    screen?.process.kill();
    throw error;
  }
}
