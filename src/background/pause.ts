/**
 * Tidies up when a pause is over. What is protected does not depend on it: whoever reads the settings looks at the clock. But open
 * pages and the badge hear of the end only by a change of the settings.
 */
import { browser } from '../shared/browser';
import { isPaused, onSettingsChange, readSettings, type Settings } from '../shared/settings';
import { change } from './settings';

const ALARM = 'pause';

export function watchPause(): void {
  const look = (): void => void readSettings().then(schedule);
  browser.alarms.onAlarm.addListener(({ name }) => {
    if (name === ALARM) look();
  });
  onSettingsChange((settings) => void schedule(settings));
  look();
}

async function schedule(settings: Settings): Promise<void> {
  if (isPaused(settings)) browser.alarms.create(ALARM, { when: settings.pausedUntil });
  else if (settings.pausedUntil > 0) await change((latest) => (isPaused(latest) ? latest : { ...latest, pausedUntil: 0 }));
  else await browser.alarms.clear(ALARM);
}
