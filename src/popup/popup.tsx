/** What the toolbar button shows: this site on or off, a pause, what was cloaked and what it did to recognition. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import icon from '../icons/icon.svg';
import { browser } from '../shared/browser';
import { readPolicy, type Policy } from '../shared/policy';
import { onSettingsChange, readSettings, sitesOf, type Settings } from '../shared/settings';
import { siteOf, type Site } from '../shared/sites';
import { onStatsChange, readRecent, readSummary, type Recent, type Summary } from '../shared/stats';
import { text } from '../shared/text';
import { Button } from '../ui/controls';
import { Icon } from '../ui/icons';
import { mount } from '../ui/mount';
import { History } from './history';
import { Switches, type Tab } from './switches';

const STUDIO = 'src/studio/studio.html';
const RECENT = 3;

/** The address is known to us on the listed sites, and on every other one for as long as the user has the popup open there. */
async function activeTab(): Promise<Tab> {
  const [tab] = await browser.tabs.query({ active: true, lastFocusedWindow: true });
  return { id: tab?.id, url: tab?.url ?? '' };
}

async function openStudio(): Promise<void> {
  await browser.tabs.create({ url: browser.runtime.getURL(STUDIO) });
  window.close();
}

async function openSettings(): Promise<void> {
  await browser.runtime.openOptionsPage();
  window.close();
}

interface Past {
  summary: Summary;
  recent: Recent[];
}

async function readPast(): Promise<Past> {
  const [summary, recent] = await Promise.all([readSummary(), readRecent(RECENT)]);
  return { summary, recent };
}

function Popup({ tab, first, policy }: { tab: Tab; first: Settings; policy: Policy }): JSX.Element {
  const [settings, setSettings] = useState(first);
  const [past, setPast] = useState<Past | null>(null);
  useEffect(() => {
    const refresh = (): void => void readPast().then(setPast);
    onSettingsChange(setSettings);
    onStatsChange(refresh);
    refresh();
  }, []);
  const site: Site | null = siteOf(tab.url, sitesOf(settings));
  return (
    <>
      <header>
        <img src={icon} alt="" width="28" height="28" />
        <h1>{text('common_name')}</h1>
        <Button kind="plain" id="open-studio" onClick={() => void openStudio()}>
          <Icon name="studio" />
          {text('popup_studio')}
        </Button>
        <Button kind="plain" id="open-settings" onClick={() => void openSettings()}>
          <Icon name="settings" />
          {text('popup_settings')}
        </Button>
      </header>
      <main>
        <Switches tab={tab} site={site} settings={settings} policy={policy} />
        {past && <History {...past} sites={sitesOf(settings)} />}
      </main>
      <footer>
        <small>{text('popup_private')}</small>
      </footer>
    </>
  );
}

const [tab, first, policy] = await Promise.all([activeTab(), readSettings(), readPolicy()]);
mount(<Popup tab={tab} first={first} policy={policy} />);
