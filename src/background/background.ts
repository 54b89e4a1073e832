/** The service worker: starts the engine when asked, counts what was protected, keeps settings and the badge. */
import type { CloakReport } from '../engine/types';
import type { MessageSender } from '../shared/browser';
import { serve } from '../shared/messaging';
import { onSettingsChange, readSettings, withSite, writeSettings, type Settings } from '../shared/settings';
import { siteOf } from '../shared/sites';
import { addProtection, announceProtection, protectionOf } from '../shared/stats';
import { countOnTab, showEverywhere, showOnTab } from './badge';
import { ensureEngine } from './engine';

serve(
  'background',
  {
    async ensureEngine() {
      await ensureEngine();
      return null;
    },
    async recordProtection({ report }, sender) {
      await recordProtection(report, sender);
      return null;
    },
    async showState({ on }, sender) {
      if (sender.tab?.id !== undefined) await showOnTab(sender.tab.id, on);
      return null;
    },
    async switchAll({ on }) {
      await change((settings) => ({ ...settings, enabled: on }));
      return null;
    },
    async switchSite({ site, on }) {
      await change((settings) => withSite(settings, site, on));
      return null;
    },
    async chooseStrength({ strength }) {
      await change((settings) => ({ ...settings, strength }));
      return null;
    },
    async chooseMetadata({ metadata }) {
      await change((settings) => ({ ...settings, metadata }));
      return null;
    },
  },
  ['switchAll', 'switchSite', 'chooseStrength', 'chooseMetadata'],
);

async function recordProtection(report: CloakReport, sender: MessageSender): Promise<void> {
  // a frame without an origin of its own (sandboxed, data:) counts for the page it is in
  const site = siteOf(sender.origin ?? '') ?? siteOf(sender.tab?.url ?? '');
  const protection = site && protectionOf(report, site.id, Date.now());
  if (!protection) return;
  await addProtection(protection);
  announceProtection();
  if (sender.tab?.id !== undefined) await countOnTab(sender.tab.id);
}

let lastChange: Promise<void> = Promise.resolve();

/** One at a time, each on top of what the one before has written. */
function change(edit: (settings: Settings) => Settings): Promise<void> {
  const next = async (): Promise<void> => writeSettings(edit(await readSettings()));
  lastChange = lastChange.then(next, next);
  return lastChange;
}

onSettingsChange(({ enabled }) => void showEverywhere(enabled));
void readSettings().then(({ enabled }) => showEverywhere(enabled));
