/** Which sites are protected: the listed ones, and those that the user adds by address. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { hasAccess, onAccessChange, protectSite, requestAccess } from '../shared/access';
import { send } from '../shared/messaging';
import { AddressError } from '../shared/ownSites';
import { isPaused, sitesOf, type Settings } from '../shared/settings';
import type { Site } from '../shared/sites';
import { dateTime, plural, text } from '../shared/text';
import { Button, Card, Switch } from '../ui/controls';
import { Icon } from '../ui/icons';
import { change, lock } from './change';
import type { Chosen } from './options';

export function Sites({ settings, policy }: Chosen): JSX.Element {
  const known = sitesOf(settings);
  const open = useAccess(known);
  const [wanted, setWanted] = useState('');
  const [said, setSaid] = useState('');
  const list = useRef<HTMLDivElement>(null);

  const remove = async (site: Site): Promise<void> => {
    await send('background', 'removeSite', { site: site.id });
    setSaid(text('settings_site_removed', site.label));
    list.current?.focus(); // the button that was pressed is gone
  };
  const shown = known.filter((site) => matches(site, wanted));
  const row = (site: Site): JSX.Element => (
    <SiteRow
      key={site.id}
      site={site}
      settings={settings}
      isOpen={open.get(site.id) ?? true}
      isLocked={policy.sites.includes(site.id)}
      onRemove={isOwn(site, settings) && !policy.sites.includes(site.id) ? () => void remove(site) : undefined}
    />
  );
  const [own, listed] = [shown.filter((site) => isOwn(site, settings)), shown.filter((site) => !isOwn(site, settings))];
  return (
    <Card id="sites" title={text('settings_sites')}>
      <Switch
        id="enabled"
        label={text('settings_enabled')}
        {...lock(policy, 'enabled', stateOfAll(settings))}
        checked={settings.enabled}
        onChange={(enabled) => change({ enabled, pausedUntil: 0 })}
      />
      {isPaused(settings) && (
        <p>
          <Button id="resume" onClick={() => change({ pausedUntil: 0 })}>
            <Icon name="play" />
            {text('settings_resume')}
          </Button>
        </p>
      )}
      <AddSite settings={settings} onAdded={(site) => setSaid(text('settings_site_added', site.label))} />
      <p class="said" role="status">
        {said}
      </p>
      <label class="field">
        <b>{text('settings_search')}</b>
        <input id="search" type="search" value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />
      </label>
      <div ref={list} tabIndex={-1} class="site-list">
        {own.length > 0 && <SiteGroup id="own-sites" title={text('settings_own_sites')} rows={own.map(row)} />}
        {listed.length > 0 && <SiteGroup id="listed-sites" title={text('settings_listed_sites')} rows={listed.map(row)} />}
      </div>
      <p class="quiet" role="status">
        {wanted && (shown.length > 0 ? plural('settings_found', shown.length) : text('settings_found_none'))}
      </p>
    </Card>
  );
}

function SiteGroup({ id, title, rows }: { id: string; title: string; rows: JSX.Element[] }): JSX.Element {
  return (
    <section aria-labelledby={`${id}-title`}>
      <h3 id={`${id}-title`}>{title}</h3>
      <ul id={id} class="rows">
        {rows}
      </ul>
    </section>
  );
}

interface SiteRowProps {
  site: Site;
  settings: Settings;
  /** The browser lets the extension onto it. */
  isOpen: boolean;
  /** The organisation's. */
  isLocked: boolean;
  onRemove: (() => void) | undefined;
}

