/** What happens to files between the pick and the page: what passes, what is held, and what the user can decide. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openBrowser, type Page } from './support/browser';
import { askedFor, boxOf, closedBy, press, pressByKeyboard, pressOnCard, readNotice, waitForFailure, waitForNotice } from './support/notice';
import { receivedAfter } from './support/routes';
import { browser, files, page, seen, site, useSession } from './support/session';
import { choose, dismiss } from './support/user';

useSession('/pages/attached-input.html');

/** The server has nothing, and the page has seen no event but those given. */
async function expectNothingPassed(events: string[] = []): Promise<void> {
  expect(site.received).toHaveLength(0);
  expect((await seen()).map(({ type }) => type)).toEqual(events);
  expect(await page.evaluate(() => document.querySelector<HTMLInputElement>('#file')!.files!.length)).toBe(0);
}

describe('passes byte for byte', () => {
  it.each(['landscape', 'empty', 'textNamedJpg', 'onePixel', 'pdf'] as const)('%s', async (kind) => {
    await choose(page, '#file', files[kind]);
    const [upload, ...more] = await receivedAfter(site, page, 0);
    expect(more).toHaveLength(0);
    expect(upload!.bytes.equals(await readFile(files[kind]))).toBe(true);
    expect((await seen()).map(({ type }) => type)).toEqual(['input', 'change']);
    expect(await readNotice(page)).toBeNull();
  });
});

it('keeps the order of several files, and cloaks the pictures among them only', async () => {
  await choose(page, '#file', [files.pdf, files.portrait, files.landscape, files.portrait2, files.textNamedJpg]);
  const uploads = await receivedAfter(site, page, 0);
  const order = [files.pdf, files.portrait, files.landscape, files.portrait2, files.textNamedJpg];
  expect(uploads.map(({ name }) => name)).toEqual(order.map((path) => path.slice(files.folder.length + 1)));
  const originals = await Promise.all(order.map((path) => readFile(path)));
  expect(uploads.map(({ bytes }, index) => bytes.equals(originals[index]!))).toEqual([true, false, true, false, true]);
  const notice = await waitForNotice(page, (shown) => Boolean(shown?.text.includes('2 faces cloaked')));
  expect(notice!.text).toContain('In 2 pictures');
});

it('shows the page no file while it is held', async () => {
  const picked = choose(page, '#file', files.large);
  await waitForNotice(page, (notice) => notice?.role === 'status');
  await picked;
  await expectNothingPassed();
  expect(await receivedAfter(site, page, 0)).toHaveLength(1);
});

it('takes the same file again', async () => {
  await choose(page, '#file', files.portrait);
  await receivedAfter(site, page, 0);
  await choose(page, '#file', files.portrait);
  await receivedAfter(site, page, 1);
  const [first, second] = site.received;
  const original = await readFile(files.portrait);
  expect(site.received).toHaveLength(2);
  expect(first!.bytes.equals(original)).toBe(false);
  expect(second!.bytes.equals(original)).toBe(false);
});

it('passes an emptied choice at once', async () => {
  await choose(page, '#file', files.pdf);
  await receivedAfter(site, page, 0);
  await page.setInputFiles('#file', []);
  const last = (await seen()).slice(2);
  expect(last.map(({ type, files: names }) => [type, names])).toEqual([['input', []], ['change', []]]);
});

it.each(['attached', 'detached'])('passes the cancelling of a chooser at once: %s input', async (kind) => {
  await page.evaluate((isDetached) => {
    const { seen: events } = window as unknown as { seen: { type: string; trusted: boolean; files: string[] }[] };
    const input = isDetached ? Object.assign(document.createElement('input'), { type: 'file' }) : document.querySelector<HTMLInputElement>('#file')!;
    for (const type of isDetached ? ['input', 'change', 'cancel'] : []) {
      input.addEventListener(type, (event) => events.push({ type, trusted: event.isTrusted, files: [...input.files!].map(({ name }) => name) }));
    }
    document.body.append(Object.assign(document.createElement('button'), { id: 'opens', textContent: 'choose', onclick: () => input.click() }));
  }, kind === 'detached');
  await dismiss(page, '#opens');
  await page.waitForFunction(() => (window as unknown as { seen: unknown[] }).seen.length > 0);
  expect(await seen()).toEqual([{ type: 'cancel', trusted: true, files: [] }]);
  expect(await readNotice(page)).toBeNull();
});

