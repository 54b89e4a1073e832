/** The picture that is looked at: before and after, or the difference; whole, or one face; with the faces outlined. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Box, CloakReport } from '../engine/types';
import { errorText } from '../shared/errorText';
import { number, percent, plural, text } from '../shared/text';
import { BeforeAfter } from '../ui/before-after';
import { Button } from '../ui/controls';
import { Icon } from '../ui/icons';
import { useObjectUrl } from '../ui/object-url';
import { drawDifference } from './difference';
import type { SiteCopy } from './site-copy';
import type { Item, State, Worklist } from './worklist';

type View = 'compare' | 'difference';

export function Viewer({ item, copy, worklist }: { item: Item; copy: SiteCopy | null; worklist: Worklist }): JSX.Element {
  const [view, setView] = useState<View>('compare');
  const [outlined, setOutlined] = useState(true);
  const [face, setFace] = useState<number | null>(null);
  const { state } = item;
  const report = state.name === 'done' && state.report.outcome === 'cloaked' ? state.report : null;
  const seenFace = report && face !== null ? report.faces[face] : undefined;
  return (
    <section class="viewer" aria-label={item.path}>
      <div class="toolbar">
        <b class="name" title={item.path}>
          {item.path}
        </b>
        {report && (
          <>
            <Views view={view} onView={setView} />
            <label class="check">
              <input id="outline" type="checkbox" checked={outlined} onChange={(event) => setOutlined(event.currentTarget.checked)} />
              {text('studio_outline')}
            </label>
            <FaceSelect faces={report.faces.length} face={face} onFace={setFace} />
          </>
        )}
        <Button id="remove" kind="plain" onClick={() => worklist.remove(item)}>
          <Icon name="bin" />
          {text('studio_remove')}
        </Button>
      </div>
      <Stage item={item} report={report} copy={copy} view={view} outlined={outlined} region={seenFace ? around(seenFace.box, report!) : null} />
      <Status state={state} onRetry={() => worklist.retry(item)} />
    </section>
  );
}

function Views({ view, onView }: { view: View; onView(view: View): void }): JSX.Element {
  const views: { value: View; name: string }[] = [
    { value: 'compare', name: text('studio_compare') },
    { value: 'difference', name: text('studio_difference') },
  ];
  return (
    <fieldset class="segments">
      <legend>{text('studio_view')}</legend>
      {views.map(({ value, name }) => (
        <label key={value}>
          <input type="radio" name="view" value={value} checked={view === value} onChange={() => onView(value)} />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  );
}

function FaceSelect({ faces, face, onFace }: { faces: number; face: number | null; onFace(face: number | null): void }): JSX.Element {
  return (
    <select id="look-at" aria-label={text('studio_look_at')} value={face ?? ''} onChange={({ currentTarget: { value } }) => onFace(value === '' ? null : Number(value))}>
      <option value="">{text('studio_whole')}</option>
      {Array.from({ length: faces }, (_, i) => (
        <option key={i} value={i}>
          {text('studio_face', number(i + 1))}
        </option>
      ))}
    </select>
  );
}

interface StageProps {
  item: Item;
  /** Null as long as it is not cloaked. */
  report: CloakReport | null;
  copy: SiteCopy | null;
  view: View;
  outlined: boolean;
  /** The part of the picture that is looked at; null for the whole. */
  region: Box | null;
}

