/** The keyboard shortcuts of the manifest; the one that opens the popup needs nobody. */
import { browser } from '../shared/browser';
import { isPaused, isSiteOn, readSettings, sitesOf, withSite } from '../shared/settings';
import { siteOf } from '../shared/sites';
import { change } from './settings';

export function watchShortcuts(): void {
  browser.commands.onCommand.addListener((command, tab) => {
    if (command === 'toggle-site') void toggleSite(tab?.url ?? '');
    if (command === 'toggle-all') void toggleAll();
  });
}

/** Where there is nothing to switch at once, the popup says what can be done. */
async function toggleSite(url: string): Promise<void> {
  const settings = await readSettings();
  const site = siteOf(url, sitesOf(settings));
  if (site && settings.enabled && !isPaused(settings)) await change((latest) => withSite(latest, site.id, !isSiteOn(latest, site.id)));
  else await browser.action.openPopup();
}

function toggleAll(): Promise<void> {
  return change((settings) => ({ ...settings, enabled: !settings.enabled || isPaused(settings), pausedUntil: 0 }));
}
