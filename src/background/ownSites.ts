/**
 * Sites beyond the manifest's list, each with a permission that the user gave for it alone: there the very same two content scripts
 * are registered. The browser keeps them across restarts and drops them at an update; the user can take a permission back at any
 * time in the browser's own settings. So what is registered is made anew from what is wished for and permitted, whenever either
 * may have changed.
 */
import { hasAccess, onAccessChange, removeAccess } from '../shared/access';
import { browser } from '../shared/browser';
import { ownSite, ownSiteOfPattern } from '../shared/ownSites';
import { onSettingsChange, readSettings, sitesOf, withoutOwnSite, type Settings } from '../shared/settings';
import { matchPatterns, siteOf, sites } from '../shared/sites';
import { change } from './settings';

type ContentScript = Parameters<typeof browser.scripting.registerContentScripts>[0][number];
/** As the polyfill's types do not know it yet. */
type ManifestScript = NonNullable<ReturnType<typeof browser.runtime.getManifest>['content_scripts']>[number] & { world?: ContentScript['world'] };

/** Without those that are covered by another. */
export async function addSites(ids: string[]): Promise<void> {
  await change((settings) => ids.reduce(withOwnSite, settings));
  await register();
}

function withOwnSite(settings: Settings, id: string): Settings {
  const { scheme, label } = ownSite(id);
  return siteOf(`${scheme}://${label}`, sitesOf(settings)) ? settings : { ...settings, ownSites: [...settings.ownSites, id] };
}

export async function removeSite(id: string): Promise<void> {
  await change((settings) => withoutOwnSite(settings, id));
  if ((await readSettings()).ownSites.includes(id)) return; // the organisation's
  await removeAccess(ownSite(id));
  await register();
}

/** One at a time: each looks at how things are when its turn comes. */
let lastRegistration: Promise<void> = Promise.resolve();

function register(): Promise<void> {
  lastRegistration = lastRegistration.then(registerPermitted, registerPermitted);
  return lastRegistration;
}

async function registerPermitted(): Promise<void> {
  const { ownSites } = await readSettings();
  const permitted = await Promise.all(ownSites.map(async (id) => ((await hasAccess(ownSite(id))) ? matchPatterns(ownSite(id)) : [])));
  const scripts = scriptsFor(permitted.flat().sort());
  const registered = await browser.scripting.getRegisteredContentScripts();
  if (isSame(registered, scripts)) return;
  if (registered.length > 0) await browser.scripting.unregisterContentScripts();
  if (scripts.length > 0) await browser.scripting.registerContentScripts(scripts);
}

/** The manifest's content scripts on other sites; on those of the list they run already. */
function scriptsFor(matches: string[]): ContentScript[] {
  const listed = (browser.runtime.getManifest().content_scripts ?? []) as ManifestScript[];
  return matches.length === 0
    ? []
    : listed.map(({ js = [], world = 'ISOLATED' }) => ({
        id: world,
        world,
        js,
        matches,
        excludeMatches: sites.flatMap(matchPatterns),
        runAt: 'document_start',
        allFrames: true,
        matchOriginAsFallback: true,
        persistAcrossSessions: true,
      }));
}

/** The files have other names after an update. */
function isSame(registered: ContentScript[], scripts: ContentScript[]): boolean {
  const essence = (list: ContentScript[]): string =>
    JSON.stringify(list.map(({ id, js = [], matches = [] }) => [id, js.map((path) => path.replace(/^\//, '')), [...matches].sort()]).sort());
  return essence(registered) === essence(scripts);
}

export function keepSitesRegistered(): void {
  browser.permissions.onAdded.addListener(({ origins = [] }) => {
    // the page that asked may have been closed by the browser's own question
    void addSites(origins.flatMap((pattern) => ownSiteOfPattern(pattern) ?? []));
  });
  onAccessChange(() => void register());
  onSettingsChange(() => void register());
  void register();
}
