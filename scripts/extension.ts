/**
 * Opens the built extension in Chromium for node scripts and tests: hands files to its engine by the same messages that
 * the content scripts send, and gives back what the engine answers.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type BrowserContext, type ElementHandle, type Page } from 'playwright-core';
import type { Backend, CloakOptions, CloakReport, DetectedFace } from '../src/engine/types';
import type { EngineJobs, Reply } from '../src/shared/messages';
import { findProgram } from './program';
import { defaultStrength, type Strength } from '../src/shared/strengths';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const defaultDist = join(root, 'dist');

/** A path, or bytes with a name. */
export type Source = string | { name: string; bytes: Buffer; type: string };

export interface CloakedFile {
  name: string;
  type: string;
  lastModified: number;
  bytes: Buffer;
  report: CloakReport;
}

export interface Detection {
  width: number;
  height: number;
  /** Largest first. */
  faces: DetectedFace[];
}

export interface ExtensionOptions {
  /** Directory of the built extension; `dist` where not given. */
  dist?: string;
  /** True where not given. */
  headless?: boolean;
  /** More arguments for Chromium. */
  args?: string[];
}

/** What the engine or the message channel answered when it failed. */
export class EngineFailure extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'EngineFailure';
  }
}

/** `CHROMIUM`, or the first of the usual names that is on PATH. */
export function findChromium(): string {
  return findProgram('Chromium', 'CHROMIUM', ['chromium', 'chromium-browser', 'google-chrome']);
}

/** Builds the extension where `dist` is missing or older than what it is made from; returns its directory. */
export async function buildExtension(): Promise<string> {
  const built = join(defaultDist, 'manifest.json');
  const sources = ['src', '_locales', 'models', 'samples', 'manifest.json', 'vite.config.ts', 'package-lock.json', 'scripts'];
  const newest = Math.max(...sources.map((source) => newestChange(join(root, source))));
  if (!existsSync(built) || statSync(built).mtimeMs < newest) {
    const { status, stderr } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, encoding: 'utf8' });
    if (status !== 0) throw new Error(`The extension could not be built:\n${stderr}`);
  }
  return defaultDist;
}

function newestChange(path: string): number {
  if (!existsSync(path)) return 0;
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestChange(join(path, name))));
}

/** It opens by itself in a fresh profile. */
export function isWelcomePage(page: Page): boolean {
  return page.url().endsWith('/welcome/welcome.html');
}

/** Starts Chromium with the extension and a fresh profile; the engine starts with the first request. */
export async function openExtension(options: ExtensionOptions = {}): Promise<Extension> {
  const dist = resolve(options.dist ?? defaultDist);
  const profile = await mkdtemp(join(tmpdir(), 'nullswap-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium(),
    headless: false, // Playwright's own headless mode loads no extensions; Chromium's --headless=new does
    viewport: null,
    args: [
      ...(options.headless === false ? [] : ['--headless=new']),
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), // Chromium's sandbox refuses root
      `--load-extension=${dist}`,
      `--disable-extensions-except=${dist}`,
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--disable-quic',
      ...(options.args ?? []),
    ],
  });
  const closeWelcome = (page: Page): void => {
    if (isWelcomePage(page)) void page.close();
  };
  context.pages().forEach(closeWelcome);
  context.on('page', closeWelcome);
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
  const origin = `chrome-extension://${new URL(worker.url()).host}`;
  return new Extension(context, origin, profile);
}

declare global {
  /** A job of the engine's (src/shared/jobs.ts), in the page that `defineRunJob` ran in. Aborting answers nothing. */
  var runJob: <K extends keyof EngineJobs>(
    kind: K,
    request: EngineJobs[K]['request'],
    onProgress?: (done: number) => void,
    signal?: AbortSignal,
  ) => Promise<Reply<EngineJobs[K]['result']>>;
}

/** For a page of the extension. Stands alone: it is sent there as text. */
export function defineRunJob(): void {
  globalThis.runJob = (kind, request, onProgress, signal) =>
    new Promise((resolve, reject) => {
      const port = chrome.runtime.connect({ name: `engine:${String(kind)}` });
      port.onMessage.addListener((update) => {
        if ('done' in update) return onProgress?.(update.done);
        resolve(update.reply);
        port.disconnect();
      });
      port.onDisconnect.addListener(() => reject(new Error(chrome.runtime.lastError?.message ?? 'The engine is gone.')));
      signal?.addEventListener('abort', () => port.disconnect());
      port.postMessage(request);
    });
}

export class Extension {
  private client: Promise<Page> | null = null;

  constructor(
    readonly context: BrowserContext,
    /** `chrome-extension://<id>`, without a slash at the end. */
    readonly origin: string,
    private readonly profile: string,
  ) {}

