/** Keyboard shortcuts, version, and where more is said. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { browser } from '../shared/browser';
import { text } from '../shared/text';
import { Button, Card } from '../ui/controls';
import { Icon } from '../ui/icons';

/** Only the browser's own page can change them. */
const SHORTCUTS_PAGE = 'chrome://extensions/shortcuts';
const OPEN_POPUP = '_execute_action';

interface Shortcut {
  name: string;
  keys: string;
}

async function readShortcuts(): Promise<Shortcut[]> {
  const commands = (await browser.commands?.getAll()) ?? [];
  return commands.map(({ name, description, shortcut }) => ({ name: name === OPEN_POPUP ? text('settings_open_popup') : (description ?? ''), keys: shortcut ?? '' }));
}

export function About(): JSX.Element {
  const [shortcuts, setShortcuts] = useState<Shortcut[]>([]);
  useEffect(() => void readShortcuts().then(setShortcuts), []);
  return (
    <Card id="about" title={text('settings_about')}>
      {shortcuts.map(({ name, keys }) => (
        <div key={name} class="row">
          <b>{name}</b>
          {keys ? <kbd>{keys}</kbd> : <small>{text('settings_no_shortcut')}</small>}
        </div>
      ))}
      <div class="actions">
        <Button id="shortcuts" onClick={() => void browser.tabs.create({ url: SHORTCUTS_PAGE })}>
          {text('settings_shortcuts')}
        </Button>
        <a class="button" href="../studio/studio.html">
          <Icon name="studio" />
          {text('settings_studio')}
        </a>
        <a class="button" href="../welcome/privacy.html">
          <Icon name="lock" />
          {text('settings_privacy')}
        </a>
        <a class="button" href="../welcome/welcome.html">
          {text('settings_welcome')}
        </a>
      </div>
      <p class="quiet">{text('settings_version', browser.runtime.getManifest().version)}</p>
    </Card>
  );
}
