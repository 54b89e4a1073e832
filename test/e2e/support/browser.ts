/** Real Chromium for the end-to-end tests: with the built extension or without, and no way out of this machine. */
import { createServer, type Server } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium, type BrowserContext, type CDPSession, type Page, type Worker } from 'playwright-core';
import { findChromium } from '../../../scripts/extension';

const EXTENSION = resolve(process.env.NULLSWAP_EXTENSION ?? 'dist-demo');

const QUIET = [
  '--headless=new',
  '--no-sandbox',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--disable-features=OptimizationHints,MediaRouter,Translate',
];

/** Everything the browser asks of the world outside ends here: names under localhost alone pass it by. */
async function startProxy(): Promise<{ server: Server; requested: string[] }> {
  const requested: string[] = [];
  const server = createServer((request, response) => {
    requested.push(request.url ?? '');
    response.writeHead(502).end();
  });
  server.on('connect', (request, socket) => {
    requested.push(request.url ?? '');
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return { server, requested };
}

export interface OpenOptions {
  extension?: boolean;
  /** Kept when the browser closes; without one, a fresh profile that goes with it. */
  profile?: string;
}

export async function openBrowser({ extension = true, profile }: OpenOptions = {}): Promise<TestBrowser> {
  const { server, requested } = await startProxy();
  const directory = profile ?? (await mkdtemp(join(tmpdir(), 'nullswap-e2e-')));
  const context = await chromium.launchPersistentContext(directory, {
    executablePath: findChromium(),
    headless: false, // --headless=new does it: the old one loads no extensions
    ignoreDefaultArgs: ['--disable-extensions'],
    viewport: { width: 1000, height: 800 },
    args: [
      ...QUIET,
      `--proxy-server=http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ...(extension ? [`--load-extension=${EXTENSION}`, `--disable-extensions-except=${EXTENSION}`] : []),
    ],
  });
  const browser = new TestBrowser(context, server, requested, profile ? null : directory);
  if (extension) await browser.worker();
  return browser;
}

export class TestBrowser {
  constructor(
    readonly context: BrowserContext,
    private readonly proxy: Server,
    /** What was asked of any host but those of this machine. */
    readonly requested: string[],
    private readonly temporaryProfile: string | null,
  ) {}

  /** The extension's service worker as it runs now. */
  async worker(): Promise<Worker> {
    return this.context.serviceWorkers()[0] ?? (await this.context.waitForEvent('serviceworker'));
  }

  async open(url: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(url);
    return page;
  }

  /** The popup as it opens from the toolbar over the given page. */
  async openPopup(page: Page): Promise<Page> {
    await page.bringToFront();
    const worker = await this.worker();
    const opened = this.context.waitForEvent('page');
    await worker.evaluate(() => chrome.action.openPopup());
    const popup = await opened;
    await popup.waitForSelector('#all-switch:enabled');
    return popup;
  }

  /** As the popup's switch does it, with nothing open: an extension page asks the background. */
  async switchSite(on: boolean): Promise<void> {
    await this.askAsPage({ to: 'background', type: 'switchSite', site: 'demo', on });
  }

  async switchAll(on: boolean): Promise<void> {
    await this.askAsPage({ to: 'background', type: 'switchAll', on });
  }

  private async askAsPage(message: object): Promise<void> {
    const { host } = new URL((await this.worker()).url());
    const page = await this.open(`chrome-extension://${host}/src/popup/popup.html`);
    const reply = await page.evaluate((sent) => chrome.runtime.sendMessage(sent), message);
    await page.close();
    if (!reply?.ok) throw new Error(`The background refused: ${JSON.stringify(reply)}`);
  }

  /** Closes the engine's page, as the browser may do at any time. */
  async killEngine(): Promise<void> {
    await (await this.worker()).evaluate(() => chrome.offscreen.closeDocument().catch(() => {}));
  }

  async killWorker(): Promise<void> {
    const worker = await this.worker();
    const closed = new Promise((done) => worker.once('close', done));
    const session = await this.context.browser()!.newBrowserCDPSession();
    const { targetInfos } = await session.send('Target.getTargets');
    const target = targetInfos.find(({ type, url }) => type === 'service_worker' && url === worker.url());
    await session.send('Target.closeTarget', { targetId: target!.targetId });
    await closed;
  }

  async close(): Promise<void> {
    await this.context.close();
    this.proxy.close();
    this.proxy.closeAllConnections();
    if (this.temporaryProfile) await rm(this.temporaryProfile, { recursive: true, force: true });
  }
}

export type { BrowserContext, CDPSession, Page, Worker };
