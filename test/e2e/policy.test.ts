/** An organisation's settings (docs/deployment.md), laid down as an administrator does it: by a policy file that Chromium reads. */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { openBrowser, type Page, type TestBrowser } from './support/browser';
import { outcomeOf } from './support/outcome';
import { makeFiles, type Files } from './support/pictures';
import { promptArguments, Prompts } from './support/prompt';
import { receivedAfter } from './support/routes';
import { choose } from './support/user';

const FOLDER = '/etc/chromium/policies/managed';
const SCHOOL = 'http://*.other.localhost';

/** Only an administrator can write there. */
function mayWrite(): boolean {
  try {
    mkdirSync(FOLDER, { recursive: true });
    accessSync(FOLDER, constants.W_OK);
    return true;
  } catch {
    console.warn(`${FOLDER} cannot be written: what an organisation lays down is not tested.`);
    return false;
  }
}

describe.skipIf(!mayWrite())('what an organisation has laid down', () => {
  let site: DemoSite;
  let files: Files;
  let browser: TestBrowser;
  let prompts: Prompts;
  let page: Page;
  let policy: string;

  beforeAll(async () => {
    [site, files] = await Promise.all([startDemoSite(), makeFiles()]);
    const unmanaged = await openBrowser();
    const id = new URL(unmanaged.extensionOrigin).host;
    await unmanaged.close();
    policy = join(FOLDER, `nullswap-test-${id}.json`); // the id follows from the folder: no other browser is meant
    const laidDown = { enabled: true, strength: 'maximum', failurePolicy: 'hold', sites: ['demo', 'reddit', SCHOOL, 'not a site'], notice: 'loud' };
    await writeFile(policy, JSON.stringify({ '3rdparty': { extensions: { [id]: laidDown } } }));
    const { port, args } = await promptArguments();
    browser = await openBrowser({ args });
    prompts = await Prompts.open(browser.context, port);
    page = await browser.open(`${browser.extensionOrigin}/src/options/options.html`);
    await page.waitForSelector('#listed-sites');
  });
  afterAll(async () => {
    if (policy) await rm(policy, { force: true });
    await browser?.close();
    await site?.close();
  });

  const switchOf = (id: string): ReturnType<Page['locator']> => page.locator(`[data-site="${id}"] [role=switch]`);

  async function upload(url: string): Promise<string> {
    const tab = await browser.open(`${url}/pages/attached-input.html`);
    const before = site.received.length;
    await choose(tab, '#file', files.small);
    const [received] = await receivedAfter(site, tab, before);
    await tab.close();
    return outcomeOf(await readFile(files.small), received!.bytes);
  }

  // `maximum` is of an earlier version, and counts as `strong`
  it('is shown, and cannot be changed on the page', async () => {
    await page.getByText('Your organisation has set some of this').waitFor();
    for (const id of ['enabled', 'strength', 'failure-policy']) {
      expect(await page.isDisabled(`#${id}`), id).toBe(true);
      expect(await page.textContent(`#${id}-detail`), id).toContain('Set by your organisation');
    }
    expect(await page.inputValue('#strength')).toBe('strong');
    for (const id of ['demo', 'reddit']) expect([await switchOf(id).isDisabled(), await switchOf(id).isChecked()], id).toEqual([true, true]);
  });

  it('leaves everything else to the user, with what is unsound in it', async () => {
    for (const id of ['metadata', 'notice', 'thumbnails']) expect(await page.isDisabled(`#${id}`), id).toBe(false);
    expect(await page.inputValue('#notice')).toBe('all');
    expect(await switchOf('facebook').isDisabled()).toBe(false);
    expect(await page.locator('#own-sites > li').count()).toBe(1);
  });

  it('holds against what the user has stored', async () => {
    await browser.control.evaluate(() =>
      chrome.storage.local.set({ settings: { enabled: false, disabledSites: ['demo'], strength: 'gentle', pausedUntil: Date.now() + 3600_000 } }),
    );
    await page.reload();
    await page.waitForSelector('#listed-sites');
    expect([await page.isChecked('#enabled'), await page.inputValue('#strength'), await switchOf('demo').isChecked()]).toEqual([true, 'strong', true]);
    expect(await upload(site.url)).toBe('cloaked');
  });

  it('names a site of its own, which is protected once the user has given permission, and cannot be removed', async () => {
    const row = page.locator(`[data-site="${SCHOOL}"]`);
    await row.getByText('Not protected').waitFor();
    expect(await row.getByRole('button').count()).toBe(0);
    await page.bringToFront();
    await switchOf(SCHOOL).click();
    await prompts.press('Allow');
    await page.waitForFunction((id) => document.querySelector<HTMLInputElement>(`[data-site="${id}"] input`)!.checked, SCHOOL);
    expect(await switchOf(SCHOOL).isDisabled()).toBe(true);
    while ((await browser.control.evaluate(() => chrome.scripting.getRegisteredContentScripts())).length === 0) await page.waitForTimeout(50);
    expect(await upload(site.otherUrl)).toBe('cloaked');
    const refused = await browser.control.evaluate(async (id) => {
      await chrome.runtime.sendMessage({ to: 'background', type: 'removeSite', site: id });
      return chrome.permissions.contains({ origins: [`${id}/*`] });
    }, SCHOOL);
    expect(refused).toBe(true);
  });

  it('comes back to the user\'s own choices when it is lifted', async () => {
    await rm(policy);
    await page.waitForFunction(() => document.querySelector<HTMLSelectElement>('#strength')!.value === 'gentle');
    expect(await page.isDisabled('#strength')).toBe(false);
    expect(await page.isChecked('#enabled')).toBe(false);
  });
});
