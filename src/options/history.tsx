/** What is kept of what was cloaked, and its deletion. */
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { clearHistory, onStatsChange, readSummary, type Totals } from '../shared/stats';
import { plural, text } from '../shared/text';
import { Button, Card, Switch } from '../ui/controls';
import { Icon } from '../ui/icons';
import { change, lock } from './change';
import type { Chosen } from './options';

export function History({ settings, policy }: Chosen): JSX.Element {
  const [totals, setTotals] = useState<Totals>({ pictures: 0, faces: 0 });
  const [said, setSaid] = useState('');
  useEffect(() => {
    const refresh = async (): Promise<void> => setTotals((await readSummary()).allTime);
    onStatsChange(() => void refresh());
    void refresh();
  }, []);
  const remove = async (): Promise<void> => {
    await clearHistory();
    setSaid(text('settings_history_deleted'));
  };
  return (
    <Card id="history" title={text('settings_history')}>
      <Switch
        id="thumbnails"
        label={text('settings_thumbnails')}
        {...lock(policy, 'thumbnails', text('settings_thumbnails_detail'))}
        checked={settings.thumbnails}
        onChange={(thumbnails) => change({ thumbnails })}
      />
      <div class="row">
        <span>
          <b>{text('settings_kept')}</b>
          <small id="kept">{`${plural('common_pictures', totals.pictures)}, ${plural('common_faces', totals.faces)}`}</small>
        </span>
        <Deletion isEmpty={totals.pictures === 0} onDelete={() => void remove()} />
      </div>
      <p class="said" role="status">
        {said}
      </p>
    </Card>
  );
}

/** Asks once more, in place; the focus stays here. */
function Deletion({ isEmpty, onDelete }: { isEmpty: boolean; onDelete(): void }): JSX.Element {
  const [isAsking, setAsking] = useState(false);
  const keep = useRef<HTMLButtonElement>(null);
  const start = useRef<HTMLButtonElement>(null);
  const wasAsking = useRef(false);
  useLayoutEffect(() => {
    if (isAsking) keep.current?.focus();
    else if (wasAsking.current) start.current?.focus();
    wasAsking.current = isAsking;
  }, [isAsking]);
  if (!isAsking) {
    return (
      <button ref={start} id="delete-history" type="button" class="button danger" aria-disabled={isEmpty} onClick={() => !isEmpty && setAsking(true)}>
        <Icon name="bin" />
        {text('settings_delete_history')}
      </button>
    );
  }
  return (
    <span class="actions" role="group" aria-label={text('settings_delete_sure')}>
      <button ref={keep} id="keep-history" type="button" class="button" onClick={() => setAsking(false)}>
        {text('settings_keep')}
      </button>
      <Button
        id="delete-for-good"
        kind="danger"
        onClick={() => {
          onDelete();
          setAsking(false);
        }}
      >
        {text('settings_delete_for_good')}
      </Button>
    </span>
  );
}