  /** Throws `EngineFailure`. Calls may overlap; the engine takes one picture after the other. */
  async cloak(source: Source, options: Partial<CloakOptions> = {}): Promise<CloakedFile> {
    const request = { options: { strength: defaultStrength, selfCheck: true, ...options } };
    const { base64, ...rest } = await this.withFile(source, (client, input) =>
      client.evaluate(
        async ({ input, request }): Promise<Reply<Omit<CloakedFile, 'bytes'> & { base64: string }>> => {
          const reply = await runJob('cloak', { file: input.files![0]!, ...request });
          if (!reply.ok) return reply;
          const { file, report } = reply.value;
          const url = await new Promise<string>((done) => {
            const reader = new FileReader();
            reader.onload = () => done(reader.result as string);
            reader.readAsDataURL(file);
          });
          const { name, type, lastModified } = file;
          return { ok: true, value: { name, type, lastModified, report, base64: url.slice(url.indexOf(',') + 1) } };
        },
        { input, request },
      ),
    );
    return { ...rest, bytes: Buffer.from(base64, 'base64') };
  }

  /** As `cloak`, but what comes back is not read: for measuring what the engine takes. */
  async report(source: Source, options: Partial<CloakOptions> = {}): Promise<CloakReport> {
    const request = { options: { strength: defaultStrength, selfCheck: true, ...options } };
    return this.withFile(source, (client, input) =>
      client.evaluate(
        async ({ input, request }): Promise<Reply<CloakReport>> => {
          const reply = await runJob('cloak', { file: input.files![0]!, ...request });
          return reply.ok ? { ok: true, value: reply.value.report } : reply;
        },
        { input, request },
      ),
    );
  }

  /** Throws `EngineFailure`. */
  async detect(source: Source): Promise<Detection> {
    return this.withFile(source, (client, input) =>
      client.evaluate(async (input): Promise<Reply<Detection>> => runJob('detect', { file: input.files![0]! }), input),
    );
  }

  /** Does `work` in a page of the extension, with the file in an input. It is sent there as text. */
  async inClient<T>(source: Source, work: (input: HTMLInputElement) => Promise<T>): Promise<T> {
    return this.withFile(source, async (client, input): Promise<Reply<T>> => ({ ok: true, value: (await client.evaluate(work as (input: unknown) => Promise<T>, input)) as T }));
  }

  /** What is chosen in the popup: the strength of pictures that are uploaded from now on. */
  async chooseStrength(strength: Strength): Promise<void> {
    const client = await this.openClient();
    const message = { to: 'background', type: 'changeSettings', patch: { strength } };
    valueOf(await client.evaluate(async (message): Promise<Reply<null>> => chrome.runtime.sendMessage(message), message));
  }

  /** Loads the models, so that what is timed afterwards is the work alone. */
  async warm(): Promise<Backend> {
    const client = await this.openClient();
    const reply = await client.evaluate(
      async (): Promise<Reply<{ backend: Backend }>> => chrome.runtime.sendMessage({ to: 'engine', type: 'warm' }),
    );
    return valueOf(reply).backend;
  }

  async close(): Promise<void> {
    await this.context.close();
    await rm(this.profile, { recursive: true, force: true });
  }

  /** A bare page of the extension to send messages from; the engine's host is there when it resolves. */
  private async openClient(): Promise<Page> {
    this.client ??= (async () => {
      const page = await this.context.newPage();
      await page.goto(`${this.origin}/manifest.json`);
      await page.evaluate(defineRunJob);
      return page;
    })();
    const page = await this.client;
    const message = { to: 'background', type: 'ensureEngine' };
    valueOf(await page.evaluate(async (message): Promise<Reply<null>> => chrome.runtime.sendMessage(message), message));
    return page;
  }

  /** Puts the file into a file input of the client page, which makes it a File there without a detour over base64. */
  private async withFile<T>(
    source: Source,
    use: (client: Page, input: ElementHandle<HTMLInputElement>) => Promise<Reply<T>>,
  ): Promise<T> {
    const client = await this.openClient();
    const input = await client.evaluateHandle(() => {
      const element = document.createElement('input');
      element.type = 'file';
      return element;
    });
    try {
      await input.setInputFiles(
        typeof source === 'string' ? source : { name: source.name, mimeType: source.type, buffer: source.bytes },
      );
      return valueOf(await use(client, input));
    } finally {
      await input.dispose();
    }
  }
}

function valueOf<T>(reply: Reply<T> | undefined): T {
  if (!reply) throw new EngineFailure('engine', 'The engine does not answer.');
  if (!reply.ok) throw new EngineFailure(reply.error.code, reply.error.message);
  return reply.value;
}
