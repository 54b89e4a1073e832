/** Pages of the extension have their texts where the browser gives none, as Chromium 156 does after an unlucky start. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, type TestBrowser } from './support/browser';

describe.each([
  ['en', 'ltr'],
  ['ar', 'rtl'],
])('in a browser of language %s', (language, direction) => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await openBrowser({ language, isQuick: true });
  });
  afterAll(() => browser.close());

  it.each(['popup/popup', 'options/options', 'studio/studio', 'welcome/welcome', 'welcome/privacy'])('%s', async (path) => {
    const address = `${browser.extensionOrigin}/src/${path}.html`;
    const said = async (): Promise<{ heading: string; direction: string; language: string }> => {
      await page.waitForSelector('h1');
      return page.evaluate(() => ({ heading: document.querySelector('h1')!.innerText, direction: document.dir, language: document.documentElement.lang }));
    };
    const page = await browser.open(address);
    const usual = await said();
    await page.addInitScript(() => Object.assign(chrome.i18n, { getMessage: () => '' }));
    await page.reload();
    expect(await page.evaluate(() => chrome.i18n.getMessage('common_locale'))).toBe('');
    expect(await said()).toEqual(usual);
    expect(usual).toMatchObject({ direction, language });
    await page.close();
  });
});
