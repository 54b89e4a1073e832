/**
 * People who do not wait: what they do while a file is held comes out as it does without the extension, but for the cloaked bytes. Each
 * case is played with and without it.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemoSite, type DemoSite } from '../sites/demo-site';
import { closeSent, openBrowser, type Page, type TestBrowser } from './support/browser';
import { outcomeOf, record, STATES } from './support/outcome';
import { makeFiles, type Files } from './support/pictures';
import { choose, copy, drop } from './support/user';

interface Case {
  name: string;
  path: string;
  act(page: Page, files: Files): Promise<unknown>;
  /** What the server gets, in order. */
  sent: (keyof Files)[];
  /** What the page finds out; left out where it goes away. */
  log?: string[];
  /** What stands in the page at the end, as this tells. */
  left?: { of: (page: Page) => Promise<unknown>; is: unknown };
}

const press = (page: Page, selector: string): Promise<void> => page.click(selector, { noWaitAfter: true, timeout: 3_000 }).catch(() => {}); // disabled by the page

const choosing =
  (...acts: ((page: Page) => Promise<unknown>)[]): Case['act'] =>
  async (page, files) => {
    await choose(page, '#file', files.small);
    for (const act of acts) await act(page);
  };

const pressing = (selector: string) => (page: Page) => press(page, selector);

const enter = async (page: Page): Promise<void> => {
  await page.focus('#text');
  await page.keyboard.press('Enter');
};

async function paste(page: Page, files: Files, selector: string, text?: string): Promise<void> {
  await copy(page, { 'image/png': await readFile(files.smallPng), ...(text && { 'text/plain': Buffer.from(text) }) });
  await page.focus(selector);
  await page.keyboard.press('Control+V');
}

const pictures = (selector: string) => (page: Page) =>
  page.evaluate((host) => document.querySelector(host)!.innerHTML.replace(/<img[^>]*>/g, '[picture]').replaceAll('&nbsp;', ' '), selector);

const filesIn = (selector: string) => (page: Page) => page.evaluate((id) => [...document.querySelector<HTMLInputElement>(id)!.files!].map(({ name }) => name), selector);

const scripted = ['change Ann.jpg', 'submit send', 'sent'];

/** The window's focus comes back before the browser tells of the choice, or after. */
const comingBack =
  (isBefore: boolean): Case['act'] =>
  async (page, files) => {
    const focus = (): Promise<unknown> => page.evaluate(() => window.dispatchEvent(new Event('focus')));
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.click('#pick')]);
    if (isBefore) await focus();
    await chooser.setFiles(files.small);
    if (!isBefore) await focus();
  };

/** Takes longer to write than a picture to come. */
const LONG = ' and then we went home by train'.repeat(12);

