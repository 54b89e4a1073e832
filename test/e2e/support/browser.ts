/** Real Chromium for the end-to-end tests: with the built extension or without, and no way out of this machine. */
import { createServer } from 'node:http';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { findChromium, isWelcomePage } from '../../../scripts/extension';
import type { Settings } from '../../../src/shared/settings';
import type { RefineSettings } from '../../../src/engine/cloak/settings';
import { strengths } from '../../../src/shared/strengths';
import { Popup } from './popup';

/** `npm run build:demo` makes it; another build can be named to be tested instead. */
export const EXTENSION = resolve(process.env.NULLSWAP_EXTENSION ?? 'dist-demo');

const QUIET = [
  '--headless=new',
  '--no-sandbox',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--enable-unsafe-extension-debugging', // for `install`
  '--disable-features=OptimizationHints,MediaRouter,Translate',
];

/** What is waited for comes late where other tests run beside; below a test's own limit, so that what failed to come is told. */
export const PATIENCE_MS = 100_000;

/** Everything the browser asks of the world outside ends here: names under localhost alone pass it by. */
export async function startProxy(): Promise<{ port: number; requested: string[]; close(): void }> {
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
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, requested, close };
}

export interface OpenOptions {
  extension?: boolean;
  /** Kept when the browser closes; without one, a fresh profile that goes with it. */
  profile?: string;
  /** Of the browser's own text and the extension's; English where not given. */
  language?: string;
  /** More arguments for Chromium. */
  args?: string[];
  /** Leaves the welcome page open, which comes with the installation. */
  welcome?: boolean;
  /** With the network's cloak as it is, not refined: for tests of which way pictures go, not of what is done to them. */
  isQuick?: boolean;
  /** As in browsers whose messages carry nothing but JSON: Chrome before 148. */
  isOld?: boolean;
  /** Pages that are left stay as they are, and are there again on the way back, as for people. Playwright’s `goBack` waits for nothing then. */
  keepsPages?: boolean;
}

