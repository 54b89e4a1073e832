/** Settings to a file and from a file. */
import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { hasAccess, requestAccess } from '../shared/access';
import { send } from '../shared/messaging';
import { ownSite } from '../shared/ownSites';
import { readUserSettings, type Settings } from '../shared/settings';
import type { Site } from '../shared/sites';
import { plural, text } from '../shared/text';
import { Button, Card } from '../ui/controls';
import { Icon } from '../ui/icons';
import type { Chosen } from './options';
import { makeSettingsFile, parseSettingsFile, SETTINGS_FILE_NAME, SettingsFileError, takeOver } from './settingsFile';

/** A file that was read and waits for the user's word. */
interface Waiting {
  name: string;
  patch: Partial<Settings>;
  /** Its own sites for which the browser has to ask. */
  closed: Site[];
}

export function Backup(_: Chosen): JSX.Element {
  const [waiting, setWaiting] = useState<Waiting | null>(null);
  const [said, setSaid] = useState('');
  const [problem, setProblem] = useState('');
  const chooser = useRef<HTMLInputElement>(null);

  const read = async (file: File): Promise<void> => {
    setSaid('');
    setProblem('');
    try {
      const patch = parseSettingsFile(await file.text());
      const own = (patch.ownSites ?? []).map(ownSite);
      const open = await Promise.all(own.map(hasAccess));
      setWaiting({ name: file.name, patch, closed: own.filter((_site, index) => !open[index]) });
    } catch (error) {
      setWaiting(null);
      setProblem(problemOf(error, file.name));
    }
  };
  const replace = async ({ patch, closed }: Waiting): Promise<void> => {
    // before anything is awaited: the browser asks only in the click itself
    const permitted = closed.length === 0 || (await requestAccess(closed));
    await send('background', 'changeSettings', { patch: takeOver(await readUserSettings(), patch) });
    setWaiting(null);
    setSaid(text(permitted ? 'settings_imported' : 'settings_imported_refused'));
    chooser.current?.focus();
  };
  return (
    <Card id="backup" title={text('settings_backup')}>
      <p class="quiet">{text('settings_backup_detail')}</p>
      <p class="actions">
        <Button id="export" onClick={() => void save()}>
          <Icon name="save" />
          {text('settings_export')}
        </Button>
        <label class="button file">
          <Icon name="folder" />
          {text('settings_import')}
          <input
            ref={chooser}
            id="import"
            type="file"
            accept=".json,application/json"
            onChange={(event) => {
              const [file] = event.currentTarget.files ?? [];
              event.currentTarget.value = ''; // the same file can be chosen again
              if (file) void read(file);
            }}
          />
        </label>
      </p>
      {waiting && (
        <div id="import-question" class="question" role="group" aria-labelledby="import-text">
          <p id="import-text">
            {text('settings_import_question', waiting.name)}
            {waiting.closed.length > 0 && ` ${plural('settings_import_sites', waiting.closed.length, waiting.closed.map(({ label }) => label).join(', '))}`}
          </p>
          <p class="actions">
            <Button id="import-go" kind="primary" onClick={() => void replace(waiting)}>
              {text('settings_import_go')}
            </Button>
            <Button id="import-cancel" onClick={() => setWaiting(null)}>
              {text('settings_cancel')}
            </Button>
          </p>
        </div>
      )}
      <p id="import-problem" class="problem" role="alert">
        {problem}
      </p>
      <p id="import-said" class="said" role="status">
        {said}
      </p>
    </Card>
  );
}

async function save(): Promise<void> {
  const url = URL.createObjectURL(new Blob([makeSettingsFile(await readUserSettings())], { type: 'application/json' }));
  const link = Object.assign(document.createElement('a'), { href: url, download: SETTINGS_FILE_NAME });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // the browser has read it by then
}

function problemOf(error: unknown, file: string): string {
  if (!(error instanceof SettingsFileError)) return text('settings_file_unreadable', file);
  return error.problem === 'unsound' ? text('settings_file_unsound', file, error.field) : text(`settings_file_${error.problem}`, file);
}
