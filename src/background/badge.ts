/** What the toolbar button shows: that it is off or paused, or how many pictures were cloaked on this tab since its page was loaded. */
import { browser } from '../shared/browser';
import { isPaused, readSettings, type Settings } from '../shared/settings';
import { text } from '../shared/text';

const COUNT_COLOUR = '#0f766e';
const REST_COLOUR = '#6b7280';

interface Rest {
  badge: string;
  title: string;
}

const off = (): Rest => ({ badge: text('popup_badge_off'), title: text('popup_title_off') });
const paused = (): Rest => ({ badge: '||', title: text('popup_title_paused') });

function restOf(settings: Settings): Rest | null {
  if (!settings.enabled) return off();
  return isPaused(settings) ? paused() : null;
}

/** For all tabs that have no text of their own. The browser forgets it when it closes. */
export async function showEverywhere(settings: Settings): Promise<void> {
  const rest = restOf(settings);
  await browser.action.setBadgeBackgroundColor({ color: REST_COLOUR });
  await browser.action.setBadgeText({ text: rest?.badge ?? '' });
  await browser.action.setTitle({ title: rest?.title ?? text('common_name') });
}

export async function showOnTab(tabId: number, on: boolean): Promise<void> {
  const { badge, title } = restOf(await readSettings()) ?? off();
  const shown = await browser.action.getBadgeText({ tabId });
  if (on && ![off().badge, paused().badge].includes(shown)) return;
  await browser.action.setBadgeBackgroundColor({ tabId, color: REST_COLOUR });
  // null gives the tab back the text for all tabs
  await browser.action.setBadgeText({ tabId, text: on ? null : badge });
  await browser.action.setTitle({ tabId, title: on ? text('common_name') : title });
}

/** The text itself is the counter: the browser clears it when the tab goes to another page. */
export async function countOnTab(tabId: number): Promise<void> {
  const count = Number.parseInt(await browser.action.getBadgeText({ tabId }), 10) || 0;
  await browser.action.setBadgeBackgroundColor({ tabId, color: COUNT_COLOUR });
  await browser.action.setBadgeText({ tabId, text: String(count + 1) });
}
