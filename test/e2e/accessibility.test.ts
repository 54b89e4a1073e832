/**
 * Every page of the extension, and the notice, for everybody: axe finds nothing in light, dark and from right to left; everything
 * can be reached by keyboard; nothing moves for those who want nothing to move; nothing is cut off at twice the size.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { EXTENSION, openBrowser, type TestBrowser } from './support/browser';
import { askedFor, waitForFailure } from './support/notice';
import { makeFiles } from './support/pictures';
import { isThorough } from '../thorough';

/** Those that a person sees. */
const PAGES = readdirSync(join(EXTENSION, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.html') && !path.startsWith('offscreen'))
  .map((path) => `src/${path}`)
  .sort();

it('knows all pages', () => {
  expect(PAGES).toContain('src/popup/popup.html');
});

describe.each(isThorough ? ['en', 'ar'] : ['en'])('in %s', (language) => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await openBrowser({ language, isQuick: true });
  });
  afterAll(() => browser.close());

  /** The address of the window that asks whether originals shall go. */
  const asked = async (): Promise<string> => {
    const window = await askedFor(browser.control, () =>
      browser.control.evaluate(() => void chrome.runtime.sendMessage({ to: 'background', type: 'askRelease', names: ['Ann.jpg', 'Ben.jpg'], remember: true })),
    );
    return window.url();
  };

  const open = async (path: string): Promise<Page> => {
    const page = await browser.open(path.includes('release') ? await asked() : `${browser.extensionOrigin}/${path}`);
    await page.waitForSelector('body > *');
    return page;
  };

  describe.each(PAGES)('%s', (path) => {
    it.each(['light', 'dark'] as const)('has nothing that axe objects to, in %s', async (colorScheme) => {
      const page = await open(path);
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
      await page.close();
    });

    it('says its language and direction, and has a title', async () => {
      const page = await open(path);
      const said = await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]);
      expect(said).toEqual([language, language === 'ar' ? 'rtl' : 'ltr']);
      expect(await page.title()).not.toBe('');
      await page.close();
    });

    it('leads with the Tab key to everything that can be used', async () => {
      const page = await open(path);
      const usable = await page.evaluate(() => {
        const shown = (node: Element): boolean => node.checkVisibility() && !node.closest('details:not([open]) > :not(summary)');
        const nodes = [...document.querySelectorAll('a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), summary')];
        return nodes.filter((node) => shown(node) && (node as HTMLElement).tabIndex >= 0).length;
      });
      const reached = await page.evaluate(() => void (document.body.dataset.reached = '0')).then(async () => {
        for (let presses = 0; presses < 3 * usable + 10; presses++) {
          await page.keyboard.press('Tab');
          await page.evaluate(() => document.activeElement?.setAttribute('data-reached', ''));
        }
        return page.evaluate(
          () => document.querySelectorAll(':is(a[href], button, input, select, summary)[data-reached]').length,
        );
      });
      // of a group of radio buttons the Tab key takes one: the arrows do the rest
      const spared = await page.evaluate(() => {
        const radios = [...document.querySelectorAll<HTMLInputElement>('input[type=radio]:not(:disabled)')];
        return radios.length - new Set(radios.map(({ name }) => name)).size;
      });
      expect(reached).toBe(usable - spared);
      await page.close();
    });

    it('fits a window of half the width, as twice the size of its text makes it', async () => {
      const page = await open(path);
      await page.setViewportSize({ width: path.includes('popup') ? 360 : 500, height: 500 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      await page.close();
    });

    it('moves nothing for those who want nothing to move', async () => {
      const page = await open(path);
      await page.emulateMedia({ reducedMotion: 'reduce' });
      const moving = await page.evaluate(() => {
        const long = (durations: string): boolean => durations.split(',').some((duration) => Number.parseFloat(duration) > 0.01);
        return [...document.querySelectorAll('*')].filter((node) => {
          const { transitionDuration, animationDuration, animationName } = getComputedStyle(node);
          return long(transitionDuration) || (animationName !== 'none' && long(animationDuration));
        }).length;
      });
      expect(moving).toBe(0);
      await page.close();
    });
  });
});

describe('the notice', () => {
  let browser: TestBrowser;
  let site: DemoSite;
  beforeAll(async () => {
    [site, browser] = await Promise.all([startDemoSite(), openBrowser({ isQuick: true })]);
  });
  afterAll(async () => {
    await browser.close();
    await site.close();
  });

  /** Moves the notice's content, with its style, out of the closed root into one that axe can enter. */
  async function opened(session: CDPSession): Promise<void> {
    const { root } = await session.send('DOM.getDocument', { depth: -1, pierce: true });
    interface Node {
      backendNodeId: number;
      attributes?: string[];
      children?: Node[];
      shadowRoots?: Node[];
    }
    const find = (node: Node): Node | undefined =>
      node.attributes?.includes('popover') && node.shadowRoots ? node.shadowRoots[0] : [...(node.children ?? [])].map(find).find(Boolean);
    const closed = find(root as Node);
    if (!closed) throw new Error('The page has no notice.');
    const { object } = await session.send('DOM.resolveNode', { backendNodeId: closed.backendNodeId });
    await session.send('Runtime.callFunctionOn', {
      objectId: object.objectId!,
      functionDeclaration: `function () {
        const copy = document.createElement('div');
        copy.id = 'opened';
        const root = copy.attachShadow({ mode: 'open' });
        const sheet = new CSSStyleSheet();
        sheet.replaceSync([...this.adoptedStyleSheets[0].cssRules].map((rule) => rule.cssText).join('\\n'));
        root.adoptedStyleSheets = [sheet];
        root.append(...[...this.childNodes].map((node) => node.cloneNode(true)));
        document.body.replaceChildren(copy);
        this.host.remove();
      }`,
    });
  }

  it.each(['light', 'dark'] as const)('has nothing that axe objects to when it asks, in %s', async (colorScheme) => {
    const page = await browser.open(`${site.url}/pages/attached-input.html`);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setInputFiles('#file', (await makeFiles()).truncated);
    await waitForFailure(page);
    await opened(await page.context().newCDPSession(page));
    const { violations, passes } = await new AxeBuilder({ page }).include('#opened').analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
    expect(passes.map(({ id }) => id)).toEqual(expect.arrayContaining(['button-name', 'label', 'color-contrast', 'aria-dialog-name']));
    await page.close();
  });
});