it('asks about a drawing with a photo in it, and passes one without', async () => {
  const drawing = join(files.folder, 'drawing.svg');
  const photo = (await readFile(files.small)).toString('base64');
  await writeFile(drawing, `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="data:image/jpeg;base64,${photo}"/></svg>`);
  await choose(page, '#file', drawing);
  await waitForFailure(page);
  await expectNothingPassed();
  await press(page, 'Cancel');
  const plain = join(files.folder, 'plain.svg');
  await writeFile(plain, '<svg xmlns="http://www.w3.org/2000/svg"><circle r="4"/></svg>');
  await choose(page, '#file', plain);
  expect((await receivedAfter(site, page, 0))[0]!.bytes.equals(await readFile(plain))).toBe(true);
});

it.each([true, false])('gives the page two quick picks one after the other, many files allowed: %s', async (multiple) => {
  await page.evaluate((many) => (document.querySelector<HTMLInputElement>('#file')!.multiple = many), multiple);
  await page.setInputFiles('#file', files.small);
  await page.setInputFiles('#file', files.small2);
  await expect.poll(() => site.received.map(({ name }) => name)).toEqual(['Ann.jpg', 'Ben.jpg']);
});

it.each(['the first has come', 'the first is held'])('leaves the first choice where a second one is cancelled in the notice: %s', async (when) => {
  await page.goto(`${site.url}/pages/at-once.html`);
  const names = (): Promise<string[]> => page.evaluate(() => [...document.querySelector<HTMLInputElement>('#file')!.files!].map(({ name }) => name));
  await choose(page, '#file', files.small);
  if (when === 'the first has come') await expect.poll(names).toEqual(['Ann.jpg']);
  await page.waitForTimeout(50); // nobody chooses sooner
  await choose(page, '#file', files.truncated);
  await waitForFailure(page);
  await press(page, 'Cancel');
  await expect.poll(names).toEqual(['Ann.jpg']);
  await page.click('#send', { noWaitAfter: true });
  const [upload] = await receivedAfter(site, page, 0);
  expect(upload!.bytes.equals(await readFile(files.small))).toBe(false);
});

it('holds the form until its picture is back in it', async () => {
  await page.goto(`${site.url}/pages/form.html`);
  await page.setInputFiles('#file', files.large);
  await page.click('#send');
  const [upload] = await receivedAfter(site, page, 0);
  expect(upload!.name).toBe('large.jpg');
  expect(upload!.bytes.equals(await readFile(files.large))).toBe(false);
});

it('does not send the form when the user cancels', async () => {
  await page.goto(`${site.url}/pages/form.html`);
  await page.setInputFiles('#file', files.truncated);
  await page.click('#send');
  await waitForFailure(page);
  await press(page, 'Cancel');
  await waitForNotice(page, (notice) => notice === null);
  expect(page.url()).toBe(`${site.url}/pages/form.html`);
  expect(site.requests.filter(({ path }) => path === '/api/uploads')).toHaveLength(0);
});

describe('a picture that cannot be cloaked', () => {
  beforeEach(async () => {
    await choose(page, '#file', files.truncated);
    const notice = await waitForFailure(page);
    expect(notice!.text).toContain('truncated.jpg');
    expect(notice!.buttons).toEqual(['Try again', 'Upload the original', 'Cancel']);
    await expectNothingPassed();
  });

  it('stays held, and can be tried again', async () => {
    await press(page, 'Try again');
    await waitForFailure(page);
    await expectNothingPassed();
  });

  it('goes on as it is when the user says so', async () => {
    await press(page, 'Upload the original');
    const uploads = await receivedAfter(site, page, 0);
    expect(uploads).toHaveLength(1);
    expect(uploads[0]!.bytes.equals(await readFile(files.truncated))).toBe(true);
    expect((await waitForNotice(page, (notice) => notice?.role === 'status'))!.text).toContain('1 picture went on without a cloak');
  });

  it('is dropped when the user cancels, and the page is told', async () => {
    await press(page, 'Cancel');
    await waitForNotice(page, (notice) => notice === null);
    await expectNothingPassed(['cancel']);
  });

  it.each(['Try again', 'Upload the original', 'Cancel'])('can be decided with the keyboard alone: %s', async (choice) => {
    await pressByKeyboard(page, choice);
    if (choice === 'Upload the original') expect(await receivedAfter(site, page, 0)).toHaveLength(1);
    else if (choice === 'Cancel') await waitForNotice(page, (notice) => notice === null);
    else await waitForFailure(page);
    if (choice !== 'Upload the original') await expectNothingPassed(choice === 'Cancel' ? ['cancel'] : []);
  });
});