const cases: Case[] = [
  { name: 'the window’s focus comes back before the choice', path: '/pages/returning.html', act: comingBack(true), sent: ['small'], log: ['chosen'] },
  { name: 'the window’s focus comes back after the choice', path: '/pages/returning.html', act: comingBack(false), sent: ['small'], log: ['chosen'] },
  { name: 'Send pressed', path: '/pages/at-once.html', act: choosing(pressing('#send')), sent: ['small'] },
  { name: 'Send pressed, file required', path: '/pages/at-once.html?required', act: choosing(pressing('#send')), sent: ['small'] },
  { name: 'Send pressed, file required, sent by script', path: '/pages/at-once.html?required&script', act: choosing(pressing('#send')), sent: ['small'], log: scripted },
  { name: 'Send pressed three times', path: '/pages/at-once.html?script', act: choosing(pressing('#send'), pressing('#send'), pressing('#send')), sent: ['small'], log: scripted },
  { name: 'Enter pressed three times', path: '/pages/at-once.html?script', act: choosing(enter, enter, enter), sent: ['small'], log: scripted },
  { name: 'Enter pressed, file required', path: '/pages/at-once.html?required', act: choosing(enter), sent: ['small'] },
  { name: 'requestSubmit(), file required', path: '/pages/at-once.html?required&script', act: choosing(pressing('#link')), sent: ['small'], log: ['change Ann.jpg', 'submit nobody', 'sent'] },
  { name: 'submit()', path: '/pages/at-once.html?submit()', act: choosing(pressing('#link')), sent: ['small'] },
  { name: 'a button that reads the form by script', path: '/pages/at-once.html', act: choosing(pressing('#plain')), sent: ['small'], log: ['change Ann.jpg', 'sent'] },
  { name: 'an input outside of its form', path: '/pages/at-once.html', act: async (page, files) => (await choose(page, '#outside', files.small), press(page, '#send')), sent: ['small'] },
  ...['open', 'closed'].flatMap((mode): Case[] => [
    { name: `form-associated element, root ${mode}`, path: `/pages/at-once.html?associated=${mode}`, act: choosing(pressing('#send')), sent: ['small'] },
    { name: `form-associated element that needs a file, root ${mode}`, path: `/pages/at-once.html?associated=${mode}&missing`, act: choosing(pressing('#send')), sent: ['small'] },
  ]),
  { name: 'a menu opened, then Send', path: '/pages/at-once.html?script', act: choosing(pressing('#menu'), pressing('#send')), sent: ['small'] },
  { name: 'form reset', path: '/pages/at-once.html', act: async (page, files) => (await page.setInputFiles('#file', files.small), press(page, '#discard')), sent: [], left: { of: filesIn('#file'), is: [] } },
  {
    name: 'two picks, many files allowed',
    path: '/pages/at-once.html?multiple',
    act: async (page, files) => (await choose(page, '#file', files.small), choose(page, '#file', files.small2)),
    sent: [],
    log: ['change Ann.jpg', 'change Ben.jpg'],
    left: { of: filesIn('#file'), is: ['Ben.jpg'] },
  },
  ...['', ' once more', ' a third time'].map((again, times): Case => ({
    name: `the page left and come back to${again}, then Send`,
    path: '/pages/at-once.html?script',
    act: async (page, files) => {
      const elsewhere = new URL('/pages/frame.html', page.url()).href;
      const leave = async (): Promise<boolean> => {
        await page.evaluate('window.isSame = true');
        await page.goto(elsewhere);
        await page.evaluate('history.back()');
        return page.waitForFunction('window.isSame', null, { timeout: 10_000 }).then(() => true, () => false);
      };
      for (let isSame = false; !isSame; ) {
        await choose(page, '#file', files.small);
        isSame = true;
        // a busy browser may load it anew on the way back: not what is tried here
        for (let time = 0; isSame && time <= times; time += 1) isSame = await leave();
      }
      await press(page, '#send');
    },
    sent: ['small'],
    log: scripted,
  })),
  {
    name: 'two picks by two inputs, then Send',
    path: '/pages/at-once.html?script',
    act: async (page, files) => (await choose(page, '#file', files.small), await choose(page, '#outside', files.small2), press(page, '#send')),
    sent: ['small', 'small2'],
    log: scripted,
  },
  {
    name: 'chat: pasted, then Enter',
    path: '/pages/chat.html',
    act: async (page, files) => (await paste(page, files, '#message'), await page.keyboard.type('look'), page.keyboard.press('Enter')),
    sent: ['smallPng'],
    log: ['look: image.png'],
  },
  { name: 'chat: pasted, then Send', path: '/pages/chat.html', act: async (page, files) => (await paste(page, files, '#message'), press(page, '#send')), sent: ['smallPng'], log: [': image.png'] },
  {
    name: 'chat: attached by a button, then Send',
    path: '/pages/chat.html',
    act: async (page, files) => (await choose(page, '#attach', files.small), press(page, '#send')),
    sent: ['small'],
    log: [': Ann.jpg'],
  },
  {
    name: 'chat: attached twice, then Enter',
    path: '/pages/chat.html',
    act: async (page, files) => {
      await choose(page, '#attach span', files.small);
      await choose(page, '#attach', files.small2);
      await page.focus('#message');
      await page.keyboard.press('Enter');
    },
    sent: ['small', 'small2'],
    log: [': Ann.jpg,Ben.jpg'],
  },
  {
    name: 'chat: dropped twice, then Enter',
    path: '/pages/chat.html',
    act: async (page, files) => {
      await drop(page, '#message', [files.small]);
      await drop(page, '#message', [files.small2]);
      await page.focus('#message');
      await page.keyboard.press('Enter');
    },
    sent: ['small', 'small2'],
    log: [': Ann.jpg,Ben.jpg'],
  },
  {
    name: 'typing on after a paste',
    path: '/pages/chat.html',
    act: async (page, files) => {
      await page.focus('#bare');
      await page.keyboard.type('before ');
      await paste(page, files, '#bare');
      await page.keyboard.type(' and then we went home by train', { delay: 60 });
    },
    sent: [],
    left: { of: pictures('#bare'), is: 'before [picture] and then we went home by train' },
  },
  ...[0, 7, 15].map((delay): Case => ({
    name: `typing on after a paste, a key each ${delay} ms`,
    path: '/pages/chat.html',
    act: async (page, files) => {
      await page.focus('#bare');
      await page.keyboard.type('before ');
      await paste(page, files, '#bare');
      await page.keyboard.type(LONG, { delay });
    },
    sent: [],
    left: { of: pictures('#bare'), is: `before [picture]${LONG}` },
  })),
  {
    name: 'typing on after a paste, in lines',
    path: '/pages/chat.html',
    act: async (page, files) => {
      await page.focus('#plain');
      await page.keyboard.type('one ');
      await paste(page, files, '#plain', '[caption]');
      await page.keyboard.type(' two');
      await page.keyboard.press('Enter');
      await page.keyboard.type('three', { delay: 60 });
    },
    sent: [],
    left: { of: (page) => page.inputValue('#plain'), is: 'one [caption] two\nthree' },
  },
  {
    name: 'two pastes, and typing between',
    path: '/pages/chat.html',
    act: async (page, files) => {
      await paste(page, files, '#bare');
      await page.keyboard.type('between');
      await page.keyboard.press('Control+V');
      await page.keyboard.type('after');
    },
    sent: [],
    left: { of: pictures('#bare'), is: '[picture]between[picture]after' },
  },
];

