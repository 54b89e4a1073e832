/** The settings page as a person uses it: clicks, keys, the browser's own questions, restarts, files. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { openBrowser, type Page, type TestBrowser } from './support/browser';
import { outcomeOf } from './support/outcome';
import { makeFiles, type Files } from './support/pictures';
import { promptArguments, Prompts } from './support/prompt';
import { receivedAfter } from './support/routes';
import { choose } from './support/user';

const OWN = 'http://*.other.localhost';

let site: DemoSite;
let files: Files;
let profile: string;
let browser: TestBrowser;
let prompts: Prompts;
let page: Page;

async function start(): Promise<void> {
  const { port, args } = await promptArguments();
  browser = await openBrowser({ profile, args, isQuick: true });
  prompts = await Prompts.open(browser.context, port);
}

beforeAll(async () => {
  [site, files, profile] = await Promise.all([startDemoSite(), makeFiles(), mkdtemp(join(tmpdir(), 'nullswap-profile-'))]);
  await start();
});
beforeEach(async () => {
  site.received.length = 0;
  page = await openSettings();
});
afterEach(() => page.close());
afterAll(async () => {
  await browser.close();
  await site.close();
  await rm(profile, { recursive: true, force: true });
});

async function openSettings(): Promise<Page> {
  const opened = await browser.open(`${browser.extensionOrigin}/src/options/options.html`);
  await opened.waitForSelector('#listed-sites');
  return opened;
}

/** What becomes of a photo on the site that the extension does not know of itself. */
async function uploadElsewhere(): Promise<string> {
  const tab = await browser.open(`${site.otherUrl}/pages/attached-input.html`);
  const before = site.received.length;
  await choose(tab, '#file', files.small);
  const [received] = await receivedAfter(site, tab, before);
  await tab.close();
  return outcomeOf(await readFile(files.small), received!.bytes);
}

const stored = (): Promise<Record<string, unknown>> => browser.control.evaluate(async () => (await chrome.storage.local.get('settings')).settings as never);
const isPermitted = (): Promise<boolean> => browser.control.evaluate(() => chrome.permissions.contains({ origins: ['http://*.other.localhost/*'] }));
const isRegistered = (): Promise<boolean> =>
  browser.control.evaluate(async () => (await chrome.scripting.getRegisteredContentScripts()).some(({ matches }) => matches?.includes('http://*.other.localhost/*')));

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await browser.control.waitForTimeout(50);
}

const ownSwitch = (): ReturnType<Page['locator']> => page.locator(`[data-site="${OWN}"] [role=switch]`);

it('says what is wrong with an address, and keeps it in the field', async () => {
  const cases = [
    ['', 'Type the address of a site'],
    ['two words', 'not the address of a site'],
    ['http://example.org', 'Only encrypted sites'],
    ['www.reddit.com/r/pics', 'belongs to Reddit'],
  ] as const;
  for (const [address, problem] of cases) {
    await page.fill('#address', address);
    await page.click('#add');
    await page.waitForFunction((start) => document.querySelector('#address-problem')!.textContent!.includes(start), problem);
    expect(await page.inputValue('#address')).toBe(address);
    expect(await page.getAttribute('#address', 'aria-invalid')).toBe('true');
  }
});

it('changes nothing where the user refuses', async () => {
  await page.fill('#address', `${site.otherUrl}/pages/`);
  await page.click('#add');
  await prompts.press('Deny');
  await page.waitForFunction(() => document.querySelector('#address-problem')!.textContent!.startsWith('Not added'));
  expect(await page.inputValue('#address')).toBe(`${site.otherUrl}/pages/`);
  expect(await page.locator('#own-sites').count()).toBe(0);
  expect([await isPermitted(), await isRegistered(), (await stored())?.ownSites ?? []]).toEqual([false, false, []]);
  expect(await uploadElsewhere()).toBe('original');
});

it('protects a site that was added by its address, with the keyboard alone', async () => {
  await page.focus('#address');
  await page.keyboard.type(site.otherUrl);
  await page.keyboard.press('Enter');
  await prompts.press('Allow');
  await ownSwitch().waitFor();
  expect(await ownSwitch().isChecked()).toBe(true);
  expect(await page.inputValue('#address')).toBe('');
  await until(isRegistered);
  expect(await uploadElsewhere()).toBe('cloaked');
});

it('counts pictures of an own site and switches it off and on', async () => {
  await page.waitForFunction(() => document.querySelector('#kept')!.textContent === '1 picture, 1 face');
  await ownSwitch().focus();
  await page.keyboard.press('Space');
  await until(async () => !(await ownSwitch().isChecked()));
  expect(await uploadElsewhere()).toBe('original');
  await ownSwitch().click();
  await until(() => ownSwitch().isChecked());
});

it('still protects it when the browser was closed and opened again', async () => {
  await browser.close();
  await start();
  await until(isRegistered); // an unpacked extension is loaded at each start as if it were updated: the browser has dropped the scripts
  expect(await uploadElsewhere()).toBe('cloaked');
  page = await openSettings();
  expect(await ownSwitch().isChecked()).toBe(true);
});

