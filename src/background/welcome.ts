/** Opens the welcome page once, after the installation. */
import { browser } from '../shared/browser';

/** In the storage, as browsers report the start of an extension that was not packed as its installation. */
const KEY = 'welcomed';

export function welcomeAfterInstallation(): void {
  browser.runtime.onInstalled.addListener(({ reason }) => {
    if (reason === 'install') void welcomeOnce();
  });
}

async function welcomeOnce(): Promise<void> {
  if ((await browser.storage.local.get(KEY))[KEY]) return;
  await browser.storage.local.set({ [KEY]: true });
  await browser.tabs.create({ url: browser.runtime.getURL('src/welcome/welcome.html') });
}