let site: DemoSite;
let files: Files;

beforeAll(async () => {
  [site, files] = await Promise.all([startDemoSite(), makeFiles()]);
});
afterAll(() => site.close());

describe.each(STATES)('$state the extension', ({ state, extension, expected }) => {
  let browser: TestBrowser;

  beforeAll(async () => {
    browser = await openBrowser({ extension, isQuick: true, keepsPages: true });
  });
  afterAll(() => browser.close());

  it.each(cases)('$name', async ({ name, path, act, sent, log, left }) => {
    site.received.length = 0;
    site.requests.length = 0;
    const page = await browser.open(site.url + path);
    await act(page, files);
    while (site.received.length < sent.length) await page.waitForTimeout(25);
    if (left) await expect.poll(() => left.of(page)).toEqual(left.is);
    if (log) await expect.poll(() => page.evaluate('window.log')).toEqual(log);
    await page.waitForTimeout(extension ? 1500 : 300); // for more, which would be wrong
    const outcomes = await Promise.all(site.received.map(async ({ bytes }, index) => outcomeOf(await readFile(files[sent[index]!]), bytes)));
    expect(outcomes).toEqual(sent.map(() => expected));
    expect(site.requests.filter(({ path: asked }) => asked === '/api/uploads').length).toBe(sent.length > 0 ? 1 : 0);
    if (left) expect(await left.of(page)).toEqual(left.is);
    if (log) expect(await page.evaluate('window.log')).toEqual(log);
    await closeSent(page);
    record({ table: 'atOnce', name, column: state, outcome: sent.length > 0 ? expected : 'as typed or chosen' });
  });
});