it('does not take the focus from somebody who is typing; F6 goes to the notice, Escape cancels', async () => {
  await page.evaluate(() => document.body.append(document.createElement('textarea')));
  await page.focus('textarea');
  await page.setInputFiles('#file', files.truncated);
  await waitForFailure(page);
  await page.keyboard.type('still here');
  expect(await page.inputValue('textarea')).toBe('still here');
  await page.keyboard.press('F6');
  await page.keyboard.press('Escape');
  await waitForNotice(page, (notice) => notice === null);
  await expectNothingPassed(['cancel']);
  expect(await page.evaluate(() => document.activeElement?.localName)).toBe('textarea');
});

it('shows the notice inside a modal dialog of the page, where everything else is inert', async () => {
  await page.evaluate(() => {
    const dialog = document.createElement('dialog');
    dialog.append(document.querySelector('#file')!);
    document.body.append(dialog);
    dialog.showModal();
  });
  await choose(page, '#file', files.truncated);
  await waitForFailure(page);
  await press(page, 'Upload the original');
  expect(await receivedAfter(site, page, 0)).toHaveLength(1);
});

it('shows the notice inside a modal dialog in a shadow root', async () => {
  await page.evaluate(() => {
    const root = document.body.appendChild(document.createElement('div')).attachShadow({ mode: 'open' });
    const dialog = root.appendChild(document.createElement('dialog'));
    dialog.append(document.querySelector('#file')!);
    dialog.showModal();
  });
  await choose(page, '#file', files.truncated);
  await waitForFailure(page);
  await press(page, 'Cancel');
  await waitForNotice(page, (notice) => notice === null);
});

it.each([0.2, 4])('has a notice of its own size on a page that is zoomed by %d', async (zoom) => {
  const widthOf = async (): Promise<number> => {
    await page.setInputFiles('#file', files.truncated);
    await waitForFailure(page);
    const [left, , right] = await boxOf(page, 'button', 'Cancel');
    await press(page, 'Cancel');
    await waitForNotice(page, (notice) => notice === null);
    return right - left;
  };
  const usual = await widthOf();
  await page.evaluate((by) => void (document.documentElement.style.zoom = String(by)), zoom);
  expect(Math.abs((await widthOf()) / usual - 1)).toBeLessThan(0.1);
});

it('leaves a popover of the page open when the notice is pressed', async () => {
  await page.evaluate(() => {
    const popover = Object.assign(document.createElement('div'), { popover: 'auto', id: 'composer' });
    popover.append(document.querySelector('#file')!);
    document.body.append(popover);
    popover.showPopover();
  });
  await choose(page, '#file', files.truncated);
  await waitForFailure(page);
  await press(page, 'Try again');
  await waitForFailure(page);
  await press(page, 'Cancel');
  await waitForNotice(page, (notice) => notice === null);
  expect(await page.evaluate(() => document.querySelector('#composer')!.matches(':popover-open'))).toBe(true);
  await expectNothingPassed(['cancel']);
});

it('cloaks what a browser shows of a picture that is cut off half-way', async () => {
  await choose(page, '#file', files.halved);
  const [upload] = await receivedAfter(site, page, 0);
  expect(upload!.name).toBe('halved.jpg');
  expect(upload!.bytes.equals(await readFile(files.halved))).toBe(false);
});

