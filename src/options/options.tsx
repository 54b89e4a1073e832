/** The settings page, in a tab: everything that the user can choose, and what the organisation has chosen. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { readPolicy, type Policy } from '../shared/policy';
import { onSettingsChange, readSettings, type Settings } from '../shared/settings';
import { text } from '../shared/text';
import { Icon } from '../ui/icons';
import { mount } from '../ui/mount';
import { PageHeader } from '../ui/page-header';
import { About } from './about';
import { Backup } from './backup';
import { Failures, Picture } from './choices';
import { History } from './history';
import { Sites } from './sites';

export interface Chosen {
  /** What holds. */
  settings: Settings;
  policy: Policy;
}

async function read(): Promise<Chosen> {
  const [settings, policy] = await Promise.all([readSettings(), readPolicy()]);
  return { settings, policy };
}

function Options({ first }: { first: Chosen }): JSX.Element {
  const [chosen, setChosen] = useState(first);
  useEffect(() => onSettingsChange(() => void read().then(setChosen)), []);
  return (
    <>
      <PageHeader title={text('settings_title')} detail={text('settings_intro')} />
      <main>
        {isManaged(chosen.policy) && (
          <p class="managed">
            <Icon name="lock" />
            {text('settings_managed')}
          </p>
        )}
        <Sites {...chosen} />
        <Picture {...chosen} />
        <Failures {...chosen} />
        <History {...chosen} />
        <Backup {...chosen} />
        <About />
      </main>
    </>
  );
}

function isManaged({ sites, ...values }: Policy): boolean {
  return sites.length > 0 || Object.values(values).some((value) => value !== undefined);
}

void read().then((first) => mount(<Options first={first} />, `${text('common_name')} – ${text('settings_title')}`));
