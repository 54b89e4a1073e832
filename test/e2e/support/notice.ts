/** Reads and presses the in-page notice as assistive technology does: its shadow root is closed to everything else. */
import type { CDPSession, Page } from 'playwright-core';
import { PATIENCE_MS } from './browser';

interface AccessibleNode {
  role?: { value: string };
  name?: { value: string };
  value?: { value: unknown };
  ignored?: boolean;
  backendDOMNodeId?: number;
  properties?: { name: string; value: { value?: unknown } }[];
}

export interface NoticeState {
  /** `status` while working and when done, `alertdialog` when the user must choose. */
  role: string;
  text: string;
  buttons: string[];
  /** Percent, as its bar shows; null where there is no bar, or it shows that something goes on only. */
  progress: number | null;
}

const sessions = new WeakMap<Page, Promise<CDPSession>>();

function sessionOf(page: Page): Promise<CDPSession> {
  let session = sessions.get(page);
  if (!session) sessions.set(page, (session = page.context().newCDPSession(page)));
  return session;
}

/** The notice's root among the page's accessibility nodes, with all that is in it; empty when there is none. */
async function nodesOf(page: Page): Promise<AccessibleNode[]> {
  const session = await sessionOf(page);
  const { nodes } = (await session.send('Accessibility.getFullAXTree')) as { nodes: (AccessibleNode & { nodeId: string; childIds?: string[] })[] };
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const root = nodes.find((node) => !node.ignored && ['status', 'alertdialog'].includes(node.role?.value ?? ''));
  const collect = (node: (typeof nodes)[number] | undefined): AccessibleNode[] =>
    node ? [node, ...(node.childIds ?? []).flatMap((id) => collect(byId.get(id)))] : [];
  return collect(root);
}

export async function readNotice(page: Page): Promise<NoticeState | null> {
  const nodes = await nodesOf(page);
  if (nodes.length === 0) return null;
  const named = (role: string): string[] => nodes.filter((node) => node.role?.value === role).map((node) => node.name?.value ?? '');
  const bar = nodes.find((node) => node.role?.value === 'progressbar');
  const progress = typeof bar?.value?.value === 'number' ? bar.value.value : null;
  return { role: nodes[0]!.role!.value, text: named('StaticText').join(' '), buttons: named('button'), progress };
}

/** Waits until the notice says so; fails with what it said last. */
export async function waitForNotice(page: Page, isRight: (notice: NoticeState | null) => boolean, timeoutMs = PATIENCE_MS): Promise<NoticeState | null> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const notice = await readNotice(page);
    if (isRight(notice)) return notice;
    if (Date.now() > until) throw new Error(`The notice last said ${JSON.stringify(notice)}`);
    await page.waitForTimeout(100);
  }
}

export function waitForFailure(page: Page): Promise<NoticeState | null> {
  return waitForNotice(page, (notice) => notice?.role === 'alertdialog');
}

/** A press sooner than that after a card has come is taken for one that was meant for the page. */
const SETTLES_MS = 500;

/** Buttons after which the extension asks once more, in a window of its own. */
const RELEASES = ['Upload the original', 'Upload the originals', 'Use the original instead'];

/** A real mouse click on the button with this label; where it lets originals go, in the extension's window too. */
export async function press(page: Page, label: string): Promise<void> {
  if (!RELEASES.includes(label)) return pressOnCard(page, label);
  const window = await askedFor(page, () => pressOnCard(page, label));
  return closedBy(window, () => window.click('.danger'));
}

/** Ends when what the act does there has closed the window; that may be before the act itself is over (a key still down, a click half told). */
export async function closedBy(window: Page, act: () => Promise<void>): Promise<void> {
  await Promise.all([window.waitForEvent('close'), act().catch(() => {})]);
}

/** On the card alone. */
export async function pressOnCard(page: Page, label: string): Promise<void> {
  await click(page, 'button', label);
}

/** The window in which the extension asks after this. */
export async function askedFor(page: Page, act: () => Promise<void>): Promise<Page> {
  await act();
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await page.waitForTimeout(50)) {
    const window = page.context().pages().find((each) => each.url().includes('/release.html'));
    if (!window) continue;
    await window.waitForSelector('.danger');
    return window;
  }
  throw new Error('The extension opened no window to ask in.');
}

/** The same on the box with this label. */
export async function tick(page: Page, label: string): Promise<void> {
  await click(page, 'checkbox', label);
}

async function click(page: Page, role: string, label: string): Promise<void> {
  await page.waitForTimeout(SETTLES_MS);
  const [left, top, right, bottom] = await boxOf(page, role, label);
  await page.mouse.click((left + right) / 2, (top + bottom) / 2);
}

/** Left, top, right and bottom in the window. */
export async function boxOf(page: Page, role: string, label: string): Promise<[number, number, number, number]> {
  const target = (await nodesOf(page)).find((node) => node.role?.value === role && node.name?.value === label);
  if (!target) throw new Error(`The notice has no ${role} “${label}”.`);
  const { model } = await (await sessionOf(page)).send('DOM.getBoxModel', { backendNodeId: target.backendDOMNodeId! });
  const [left, top, , , right, bottom] = model.content as [number, number, number, number, number, number];
  return [left, top, right, bottom];
}

/** The same with the keyboard alone: F6 to the notice, Tab to the button, Enter. */
export async function pressByKeyboard(page: Page, label: string): Promise<void> {
  await page.keyboard.press('F6');
  for (let tabs = 0; tabs < 10; tabs += 1) {
    await page.keyboard.press('Tab');
    const focused = (await nodesOf(page)).find((node) => node.properties?.some(({ name, value }) => name === 'focused' && value.value === true));
    if (focused?.role?.value !== 'button' || focused.name?.value !== label) continue;
    if (!RELEASES.includes(label)) return page.keyboard.press('Enter');
    const window = await askedFor(page, () => page.keyboard.press('Enter'));
    await window.keyboard.press('Shift+Tab'); // the focus is on what lets nothing go
    return closedBy(window, () => window.keyboard.press('Enter'));
  }
  throw new Error(`No way by Tab to a button “${label}” in the notice.`);
}
