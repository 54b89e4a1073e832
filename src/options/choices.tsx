/** How a picture is cloaked, and what happens where that fails. */
import type { JSX } from 'preact';
import { failurePolicies, noticeLevels } from '../shared/choices';
import { metadataPolicies } from '../shared/metadataPolicies';
import { sitesOf } from '../shared/settings';
import { strengths } from '../shared/strengths';
import { text } from '../shared/text';
import { Button, Card, Select } from '../ui/controls';
import { change, lock } from './change';
import type { Chosen } from './options';

export function Picture({ settings, policy }: Chosen): JSX.Element {
  return (
    <Card id="picture" title={text('settings_picture')}>
      <Select
        id="strength"
        label={text('studio_strength')}
        {...lock(policy, 'strength', text(`studio_strength_${settings.strength}_detail`))}
        value={settings.strength}
        options={strengths.map((value) => ({ value, name: text(`studio_strength_${value}`) }))}
        onChange={(strength) => change({ strength })}
      />
      <Select
        id="metadata"
        label={text('settings_metadata')}
        {...lock(policy, 'metadata', text(`settings_metadata_${settings.metadata}_detail`))}
        value={settings.metadata}
        options={metadataPolicies.map((value) => ({ value, name: text(`settings_metadata_${value}`) }))}
        onChange={(metadata) => change({ metadata })}
      />
    </Card>
  );
}

export function Failures({ settings, policy }: Chosen): JSX.Element {
  const remembered = Object.entries(settings.failureChoices);
  const labels = new Map(sitesOf(settings).map(({ id, label }) => [id, label]));
  const forget = (site: string): void => {
    const { [site]: _, ...failureChoices } = settings.failureChoices;
    change({ failureChoices });
  };
  return (
    <Card id="failures" title={text('settings_failures')}>
      <Select
        id="failure-policy"
        label={text('settings_failure_policy')}
        {...lock(policy, 'failurePolicy', text(`settings_failure_${settings.failurePolicy}_detail`))}
        value={settings.failurePolicy}
        options={failurePolicies.map((value) => ({ value, name: text(`settings_failure_${value}`) }))}
        onChange={(failurePolicy) => change({ failurePolicy })}
      />
      <Select
        id="notice"
        label={text('settings_notice')}
        {...lock(policy, 'notice', text(`settings_notice_${settings.notice}_detail`))}
        value={settings.notice}
        options={noticeLevels.map((value) => ({ value, name: text(`settings_notice_${value}`) }))}
        onChange={(notice) => change({ notice })}
      />
      {remembered.length > 0 && (
        <section aria-labelledby="remembered-title">
          <h3 id="remembered-title">{text('settings_remembered')}</h3>
          <ul id="remembered" class="rows">
            {remembered.map(([site, choice]) => (
              <li key={site} class="row">
                <span>
                  <b>{labels.get(site) ?? site}</b>
                  <small>{text(`settings_remembered_${choice}`)}</small>
                </span>
                <Button aria-label={text('settings_forget_site', labels.get(site) ?? site)} onClick={() => forget(site)}>
                  {text('settings_forget')}
                </Button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </Card>
  );
}