function Stage({ item, report, copy, view, outlined, region }: StageProps): JSX.Element {
  const cloaked = report && item.state.name === 'done' ? item.state.file : null;
  const before = useObjectUrl(item.file);
  const shown = copy?.file ?? cloaked;
  const after = useObjectUrl(shown);
  const [isBroken, setBroken] = useState(false);
  if (isBroken) return <p class="stage no-preview">{text('studio_no_preview')}</p>;

  const picture = (src: string, alt: string): JSX.Element => <img src={src} alt={alt} draggable={false} onError={() => setBroken(true)} />;
  const whole = report && { x: 0, y: 0, width: report.width, height: report.height };
  const part = region ?? whole;
  return (
    <figure class={`stage ${report ? 'framed' : ''}`} style={part && report ? frame(part, report) : {}}>
      <div class="frame">
        {view === 'difference' && cloaked ? (
          <Difference name={item.file.name} before={item.file} after={cloaked} />
        ) : before && cloaked && after ? (
          <BeforeAfter
            label={text('studio_slider')}
            before={picture(before, text('studio_before_alt', item.file.name))}
            after={picture(after, text('studio_after_alt', item.file.name))}
          />
        ) : (
          before && picture(before, item.file.name)
        )}
        {report && part && outlined && <Outlines report={report} part={part} />}
      </div>
      {report && (
        <figcaption dir={view === 'compare' ? 'ltr' : undefined}>
          {view === 'compare' ? (
            <>
              <span>{text('studio_before')}</span>
              <span>{text(copy ? 'studio_after_site' : 'studio_after')}</span>
            </>
          ) : (
            <span>{text('studio_difference_detail')}</span>
          )}
        </figcaption>
      )}
    </figure>
  );
}

/** How much of the picture is shown, in shares of it, and how large it may get on the page. */
function frame(part: Box, picture: { width: number; height: number }): Record<string, string> {
  const share = (value: number, all: number): string => `${(100 * value) / all}%`;
  const right = picture.width - part.x - part.width;
  const bottom = picture.height - part.y - part.height;
  return {
    '--inset': [share(part.y, picture.height), share(right, picture.width), share(bottom, picture.height), share(part.x, picture.width)].join(' '),
    '--ratio': String(part.width / part.height),
    '--natural': `${Math.max(part.width, 480)}px`,
  };
}

/** A face with what is around it, within the picture. */
function around({ x, y, width, height }: Box, picture: { width: number; height: number }): Box {
  const side = Math.min(1.6 * Math.max(width, height), picture.width, picture.height);
  const place = (centre: number, all: number): number => Math.min(Math.max(0, centre - side / 2), all - side);
  return { x: place(x + width / 2, picture.width), y: place(y + height / 2, picture.height), width: side, height: side };
}

function Outlines({ report, part }: { report: CloakReport; part: Box }): JSX.Element {
  const size = Math.max(part.width, part.height) / 32;
  return (
    <svg class="outlines" viewBox={[part.x, part.y, part.width, part.height].join(' ')} aria-hidden="true">
      {report.faces.map(({ box }, i) => (
        <g key={i}>
          <rect {...box} rx={size / 4} class="halo" />
          <rect {...box} rx={size / 4} />
          {report.faces.length > 1 && (
            <text x={box.x + size / 4} y={box.y - size / 2} font-size={size}>
              {number(i + 1)}
            </text>
          )}
        </g>
      ))}
    </svg>
  );
}

function Difference({ name, before, after }: { name: string; before: Blob; after: Blob }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const controller = new AbortController();
    void drawDifference(canvas.current!, before, after, controller.signal).catch(() => {}); // was aborted; or cannot be shown, and stays black
    return () => controller.abort();
  }, [before, after]);
  return <canvas id="difference" ref={canvas} role="img" aria-label={text('studio_difference_alt', name)} />;
}

function Status({ state, onRetry }: { state: State; onRetry(): void }): JSX.Element {
  return (
    <div class="status">
      <p role="status" class={state.name === 'failed' ? 'failed' : ''}>
        {statusText(state)}
      </p>
      {state.name === 'working' && <progress aria-label={text('studio_working')} {...(state.done > 0 && { value: state.done })} />}
      {state.name === 'failed' && <Button onClick={onRetry}>{text('studio_retry')}</Button>}
    </div>
  );
}

export function statusText(state: State): string {
  switch (state.name) {
    case 'waiting':
      return text('studio_waiting');
    case 'working':
      return state.done > 0 ? `${text('studio_working')} ${percent(state.done)}` : text('studio_working');
    case 'failed':
      return errorText(state.error);
    case 'done':
      return outcomeText(state.report);
  }
}

function outcomeText({ outcome, faces, ms }: CloakReport): string {
  if (outcome === 'no-face') return text('studio_no_face');
  if (outcome === 'not-an-image') return text('studio_not_image');
  const seconds = number(ms.total / 1000, { style: 'unit', unit: 'second', maximumFractionDigits: 1 });
  return plural('studio_cloaked', faces.length, seconds);
}
