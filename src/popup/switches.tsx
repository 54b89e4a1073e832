/** The upper part of the popup: this site on or off, everything on, off or paused. Each switch shows what holds, not what was pressed. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { hasAccess, onAccessChange, protectSite, requestAccess } from '../shared/access';
import { browser } from '../shared/browser';
import { send, watchOf, type Watch } from '../shared/messaging';
import { AddressError, ownSite, ownSiteId } from '../shared/ownSites';
import { isLocked, type Policy } from '../shared/policy';
import { isPaused, isSiteOn, sitesOf, type Settings } from '../shared/settings';
import type { Site } from '../shared/sites';
import { dateTime, text } from '../shared/text';
import { Button, Switch } from '../ui/controls';
import { Icon } from '../ui/icons';

const PAUSE_MS = 3600_000;

export interface Tab {
  id: number | undefined;
  /** Empty where the browser does not tell. */
  url: string;
}

interface Props {
  tab: Tab;
  /** The known site that the tab is on. */
  site: Site | null;
  settings: Settings;
  policy: Policy;
}

export function Switches(props: Props): JSX.Element {
  return (
    <section class="card" aria-label={text('popup_protection')}>
      <ThisSite {...props} />
      <AllSites {...props} />
    </section>
  );
}

/** What is to be said of the site on the tab, and whether it can be switched. */
interface SiteState {
  label: string;
  detail: string;
  isOn: boolean;
  disabled?: boolean;
}

function ThisSite({ tab, site, settings, policy }: Props): JSX.Element {
  const [access, setAccess] = useState(true);
  const [watch, setWatch] = useState<Watch>('whole');
  const [problem, setProblem] = useState('');
  const id = site?.id;
  useEffect(() => {
    const refresh = (): void => {
      if (!site) return;
      void hasAccess(site).then(setAccess);
      if (tab.id !== undefined) void watchOf(tab.id).then(setWatch);
    };
    onAccessChange(refresh);
    refresh();
  }, [id]);

  const { label, detail, isOn, disabled } = site ? knownSite(site, settings, access, watch) : unknownSite(tab.url, settings);
  const toggle = async (on: boolean): Promise<void> => {
    setProblem('');
    try {
      // the browser asks nothing where it has been permitted, and wants the click itself where it asks
      const permitted = !on || (site ? access || (await requestAccess([site])) : await protectSite(tab.url, settings));
      if (!permitted) setProblem(text('popup_site_refused'));
      else if (site) await send('background', 'switchSite', { site: site.id, on });
    } catch {
      setProblem(text('popup_site_failed'));
    }
  };
  return (
    <>
      <Switch id="site-switch" label={label} detail={problem || detail} disabled={disabled ?? (site !== null && access && policy.sites.includes(site.id))} checked={isOn} onChange={(on) => void toggle(on)} />
      {isOn && watch === 'none' && tab.id !== undefined && (
        <p class="action">
          <Button kind="plain" id="reload" onClick={() => void reload(tab.id!)}>
            <Icon name="reload" />
            {text('popup_reload')}
          </Button>
        </p>
      )}
    </>
  );
}

async function reload(tabId: number): Promise<void> {
  await browser.tabs.reload(tabId);
  window.close();
}

/** What is said of a site that is on. */
const STATES = { whole: 'popup_site_on', partly: 'popup_site_partly', none: 'popup_site_reload' } as const;

function knownSite(site: Site, settings: Settings, access: boolean, watch: Watch): SiteState {
  const { label } = site;
  if (!settings.enabled) return { label, detail: text('popup_site_off_everywhere'), isOn: false, disabled: true };
  if (isPaused(settings)) return { label, detail: text('popup_site_paused'), isOn: false, disabled: true };
  if (!access) return { label, detail: text('popup_site_no_access'), isOn: false };
  if (!isSiteOn(settings, site.id)) return { label, detail: text('popup_site_off'), isOn: false };
  return { label, detail: text(STATES[watch]), isOn: true };
}

function unknownSite(url: string, settings: Settings): SiteState {
  try {
    const { label } = ownSite(ownSiteId(url, sitesOf(settings)));
    return { label, detail: text('popup_site_unlisted'), isOn: false };
  } catch (error) {
    const isPlain = error instanceof AddressError && error.problem === 'unencrypted';
    return { label: text('popup_this_page'), detail: text(isPlain ? 'popup_site_unencrypted' : 'popup_site_none'), isOn: false, disabled: true };
  }
}

function AllSites({ settings, policy }: Props): JSX.Element {
  const paused = isPaused(settings);
  const [, endPause] = useState(0);
  useEffect(() => {
    if (!paused) return undefined;
    const timer = setTimeout(() => endPause(Date.now()), settings.pausedUntil - Date.now());
    return () => clearTimeout(timer);
  }, [settings.pausedUntil]);

  const locked = isLocked(policy, 'enabled');
  const change = (patch: Partial<Settings>): void => void send('background', 'changeSettings', { patch });
  return (
    <>
      <Switch id="all-switch" label={text('popup_all_sites')} detail={stateOfAll(settings, paused)} disabled={locked} checked={settings.enabled && !paused} onChange={(enabled) => change({ enabled, pausedUntil: 0 })} />
      {settings.enabled && !locked && (
        <p class="action">
          <Button kind="plain" id="pause" onClick={() => change({ pausedUntil: paused ? 0 : Date.now() + PAUSE_MS })}>
            <Icon name={paused ? 'play' : 'pause'} />
            {text(paused ? 'popup_resume' : 'popup_pause')}
          </Button>
        </p>
      )}
    </>
  );
}

function stateOfAll({ enabled, pausedUntil }: Settings, paused: boolean): string | undefined {
  if (!enabled) return text('popup_all_off');
  return paused ? text('popup_all_paused', dateTime(pausedUntil, { timeStyle: 'short' })) : undefined;
}
