/**
 * Whether the browser lets the extension onto a site, and asking for it. The listed sites have their permission from the manifest (the user
 * can withhold it all the same); each site that the user adds gets one of its own.
 */
import { browser } from './browser';
import { send } from './messaging';
import { ownSite, ownSiteId } from './ownSites';
import { sitesOf, type Settings } from './settings';
import { matchPatterns, type Site } from './sites';

function permissionFor(sites: Site[]): { origins: string[] } {
  return { origins: sites.flatMap(matchPatterns) };
}

export function hasAccess(site: Site): Promise<boolean> {
  return browser.permissions.contains(permissionFor([site]));
}

/** To be called in the user's click itself, before anything is awaited. False when the user refuses. */
export function requestAccess(sites: Site[]): Promise<boolean> {
  return browser.permissions.request(permissionFor(sites));
}

export async function removeAccess(site: Site): Promise<void> {
  await browser.permissions.remove(permissionFor([site]));
}

/** Calls back when the user has given or taken back a permission, here or in the browser's own settings. */
export function onAccessChange(listener: () => void): void {
  browser.permissions.onAdded.addListener(listener);
  browser.permissions.onRemoved.addListener(listener);
}

/**
 * Protects the site that an address is on. To be called in the user's click itself, before anything is awaited, since the browser asks the
 * user. Null when the user refuses; then nothing has changed. Where the asking page is closed meanwhile, as a popup may be, the
 * background finishes what was permitted.
 * @throws AddressError before anybody is asked
 */
export async function protectSite(address: string, settings: Settings, options: { subdomains?: boolean } = {}): Promise<Site | null> {
  const site = ownSite(ownSiteId(address, sitesOf(settings), options));
  if (!(await requestAccess([site]))) return null;
  await send('background', 'addSites', { sites: [site.id] });
  return site;
}
