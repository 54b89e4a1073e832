/** As much of Playwright's `Page` and `Frame` as the tables of routes use, over Puppeteer, so that there is one table for all browsers. */
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import type { Page as PlaywrightPage } from 'playwright-core';
import type { ElementHandle, Frame, KeyInput, Page } from 'puppeteer-core';
import type { Hands } from '../../e2e/support/user';
import type { Privileged } from './privileged';

const TYPES: Record<string, string> = { '.jpg': 'image/jpeg', '.png': 'image/png', '.pdf': 'application/pdf' };

const WAIT_MS = 60_000;

type Evaluated = string | ((argument: never) => unknown);

class FirefoxFrame {
  constructor(protected readonly frame: Frame) {}

  async evaluate(work: Evaluated, argument?: unknown): Promise<unknown> {
    return typeof work === 'string' ? this.frame.evaluate(work) : this.frame.evaluate(work as (argument: unknown) => unknown, argument);
  }

  async $(selector: string): Promise<object | null> {
    return this.frame.$(selector);
  }

  async waitForSelector(selector: string, { state = 'visible' }: { state?: 'attached' | 'visible' } = {}): Promise<void> {
    await this.element(selector, state);
  }

  /** Waits for it; also where the page goes on to another meanwhile, over which Puppeteer’s own way of waiting never ends. */
  private async element(selector: string, state: 'attached' | 'visible'): Promise<ElementHandle> {
    for (const until = Date.now() + WAIT_MS; Date.now() < until; await new Promise((next) => setTimeout(next, 50))) {
      const found = await this.frame.$(selector).catch(() => null);
      if (found && (state === 'attached' || (await found.isVisible().catch(() => false)))) return found;
    }
    throw new Error(`Nothing ${state} at ${selector}`);
  }

  async click(selector: string): Promise<void> {
    await (await this.element(selector, 'visible')).click();
  }

  async focus(selector: string): Promise<void> {
    await (await this.element(selector, 'attached')).focus();
  }

  locator(selector: string): { boundingBox(): Promise<{ x: number; y: number; width: number; height: number } | null> } {
    return {
      boundingBox: async () => {
        const element = await this.element(selector, 'visible');
        await element.scrollIntoView();
        return element.boundingBox();
      },
    };
  }
}

export class FirefoxPage extends FirefoxFrame {
  private readonly frameOf = new Map<Frame, FirefoxFrame>();
  readonly hands: Hands;

  constructor(
    readonly page: Page,
    private readonly privileged: Privileged,
  ) {
    super(page.mainFrame());
    this.frameOf.set(page.mainFrame(), this);
    this.hands = {
      choose: async (frame, selector, paths) => {
        await privileged.answerChoosers(paths);
        await (frame as unknown as FirefoxFrame).click(selector);
      },
      dropAt: async (at, paths, texts) => {
        const files = paths.map(async (path) => ({ name: basename(path), type: TYPES[extname(path)] ?? '', base64: (await readFile(path)).toString('base64') }));
        await privileged.drop(this.id, at, await Promise.all(files), texts);
      },
    };
  }

  /** As the tables of routes take it: whatever else of Playwright's they come to use has to be added here. */
  get asPlaywright(): PlaywrightPage {
    return this as unknown as PlaywrightPage;
  }

  /** As BiDi has it. */
  private get id(): string {
    return (this.page.mainFrame() as unknown as { _id: string })._id;
  }

  readonly keyboard = {
    /** `Control+V` and the like. */
    press: async (keys: string): Promise<void> => {
      const all = keys.split('+').map((key) => (key.length === 1 ? key.toLowerCase() : key) as KeyInput);
      const last = all.pop()!;
      for (const key of all) await this.page.keyboard.down(key);
      await this.page.keyboard.press(last);
      for (const key of all.reverse()) await this.page.keyboard.up(key);
    },
  };

  frames(): FirefoxFrame[] {
    return this.page.frames().map((frame) => {
      if (!this.frameOf.has(frame)) this.frameOf.set(frame, new FirefoxFrame(frame));
      return this.frameOf.get(frame)!;
    });
  }

  mainFrame(): FirefoxFrame {
    return this;
  }

  url(): string {
    return this.page.url();
  }

  context(): { grantPermissions(): Promise<void>; pages(): Promise<FirefoxPage[]> } {
    return {
      grantPermissions: () => Promise.resolve(), // a preference has it so
      pages: async () => (await this.page.browser().pages()).map((page) => new FirefoxPage(page, this.privileged)),
    };
  }

  async waitForEvent(event: 'popup'): Promise<FirefoxPage> {
    const popup = await new Promise<Page | null>((opened) => this.page.once(event, opened));
    return new FirefoxPage(popup!, this.privileged);
  }

  async waitForTimeout(milliseconds: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
  }

  async bringToFront(): Promise<void> {
    await this.page.bringToFront();
  }

  async addInitScript(work: () => unknown): Promise<void> {
    await this.page.evaluateOnNewDocument(work);
  }

  setDefaultTimeout(milliseconds: number): void {
    this.page.setDefaultTimeout(milliseconds);
  }

  async close(): Promise<void> {
    await this.page.close();
  }
}
