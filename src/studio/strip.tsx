/** Several pictures: how far they are, and which one to look at. */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { number, plural, text } from '../shared/text';
import { Button } from '../ui/controls';
import { Icon } from '../ui/icons';
import type { IconName } from '../ui/iconPaths';
import type { Item, State, Worklist } from './worklist';

export function Strip({ worklist }: { worklist: Worklist }): JSX.Element {
  const { items, selected, isStopped } = worklist;
  const count = (is: (state: State) => boolean): number => items.filter(({ state }) => is(state)).length;
  const finished = count(({ name }) => name === 'done' || name === 'failed');
  const failed = count((state) => kindOf(state) === 'failed');
  const faceless = count((state) => kindOf(state) === 'no-face');
  return (
    <section class="strip" aria-label={text('studio_pictures')}>
      <div class="toolbar">
        <p id="batch" role="status">
          {text('studio_progress', number(finished), number(items.length))}
          {faceless > 0 && <small> · {plural('studio_faceless', faceless)}</small>}
          {failed > 0 && <small class="failed"> · {plural('studio_failed', failed)}</small>}
        </p>
        {finished < items.length && (
          <Button id="stop" onClick={() => (isStopped ? worklist.goOn() : worklist.stop())}>
            <Icon name={isStopped ? 'play' : 'pause'} />
            {text(isStopped ? 'studio_go_on' : 'studio_stop')}
          </Button>
        )}
        <Button id="clear" kind="plain" onClick={() => worklist.clear()}>
          {text('studio_clear')}
        </Button>
      </div>
      <progress id="batch-progress" aria-labelledby="batch" max={items.length} value={finished} />
      <ul>
        {items.map((item) => (
          <li key={item.id}>
            <Tile item={item} isSelected={item === selected} onSelect={() => worklist.select(item)} />
          </li>
        ))}
      </ul>
    </section>
  );
}

type Kind = 'waiting' | 'working' | 'cloaked' | 'no-face' | 'failed';

function kindOf(state: State): Kind {
  if (state.name !== 'done') return state.name;
  return state.report.outcome === 'not-an-image' ? 'failed' : state.report.outcome;
}

const MARKS: Partial<Record<Kind, IconName>> = { cloaked: 'check', failed: 'warning', working: 'reload' };

const meaning = (kind: Kind): string =>
  ({
    waiting: text('studio_tile_waiting'),
    working: text('studio_tile_working'),
    cloaked: text('studio_tile_cloaked'),
    'no-face': text('studio_tile_no_face'),
    failed: text('studio_tile_failed'),
  })[kind];

function Tile({ item, isSelected, onSelect }: { item: Item; isSelected: boolean; onSelect(): void }): JSX.Element {
  const kind = kindOf(item.state);
  const mark = MARKS[kind];
  return (
    <button type="button" class={`tile ${kind}`} title={item.path} aria-current={isSelected} onClick={onSelect}>
      <Thumbnail file={item.file} />
      {mark && <Icon name={mark} />}
      <span class="said">{`${item.path}: ${meaning(kind)}`}</span>
    </button>
  );
}

/** Pixels. */
const SIDE = 128;

/** One is made at a time: each needs the whole picture in memory for a moment. */
let last: Promise<unknown> = Promise.resolve();

/** Drawn when it first comes into view. */
function Thumbnail({ file }: { file: File }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let isGone = false;
    const observer = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      observer.disconnect();
      last = last.then(() => (isGone ? undefined : draw(canvas.current!, file))).catch(() => {}); // what cannot be shown stays empty
    });
    observer.observe(canvas.current!);
    return () => {
      isGone = true;
      observer.disconnect();
    };
  }, [file]);
  return <canvas ref={canvas} width={SIDE} height={SIDE} aria-hidden="true" />;
}

async function draw(canvas: HTMLCanvasElement, file: File): Promise<void> {
  const bitmap = await createImageBitmap(file);
  const side = Math.min(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d')!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, 0, 0, SIDE, SIDE);
  bitmap.close();
}
