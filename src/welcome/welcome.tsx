/** Opens once after the installation: what it does, where, and what it does not do. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { browser } from '../shared/browser';
import { stillMatched } from '../shared/measured.json';
import { send } from '../shared/messaging';
import { readPolicy, type Policy } from '../shared/policy';
import { onSettingsChange, readSettings, type Settings } from '../shared/settings';
import { sites } from '../shared/sites';
import { number, text } from '../shared/text';
import { Button, Switch } from '../ui/controls';
import { Icon } from '../ui/icons';
import type { IconName } from '../ui/iconPaths';
import { mount } from '../ui/mount';
import { PageHeader } from '../ui/page-header';
import { Demonstration } from './demonstration';

function Welcome({ settings: first, policy }: { settings: Settings; policy: Policy }): JSX.Element {
  const [settings, setSettings] = useState(first);
  useEffect(() => onSettingsChange(setSettings), []);
  return (
    <>
      <PageHeader title={text('common_name')} detail={text('common_description')} />
      <main>
        <div class="hero">
          <div>
            <h2 class="title">{text('welcome_title')}</h2>
            <p>{text('welcome_lead')}</p>
            <Steps />
          </div>
          <Demonstration strength={first.strength} />
        </div>
        <SiteChoice settings={settings} policy={policy} />
        <Limits />
        <section class="card end">
          <h2 class="title">{text('welcome_end')}</h2>
          <p class="quiet">{text('welcome_privacy_short')}</p>
          <p class="actions">
            <a id="studio" class="button primary" href="../studio/studio.html">
              <Icon name="studio" />
              {text('welcome_studio')}
            </a>
            <a id="privacy" class="button" href="./privacy.html">
              <Icon name="lock" />
              {text('welcome_privacy_link')}
            </a>
          </p>
        </section>
      </main>
    </>
  );
}

function Steps(): JSX.Element {
  const steps: [IconName, string, string][] = [
    ['picture', text('welcome_step_upload'), text('welcome_step_upload_detail')],
    ['cloaked', text('welcome_step_cloak'), text('welcome_step_cloak_detail')],
    ['check', text('welcome_step_site'), text('welcome_step_site_detail')],
  ];
  return (
    <ol class="steps">
      {steps.map(([icon, name, detail]) => (
        <li key={icon}>
          <Icon name={icon} />
          <div>
            <h3>{name}</h3>
            <p class="quiet">{detail}</p>
          </div>
        </li>
      ))}
    </ol>
  );
}

function SiteChoice({ settings, policy }: { settings: Settings; policy: Policy }): JSX.Element {
  const choose = (site: string, on: boolean): void => void send('background', 'switchSite', { site, on });
  const chooseAll = (on: boolean): void => {
    const others = settings.disabledSites.filter((id) => !sites.some((site) => site.id === id));
    void send('background', 'changeSettings', { patch: { disabledSites: on ? others : [...others, ...sites.map(({ id }) => id)] } });
  };
  return (
    <section class="card" aria-labelledby="sites-title">
      <div class="heading">
        <div>
          <h2 id="sites-title" class="title">
            {text('welcome_sites')}
          </h2>
          <p class="quiet">{text('welcome_sites_detail')}</p>
        </div>
        <p class="actions">
          <Button id="all-on" onClick={() => chooseAll(true)}>
            {text('welcome_sites_all')}
          </Button>
          <Button id="all-off" onClick={() => chooseAll(false)}>
            {text('welcome_sites_none')}
          </Button>
        </p>
      </div>
      <div class="sites">
        {sites.map(({ id, label }) => (
          <Switch key={id} id={`site-${id}`} label={label} checked={!settings.disabledSites.includes(id)} disabled={policy.sites.includes(id)} onChange={(on) => choose(id, on)} />
        ))}
      </div>
      <p>
        <Button id="settings" kind="plain" onClick={() => void browser.runtime.openOptionsPage()}>
          <Icon name="add" />
          {text('welcome_sites_own')}
        </Button>
      </p>
    </section>
  );
}

function Limits(): JSX.Element {
  const limits = [
    text('welcome_limit_guarantee', number(stillMatched.standard), number(stillMatched.strong)),
    text('welcome_limit_past'),
    text('welcome_limit_attackers'),
    text('welcome_limit_video'),
    text('welcome_limit_people'),
  ];
  return (
    <section class="card" aria-labelledby="limits-title">
      <h2 id="limits-title" class="title">
        {text('welcome_limits')}
      </h2>
      <ul class="limits">
        {limits.map((limit) => (
          <li key={limit}>
            <Icon name="warning" />
            <span>{limit}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

void Promise.all([readSettings(), readPolicy()]).then(([settings, policy]) => mount(<Welcome settings={settings} policy={policy} />, text('welcome_page')));
