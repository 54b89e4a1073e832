/** The service worker: starts the engine when asked, counts what was protected, keeps settings and the badge. */
import { CloakError, type CloakReport } from '../engine/types';
import { closeStorageToContentScripts, type MessageSender } from '../shared/browser';
import { failureChoices } from '../shared/choices';
import { serve, tellPages } from '../shared/messaging';
import { isOwnSiteId } from '../shared/ownSites';
import { onSettingsChange, pageSettings, parsePatch, readSettings, sitesOf, withChoice, withSite, type Settings } from '../shared/settings';
import { siteOf, type Site } from '../shared/sites';
import { addProtection, clearThumbnails, protectionOf } from '../shared/stats';
import { fromThumbnail } from '../shared/thumbnail';
import { countOnTab, showEverywhere, showOnTab } from './badge';
import { watchContextMenu } from './contextMenu';
import { ensureEngine } from './engine';
import { addSites, keepSitesRegistered, removeSite } from './ownSites';
import { watchPause } from './pause';
import { answerRelease, askRelease, releaseQuestion } from './release';
import { change } from './settings';
import { watchShortcuts } from './shortcuts';
import { welcomeAfterInstallation } from './welcome';

void closeStorageToContentScripts();

serve(
  'background',
  {
    async ensureEngine({ isSilent }) {
      await ensureEngine(isSilent);
      return null;
    },
    async recordProtection({ report, thumbnail }, sender) {
      await recordProtection(report, thumbnail, sender);
      return null;
    },
    async pageSettings(_request, sender) {
      const settings = await readSettings();
      return pageSettings(settings, siteOfSender(settings, sender)?.id ?? null);
    },
    async showState({ on }, sender) {
      if (sender.tab?.id !== undefined) await showOnTab(sender.tab.id, on);
      return null;
    },
    async rememberChoice({ choice }, sender) {
      const site = siteOfSender(await readSettings(), sender);
      if (site && (choice === null || failureChoices.includes(choice))) await change((settings) => withChoice(settings, site.id, choice));
      return null;
    },
    askRelease: ({ names, remember }, sender) => askRelease({ names, remember }, sender),
    releaseQuestion: ({ id }) => releaseQuestion(id),
    answerRelease({ id, answer }) {
      answerRelease(id, answer);
      return null;
    },
    async changeSettings({ patch }) {
      const sound = parsePatch(patch);
      if (!sound) throw new CloakError('not_allowed');
      await change((settings) => ({ ...settings, ...sound }));
      return null;
    },
    async switchSite({ site, on }) {
      await change((settings) => withSite(settings, site, on));
      return null;
    },
    async addSites({ sites }) {
      await addSites(sites.filter(isOwnSiteId));
      return null;
    },
    async removeSite({ site }) {
      if (isOwnSiteId(site)) await removeSite(site);
      return null;
    },
  },
  ['releaseQuestion', 'answerRelease', 'changeSettings', 'switchSite', 'addSites', 'removeSite'],
);

/** A frame without an origin of its own (sandboxed, data:) counts for the page it is in. */
function siteOfSender(settings: Settings, sender: MessageSender): Site | null {
  const known = sitesOf(settings);
  return siteOf(sender.origin ?? '', known) ?? siteOf(sender.tab?.url ?? '', known);
}

/** @param thumbnail of the cloaked picture, where the page it reached has been told to keep small ones */
async function recordProtection(report: CloakReport, thumbnail: string | null, sender: MessageSender): Promise<void> {
  const settings = await readSettings();
  const site = siteOfSender(settings, sender);
  const protection = site && protectionOf(report, site.id, Date.now());
  if (!protection) return;
  // what is done in a private window leaves no trace
  if (!sender.tab?.incognito) await addProtection(protection, settings.thumbnails ? fromThumbnail(thumbnail) : null);
  if (sender.tab?.id !== undefined) await countOnTab(sender.tab.id);
}

onSettingsChange((settings) => {
  void tellPages('settingsChanged');
  void showEverywhere(settings);
  if (!settings.thumbnails) void clearThumbnails();
});
void readSettings().then(showEverywhere);
watchPause();
watchShortcuts();
watchContextMenu();
welcomeAfterInstallation();
keepSitesRegistered();