describe('an original', () => {
  beforeEach(async () => {
    await choose(page, '#file', files.truncated);
    await waitForFailure(page);
  });

  const ask = (): Promise<Page> => askedFor(page, () => pressOnCard(page, 'Upload the original'));

  it('goes nowhere by a press in the page', async () => {
    const window = await ask();
    expect(await window.textContent('main')).toContain('truncated.jpg');
    expect(await window.textContent('main')).toContain('demo.localhost');
    await page.waitForTimeout(500);
    await expectNothingPassed();
    await window.close();
  });

  it.each(['Escape', 'Enter', 'closing'])('goes nowhere by %s in the window that asks, and the card still asks', async (how) => {
    const window = await ask();
    if (how === 'closing') await window.close();
    else await closedBy(window, () => window.keyboard.press(how));
    await expectNothingPassed();
    expect((await readNotice(page))!.buttons).toEqual(['Try again', 'Upload the original', 'Cancel']);
    await press(page, 'Upload the original');
    expect(await receivedAfter(site, page, 0)).toHaveLength(1);
  });

  it('cannot be let go by a content script', async () => {
    const reply = await browser.inContentScript<{ ok: boolean }>(
      page,
      `chrome.runtime.sendMessage({ to: 'background', type: 'answerRelease', id: '', answer: { isReleased: true, remember: false } })`,
    );
    expect(reply.ok).toBe(false);
  });
});

it('keeps presses in the notice from the page', async () => {
  await choose(page, '#file', files.truncated);
  await waitForFailure(page);
  await page.evaluate(() => {
    for (const type of ['pointerdown', 'mousedown', 'click', 'keydown']) {
      document.addEventListener(type, (event) => (window as unknown as { seen: unknown[] }).seen.push({ type: event.type }));
    }
  });
  await page.keyboard.press('Tab');
  await press(page, 'Try again');
  await waitForFailure(page);
  await expectNothingPassed();
});

it('lets a failing picture through, and says so, where the user has set it so', async () => {
  await browser.control.evaluate(() => chrome.storage.local.set({ settings: { failurePolicy: 'original' } }));
  await choose(page, '#file', files.truncated);
  const [upload] = await receivedAfter(site, page, 0);
  await browser.control.evaluate(() => chrome.storage.local.clear());
  expect(upload!.bytes.equals(await readFile(files.truncated))).toBe(true);
  expect((await waitForNotice(page, (notice) => notice !== null))!.text).toContain('1 picture went on without a cloak');
});

it('lets the others through when one of several goes on as it is', async () => {
  await choose(page, '#file', [files.portrait, files.truncated]);
  const notice = await waitForFailure(page);
  expect(notice!.text).toContain('1 of 2 files could not be cloaked');
  await press(page, 'Upload the original');
  const uploads = await receivedAfter(site, page, 0);
  const originals = await Promise.all([files.portrait, files.truncated].map((path) => readFile(path)));
  expect(uploads.map(({ bytes }, index) => bytes.equals(originals[index]!))).toEqual([false, true]);
});

describe('when the service worker is lost', () => {
  it('goes on when only the service worker is killed', async () => {
    await choose(page, '#file', files.large);
    await waitForNotice(page, (notice) => notice?.role === 'status');
    await browser.killWorker();
    const uploads = await receivedAfter(site, page, 0);
    expect(uploads).toHaveLength(1);
    expect(uploads[0]!.bytes.equals(await readFile(files.large))).toBe(false);
  });

  it('wakes the service worker for a picture that comes later', async () => {
    await browser.killWorker();
    await choose(page, '#file', files.portrait);
    const uploads = await receivedAfter(site, page, 0);
    expect(uploads[0]!.bytes.equals(await readFile(files.portrait))).toBe(false);
  });
});

it('holds what a page picks after the extension was updated', async () => {
  const own = await openBrowser({ isQuick: true });
  const tab = await own.open(`${site.url}/pages/attached-input.html`);
  await own.reloadExtension();
  await tab.setInputFiles('#file', files.portrait);
  const notice = await waitForFailure(tab);
  expect(notice!.text).toContain('reload this page');
  expect(site.received).toHaveLength(0);
  expect(notice!.buttons).toEqual(['Try again', 'Cancel']); // nobody is left to ask whether the original shall go
  await own.close();
});
