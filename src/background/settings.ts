/** The one writer of the user's settings. */
import { readUserSettings, writeUserSettings, type Settings } from '../shared/settings';

let lastChange: Promise<void> = Promise.resolve();

/** One at a time, each on top of what the one before has written. */
export function change(edit: (settings: Settings) => Settings): Promise<void> {
  const next = async (): Promise<void> => writeUserSettings(edit(await readUserSettings()));
  lastChange = lastChange.then(next, next);
  return lastChange;
}
