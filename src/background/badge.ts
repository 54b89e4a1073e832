/** What the toolbar button shows: `off`, or how many pictures were cloaked on this tab since its page was loaded. */
import { browser } from '../shared/browser';

const COUNT_COLOUR = '#0f766e';
const OFF_COLOUR = '#6b7280';
const OFF = 'off';

/** For all tabs that have no text of their own. The browser forgets it when it closes. */
export async function showEverywhere(on: boolean): Promise<void> {
  await browser.action.setBadgeBackgroundColor({ color: OFF_COLOUR });
  await browser.action.setBadgeText({ text: on ? '' : OFF });
}

export async function showOnTab(tabId: number, on: boolean): Promise<void> {
  const text = await browser.action.getBadgeText({ tabId });
  if (on && text !== OFF) return;
  await browser.action.setBadgeBackgroundColor({ tabId, color: OFF_COLOUR });
  // null gives the tab back the text for all tabs
  await browser.action.setBadgeText({ tabId, text: on ? null : OFF });
}

/** The text itself is the counter: the browser clears it when the tab goes to another page. */
export async function countOnTab(tabId: number): Promise<void> {
  const count = Number.parseInt(await browser.action.getBadgeText({ tabId }), 10) || 0;
  await browser.action.setBadgeBackgroundColor({ tabId, color: COUNT_COLOUR });
  await browser.action.setBadgeText({ tabId, text: String(count + 1) });
}
