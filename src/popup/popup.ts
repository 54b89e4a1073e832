/** What the toolbar button shows: switches for this site and for all, and what was cloaked so far. */
import { browser } from '../shared/browser';
import { isTabWatched, send } from '../shared/messaging';
import { isMetadataPolicy, metadataPolicies, type MetadataPolicy } from '../shared/metadataPolicies';
import { onSettingsChange, readSettings, sitesOf, type Settings } from '../shared/settings';
import { siteOf, type Site } from '../shared/sites';
import { isStrength, strengths, type Strength } from '../shared/strengths';
import { onProtection, readSummary, type Summary } from '../shared/stats';

const STRENGTHS: Record<Strength, { name: string; meaning: string }> = {
  gentle: { name: 'Gentle', meaning: 'Hardest to see, protects least' },
  standard: { name: 'Standard', meaning: 'Hard to see, done in a moment' },
  strong: { name: 'Strong', meaning: 'Protects more, may show up close' },
  maximum: { name: 'Maximum', meaning: 'Protects more, takes seconds a face, may show on smooth skin' },
};

const METADATA: Record<MetadataPolicy, { name: string; meaning: string }> = {
  all: { name: 'Keep', meaning: 'Tells when, where and with what a photo was taken' },
  private: { name: 'No place', meaning: 'Location and device serials go, the rest stays' },
  none: { name: 'Drop', meaning: 'Nothing but the picture itself' },
};

const BACKENDS = { webgl: 'Runs on the graphics card', wasm: 'Runs on the processor' };

function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

/** The site is null on a page outside the list: its address is not even shown to us. */
async function activeTab(settings: Settings): Promise<{ id: number | undefined; site: Site | null }> {
  const [tab] = await browser.tabs.query({ active: true, lastFocusedWindow: true });
  return { id: tab?.id, site: siteOf(tab?.url ?? '', sitesOf(settings)) };
}

/** @param isWatched false on a page that was open before the extension was there: nothing is cloaked on it until it is reloaded */
function showSettings({ enabled, disabledSites, strength, metadata }: Settings, site: Site | null, isWatched: boolean): void {
  const all = byId<HTMLInputElement>('all-switch');
  all.disabled = false;
  all.checked = enabled;
  byId('all-state').textContent = enabled ? 'On' : 'Off: pictures go out as they are';

  const one = byId<HTMLInputElement>('site-switch');
  byId('site').textContent = site?.label ?? 'This page';
  one.disabled = !site || !enabled;
  one.checked = Boolean(site && enabled && !disabledSites.includes(site.id));
  byId('reload').hidden = isWatched || !one.checked;
  byId('site-state').textContent = site ? siteState(one.checked, enabled, isWatched) : 'Not on the list of protected sites';

  const chosen = byId<HTMLSelectElement>('strength');
  chosen.disabled = false;
  chosen.value = strength;
  byId('strength-meaning').textContent = STRENGTHS[strength].meaning;

  const kept = byId<HTMLSelectElement>('metadata');
  kept.disabled = false;
  kept.value = metadata;
  byId('metadata-meaning').textContent = METADATA[metadata].meaning;
}

function siteState(isOn: boolean, enabled: boolean, isWatched: boolean): string {
  if (!enabled) return 'Off, as everywhere';
  if (isOn && !isWatched) return 'Not cloaked yet: this page was open before NullSwap. Reload it.';
  return isOn ? 'Faces are cloaked when you upload' : 'Off on this site';
}

function showSummary({ today, allTime, check, backend }: Summary): void {
  const number = new Intl.NumberFormat();
  byId('pictures-today').textContent = number.format(today.pictures);
  byId('pictures-all').textContent = number.format(allTime.pictures);
  byId('faces-today').textContent = number.format(today.faces);
  byId('faces-all').textContent = number.format(allTime.faces);
  byId('no-check').hidden = check !== null;
  byId('check').hidden = check === null;
  if (check) showCheck(check);
  byId('backend').textContent = backend ? BACKENDS[backend] : '';
}

function showCheck({ faces, recognised, before, after }: NonNullable<Summary['check']>): void {
  byId('before').textContent = before.toFixed(2);
  byId('after').textContent = after.toFixed(2);
  byId('verdict').textContent = `Still recognised: ${recognised} of ${faces}`;
}

async function main(): Promise<void> {
  const settings = await readSettings();
  const { id, site } = await activeTab(settings);
  const isWatched = !site || id === undefined || (await isTabWatched(id));
  byId('strength').append(...strengths.map((strength) => new Option(STRENGTHS[strength].name, strength)));
  byId('metadata').append(...metadataPolicies.map((policy) => new Option(METADATA[policy].name, policy)));
  showSettings(settings, site, isWatched);
  onSettingsChange((changed) => showSettings(changed, site, isWatched));
  byId('reload').addEventListener('click', () => {
    void browser.tabs.reload(id);
    window.close();
  });
  byId<HTMLInputElement>('all-switch').addEventListener('change', (event) => {
    void send('background', 'changeSettings', { patch: { enabled: (event.target as HTMLInputElement).checked } });
  });
  byId<HTMLInputElement>('site-switch').addEventListener('change', (event) => {
    if (site) void send('background', 'switchSite', { site: site.id, on: (event.target as HTMLInputElement).checked });
  });

  byId<HTMLSelectElement>('strength').addEventListener('change', (event) => {
    const { value } = event.target as HTMLSelectElement;
    if (isStrength(value)) void send('background', 'changeSettings', { patch: { strength: value } });
  });
  byId<HTMLSelectElement>('metadata').addEventListener('change', (event) => {
    const { value } = event.target as HTMLSelectElement;
    if (isMetadataPolicy(value)) void send('background', 'changeSettings', { patch: { metadata: value } });
  });

  const refresh = async (): Promise<void> => showSummary(await readSummary());
  onProtection(() => void refresh());
  await refresh();
}

void main();