export async function openBrowser({ extension = true, profile, language = 'en', args = [], welcome = false, isQuick = false, isOld = false, keepsPages = false }: OpenOptions = {}): Promise<TestBrowser> {
  const proxy = await startProxy();
  const directory = profile ?? (await mkdtemp(join(tmpdir(), 'nullswap-e2e-')));
  const isFresh = (await readdir(directory)).length === 0;
  const folder = extension && (isQuick || isOld) ? await changedExtension(join(directory, 'changed-extension'), { isQuick, isOld }) : EXTENSION;
  const context = await chromium.launchPersistentContext(directory, {
    executablePath: findChromium(),
    headless: false, // --headless=new does it: the old one loads no extensions
    ignoreDefaultArgs: ['--disable-extensions', ...(keepsPages ? ['--disable-back-forward-cache'] : [])],
    viewport: { width: 1000, height: 800 },
    locale: language, // Playwright says en-US to all pages otherwise, the extension's too
    env: { ...process.env, LANGUAGE: language },
    args: [
      ...QUIET,
      `--lang=${language}`,
      `--proxy-server=http://127.0.0.1:${proxy.port}`,
      ...(extension ? [`--load-extension=${folder}`, `--disable-extensions-except=${folder}`] : []),
      ...args,
    ],
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const control = extension ? await openControlPage(context) : null;
  if (extension && isFresh && !welcome) await (await welcomePage(context)).close();
  return new TestBrowser(context, control, proxy.close, proxy.requested, profile ? null : directory);
}

/** The built extension once more, with no step of refinement (`isQuick`), or without the line in the manifest by which messages carry files (`isOld`). */
async function changedExtension(folder: string, { isQuick, isOld }: { isQuick: boolean; isOld: boolean }): Promise<string> {
  await cp(EXTENSION, folder, { recursive: true });
  if (isQuick) await withoutRefinement(folder);
  if (isOld) await withoutFilesInMessages(folder);
  return folder;
}

/** @param folder of a built extension */
export function withoutRefinement(folder: string): Promise<void> {
  return changeJson<RefineSettings>(join(folder, 'models/nullswap/refine.json'), ({ steps }) => strengths.forEach((strength) => (steps[strength] = 0)));
}

/** @param folder of a built extension */
export function withoutFilesInMessages(folder: string): Promise<void> {
  return changeJson<{ message_serialization?: string }>(join(folder, 'manifest.json'), (manifest) => delete manifest.message_serialization);
}

async function changeJson<T>(file: string, change: (content: T) => void): Promise<void> {
  const content = JSON.parse(await readFile(file, 'utf8')) as T;
  change(content);
  await writeFile(file, JSON.stringify(content));
}

/** The page that the extension opens when it is installed; waits for it. */
export async function welcomePage(context: BrowserContext): Promise<Page> {
  return context.pages().find(isWelcomePage) ?? (await context.waitForEvent('page', isWelcomePage));
}

/** A page of the extension that runs none of its scripts: tests speak to the extension's API from here. */
async function openControlPage(context: BrowserContext): Promise<Page> {
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
  const page = await context.newPage();
  await page.goto(`chrome-extension://${new URL(worker.url()).host}/manifest.json`);
  return page;
}

export class TestBrowser {
  constructor(
    readonly context: BrowserContext,
    private controlPage: Page | null,
    private readonly closeProxy: () => void,
    /** What was asked of any host but those of this machine. */
    readonly requested: string[],
    private readonly temporaryProfile: string | null,
  ) {}

  get control(): Page {
    if (!this.controlPage) throw new Error('This browser runs without the extension.');
    return this.controlPage;
  }

  /** `chrome-extension://…` */
  get extensionOrigin(): string {
    return `chrome-extension://${new URL(this.control.url()).host}`;
  }

  async open(url: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(url);
    return page;
  }

  /** The popup as it opens from the toolbar over the given page. */
  async openPopup(page: Page): Promise<Popup> {
    await page.bringToFront();
    return Popup.open(this.control);
  }

  /** A click on the toolbar button: unlike `openPopup`, it lets the extension see the address of the page it is over. */
  async clickAction(page: Page): Promise<Popup> {
    await page.bringToFront();
    const session = await this.context.browser()!.newBrowserCDPSession();
    // not in Playwright's list of the protocol's methods
    const send = session.send.bind(session) as unknown as (method: string, parameters: object) => Promise<{ targetInfos: { targetId: string; url: string }[] }>;
    const { targetInfos } = await send('Target.getTargets', { filter: [{ type: 'tab', exclude: false }] });
    const { targetId } = targetInfos.find(({ url }) => url === page.url())!;
    await send('Extensions.triggerAction', { id: new URL(this.extensionOrigin).host, targetId });
    await session.detach();
    return Popup.attach(this.control);
  }

  /**
   * Has the user once permit a site, on the browser's own page for extensions, and take it back: then the browser grants it to the
   * extension without asking again. The window in which it asks cannot be answered by a test.
   */
  async permitOnce(pattern: string): Promise<void> {
    const page = await this.open('chrome://extensions');
    await page.evaluate(
      async ([id, host]) => (chrome as unknown as { developerPrivate: { addHostPermission(id: string, host: string): Promise<void> } }).developerPrivate.addHostPermission(id!, host!),
      [new URL(this.extensionOrigin).host, pattern],
    );
    await page.close();
    await this.control.evaluate((origin) => chrome.permissions.remove({ origins: [origin] }), pattern);
  }

  /**
   * Calls the background as the browser does at a shortcut or in a menu, which can be pressed by nobody here: the event alone is
   * made. The tab is the one that is on the site.
   */
  async dispatch(event: 'commands.onCommand' | 'contextMenus.onClicked', argument: unknown, url: string): Promise<void> {
    const worker = this.context.serviceWorkers()[0] ?? (await this.context.waitForEvent('serviceworker'));
    await worker.evaluate(
      async ([event, argument, pattern]) => {
        const [area, name] = (event as string).split('.') as ['commands', 'onCommand'];
        const [tab] = await chrome.tabs.query({ url: pattern as string });
        (chrome[area][name] as unknown as { dispatch(...all: unknown[]): void }).dispatch(argument, tab);
      },
      [event, argument, `${new URL(url).origin.replace(/:\d+$/, '')}/*`] as const,
    );
  }

  /** As the popup's switches do it: an extension page asks the background. */
  async switchSite(on: boolean): Promise<void> {
    await this.ask({ to: 'background', type: 'switchSite', site: 'demo', on });
  }

  async switchAll(enabled: boolean): Promise<void> {
    await this.changeSettings({ enabled });
  }

  async changeSettings(patch: Partial<Settings>): Promise<void> {
    await this.ask({ to: 'background', type: 'changeSettings', patch });
  }

  private async ask(message: object): Promise<void> {
    const reply = await this.control.evaluate((sent) => chrome.runtime.sendMessage(sent), message);
    if (!reply?.ok) throw new Error(`The background refused: ${JSON.stringify(reply)}`);
  }

  /** Evaluates where the content script runs: in the page, but in the extension's world. */
  async inContentScript<T>(page: Page, expression: string): Promise<T> {
    const session = await this.context.newCDPSession(page);
    const context = new Promise<number>((found) => {
      session.on('Runtime.executionContextCreated', ({ context: { id, auxData, origin } }) => {
        if (origin === this.extensionOrigin && auxData?.type === 'isolated') found(id);
      });
    });
    await session.send('Runtime.enable');
    const { result } = await session.send('Runtime.evaluate', {
      expression,
      contextId: await context,
      awaitPromise: true,
      returnByValue: true,
    });
    await session.detach();
    return result.value as T;
  }

  /** Closes the engine's page, as the browser may do at any time. */
  async killEngine(): Promise<void> {
    await this.control.evaluate(() => chrome.offscreen.closeDocument());
  }

  /** Of the engine's page; null where there is none. Another page has another. */
  async engineId(): Promise<string | null> {
    const contexts = await this.control.evaluate(() => chrome.runtime.getContexts({ contextTypes: ['OFFSCREEN_DOCUMENT' as chrome.runtime.ContextType] }));
    return contexts[0]?.contextId ?? null;
  }

  /** Ends the process that does graphics for all pages; the browser starts another. */
  async killGraphics(): Promise<void> {
    const session = await this.context.browser()!.newBrowserCDPSession();
    await session.send('Browser.crashGpuProcess');
    await session.detach();
  }

  /** Ends the process that the worker, the engine's page and all other pages of the extension are in. */
  async killExtension(): Promise<void> {
    const crashed = this.control.waitForEvent('crash');
    const session = await this.context.newCDPSession(this.control);
    session.send('Page.crash').catch(() => {}); // nobody is left to answer
    await crashed;
  }

  /** As the browser's page for extensions knows it; TERMINATED where it has crashed. */
  async extensionState(): Promise<string> {
    return this.onExtensionsPage(async ([id]) => {
      const { developerPrivate } = chrome as unknown as { developerPrivate: { getExtensionInfo(id: string): Promise<{ state: string }> } };
      return (await developerPrivate.getExtensionInfo(id!)).state;
    });
  }

  /** As a user does it who was told to: looks whether it has crashed, and starts it again then. */
  async reviveExtension(): Promise<void> {
    if ((await this.extensionState()) !== 'ENABLED') {
      await this.onExtensionsPage(async ([id]) => {
        type Developer = { updateProfileConfiguration(update: object): Promise<void>; reload(id: string, options: object): Promise<void> };
        const { developerPrivate } = chrome as unknown as { developerPrivate: Developer };
        await developerPrivate.updateProfileConfiguration({ inDeveloperMode: true }); // what comes from no shop stays disabled without it
        developerPrivate.reload(id!, { failQuietly: true }).catch(() => {}); // not answered where it had crashed
      });
      while ((await this.extensionState()) !== 'ENABLED') await new Promise((next) => setTimeout(next, 100));
    }
    const url = `${this.extensionOrigin}/manifest.json`;
    await this.controlPage?.close();
    this.controlPage = await this.open(url);
  }

  private async onExtensionsPage<T>(work: (ids: string[]) => Promise<T>): Promise<T> {
    const page = await this.open('chrome://extensions');
    try {
      return await page.evaluate(work as (ids: string[]) => Promise<unknown>, [new URL(this.extensionOrigin).host]) as T;
    } finally {
      await page.close();
    }
  }

  /** Stops the service worker, as the browser does when it has been idle. */
  async killWorker(): Promise<void> {
    const session = await this.context.newCDPSession(this.control);
    const stopped = new Promise<void>((done) => {
      session.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
        if (versions.some(({ runningStatus }) => runningStatus === 'stopped')) done();
      });
    });
    await session.send('ServiceWorker.enable');
    await session.send('ServiceWorker.stopAllWorkers');
    await stopped;
    await session.detach();
  }

  /** As an update does it: open pages keep content scripts whose extension is gone. */
  async reloadExtension(): Promise<void> {
    const gone = this.control.waitForEvent('close');
    await this.control.evaluate(() => void setTimeout(() => chrome.runtime.reload()));
    await gone;
  }

  /** Installs the extension into a browser that was opened without it. */
  async install(): Promise<void> {
    const session = await this.context.browser()!.newBrowserCDPSession();
    // not in Playwright's list of the protocol's methods
    const send = session.send.bind(session) as unknown as (method: string, parameters: object) => Promise<{ id: string }>;
    const { id } = await send('Extensions.loadUnpacked', { path: EXTENSION });
    await session.detach();
    await (await welcomePage(this.context)).close();
    this.controlPage = await this.open(`chrome-extension://${id}/manifest.json`);
  }

  async close(): Promise<void> {
    await this.context.close();
    this.closeProxy();
    if (this.temporaryProfile) await rm(this.temporaryProfile, { recursive: true, force: true });
  }
}

/** Playwright waits for ever for a page to close that is being left just then, by a form that was sent. The browser closes such a page in the end. */
export async function closeSent(page: Page): Promise<void> {
  await Promise.race([page.close(), new Promise((resolve) => setTimeout(resolve, 2000))]);
}

export type { Page };