function SiteRow({ site, settings, isOpen, isLocked, onRemove }: SiteRowProps): JSX.Element {
  const isOn = !settings.disabledSites.includes(site.id);
  const details = [hostsOf(site), !isOpen && text('settings_no_access'), isLocked && text('settings_locked')];
  const toggle = async (on: boolean): Promise<void> => {
    // before anything is awaited: the browser asks only in the click itself
    if (on && !isOpen && !(await requestAccess([site]))) return;
    await send('background', 'switchSite', { site: site.id, on });
  };
  return (
    <li class={isOpen ? 'site' : 'site closed'} data-site={site.id}>
      <Switch
        id={`site-${site.id}`}
        label={site.label}
        detail={details.filter(Boolean).join(' · ') || undefined}
        disabled={!settings.enabled || (isLocked && isOpen)}
        checked={isOn && isOpen}
        onChange={(on) => void toggle(on)}
      />
      {onRemove && (
        <Button kind="plain" aria-label={text('settings_remove_site', site.label)} title={text('settings_remove_site', site.label)} onClick={onRemove}>
          <Icon name="bin" />
        </Button>
      )}
    </li>
  );
}

function AddSite({ settings, onAdded }: { settings: Settings; onAdded(site: Site): void }): JSX.Element {
  const [address, setAddress] = useState('');
  const [subdomains, setSubdomains] = useState(true);
  const [problem, setProblem] = useState('');
  const submit = async (): Promise<void> => {
    setProblem('');
    try {
      // before anything is awaited: the browser asks only in the click itself
      const site = await protectSite(address, settings, { subdomains });
      if (!site) return setProblem(text('settings_refused'));
      setAddress('');
      onAdded(site);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  return (
    <form
      id="add-site"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <label class="field">
        <b>{text('settings_add_site')}</b>
        <input
          id="address"
          type="text"
          inputMode="url"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          dir="ltr"
          placeholder={text('settings_address_example')}
          value={address}
          aria-invalid={problem !== ''}
          aria-describedby="address-problem"
          onInput={(event) => setAddress(event.currentTarget.value)}
        />
      </label>
      <button id="add" type="submit" class="button primary">
        <Icon name="add" />
        {text('settings_add')}
      </button>
      <label class="check">
        <input id="subdomains" type="checkbox" checked={subdomains} onChange={(event) => setSubdomains(event.currentTarget.checked)} />
        {text('settings_subdomains')}
      </label>
      <p id="address-problem" class="problem" role="alert">
        {problem}
      </p>
    </form>
  );
}

function problemOf(error: unknown): string {
  if (!(error instanceof AddressError)) return text('settings_add_failed');
  if (error.problem === 'known') return text('settings_address_known', error.site!.label);
  return text(`settings_address_${error.problem}`);
}

function stateOfAll(settings: Settings): string | undefined {
  if (!settings.enabled) return text('settings_enabled_off');
  return isPaused(settings) ? text('settings_paused', dateTime(settings.pausedUntil, { timeStyle: 'short' })) : undefined;
}

function isOwn(site: Site, { ownSites }: Settings): boolean {
  return ownSites.includes(site.id);
}

/** Where the label does not say it. */
function hostsOf({ id, label, hosts }: Site): string {
  if (id.includes('*')) return text('settings_with_subdomains');
  const names = hosts.map((host) => host.replace('=', ''));
  if (names.length === 1 && names[0] === label) return '';
  // isolated: they run from left to right in every language
  return `\u2066${names.slice(0, 2).join(', ')}${names.length > 2 ? ', …' : ''}\u2069`;
}

function matches({ label, hosts }: Site, wanted: string): boolean {
  const sought = wanted.trim().toLowerCase();
  return [label, ...hosts].some((name) => name.toLowerCase().includes(sought));
}

/** Which sites the browser lets the extension onto, by id; those that are not asked about yet are missing. */
function useAccess(known: Site[]): Map<string, boolean> {
  const [open, setOpen] = useState(new Map<string, boolean>());
  const latest = useRef(known);
  latest.current = known;
  const refresh = async (): Promise<void> => {
    const { current } = latest;
    const answers = await Promise.all(current.map(hasAccess));
    setOpen(new Map(current.map(({ id }, index) => [id, answers[index]!])));
  };
  useEffect(() => void refresh(), [known.map(({ id }) => id).join()]);
  useEffect(() => onAccessChange(() => void refresh()), []);
  return open;
}