it('shows that a permission was taken back in the browser\'s own settings, and asks for it again', async () => {
  const id = new URL(browser.extensionOrigin).host;
  const own = await browser.open('chrome://extensions');
  await own.evaluate(
    (extension) =>
      new Promise<void>((done) => {
        // what the button in that list calls
        const { developerPrivate } = chrome as unknown as { developerPrivate: { removeHostPermission(id: string, host: string, done: () => void): void } };
        developerPrivate.removeHostPermission(extension, 'http://*.other.localhost/*', done);
      }),
    id,
  );
  await own.close();
  await page.waitForFunction((site) => document.querySelector(`[data-site="${site}"]`)!.textContent!.includes('Not protected'), OWN);
  expect(await ownSwitch().isChecked()).toBe(false);
  await until(async () => !(await isRegistered()));
  expect(await uploadElsewhere()).toBe('original');

  await page.bringToFront();
  await ownSwitch().click();
  await until(isPermittedAfterPrompt());
  await until(() => ownSwitch().isChecked());
  await until(isRegistered);
  expect(await uploadElsewhere()).toBe('cloaked');
});

/** The browser may remember that it has asked once. */
function isPermittedAfterPrompt(): () => Promise<boolean> {
  let pressing: Promise<void> | undefined;
  return async () => {
    if (await isPermitted()) return true;
    pressing ??= prompts.press('Allow');
    await pressing;
    return isPermitted();
  };
}

it('finds sites by name and by host', async () => {
  await page.fill('#search', 'twitter');
  expect(await page.locator('[data-site]').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-site')))).toEqual(['x']);
  await page.fill('#search', 'nowhere');
  await page.getByText('No site of that name').waitFor();
  await page.fill('#search', 'O');
  expect(await page.locator('[data-site]').count()).toBeGreaterThan(5);
});

it('keeps what was chosen, and the next upload keeps to it', async () => {
  await page.focus('#strength');
  await page.keyboard.press('ArrowUp');
  await page.selectOption('#notice', 'problems');
  await page.selectOption('#failure-policy', 'original');
  await page.click('#thumbnails');
  await page.locator('[data-site=reddit] [role=switch]').click();
  await until(async () => (await stored()).thumbnails === true && (await page.locator('[data-site=reddit] [role=switch]').isChecked()) === false);
  expect(await stored()).toMatchObject({ strength: 'gentle', notice: 'problems', failurePolicy: 'original', thumbnails: true, disabledSites: ['reddit'] });
  await page.reload();
  await page.waitForSelector('#strength');
  expect(await page.inputValue('#strength')).toBe('gentle');
  expect(await page.inputValue('#failure-policy')).toBe('original');
});

it('refuses files that hold no sound settings, says why, and changes nothing', async () => {
  const before = await stored();
  const format = 'NullSwap settings';
  const wrong: [string, string][] = [
    ['not JSON', 'holds no settings of NullSwap'],
    ['[1, 2]', 'holds no settings of NullSwap'],
    [JSON.stringify({ strength: 'gentle' }), 'holds no settings of NullSwap'],
    [JSON.stringify({ format, version: 2, settings: {} }), 'newer NullSwap'],
    [JSON.stringify({ format, version: 1, settings: { strength: 'most' } }), 'holds a value for “strength”'],
    [JSON.stringify({ format, version: 1, settings: { enabled: false, ownSites: ['https://*/*'] } }), 'holds a value for “ownSites”'],
    [JSON.stringify({ format, version: 1, settings: { enabled: false, later: 1 } }), 'holds a value for “later”'],
  ];
  for (const [content, problem] of wrong) {
    const path = join(files.folder, 'wrong.json');
    await writeFile(path, content);
    await choose(page, '.file', path);
    await page.waitForFunction((part) => document.querySelector('#import-problem')!.textContent!.includes(part), problem);
    expect(await page.locator('#import-question').count()).toBe(0);
  }
  expect(await stored()).toEqual(before);
});

it('saves settings to a file and takes them over from it, own sites and all, after asking for them', async () => {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#export')]);
  const path = join(files.folder, 'saved.json');
  await download.saveAs(path);
  const before = await stored();

  await page.click(`[data-site="${OWN}"] button`);
  await until(async () => !(await isPermitted()) && !(await isRegistered()));
  await page.selectOption('#strength', 'strong');
  await until(async () => (await stored()).strength === 'strong');
  expect(await uploadElsewhere()).toBe('original');

  await page.bringToFront();
  await choose(page, '.file', path);
  await page.getByText('The browser will ask for access to 1 site: other.localhost.').waitFor();
  await page.click('#import-go');
  await until(isPermittedAfterPrompt());
  await page.getByText('The settings were taken over.').waitFor();
  expect(await stored()).toEqual(before);
  await until(isRegistered);
  expect(await uploadElsewhere()).toBe('cloaked');
});

it('removes an own site with its permission, its scripts and what was remembered of it', async () => {
  await browser.control.evaluate((own) => chrome.runtime.sendMessage({ to: 'background', type: 'changeSettings', patch: { failureChoices: { [own]: 'original' } } }), OWN);
  const forget = page.getByRole('button', { name: 'Forget for other.localhost' });
  await forget.waitFor();
  await page.click(`[data-site="${OWN}"] button`);
  await forget.waitFor({ state: 'detached' });
  await until(async () => !(await isPermitted()) && !(await isRegistered()));
  expect(await stored()).toMatchObject({ ownSites: [], failureChoices: {} });
  await page.getByText('other.localhost was removed').waitFor();
  expect(await uploadElsewhere()).toBe('original');
});

it('deletes the history after asking once more', async () => {
  await page.waitForFunction(() => !document.querySelector('#kept')!.textContent!.startsWith('0'));
  const kept = await page.textContent('#kept');
  await page.click('#delete-history');
  await page.waitForSelector('#keep-history:focus');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#delete-history');
  expect(await page.textContent('#kept')).toBe(kept);
  await page.click('#delete-history');
  await page.click('#delete-for-good');
  await page.waitForFunction(() => document.querySelector('#kept')!.textContent === '0 pictures, 0 faces');
});
