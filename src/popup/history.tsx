/** The lower part of the popup: what was cloaked, day by day and one by one, and how far recognition fell. */
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { told } from '../shared/certainty';
import type { Site } from '../shared/sites';
import type { Day, Recent, Summary, Totals } from '../shared/stats';
import { dateTime, number, percent, plural, text } from '../shared/text';
import { Card } from '../ui/controls';
import { Icon } from '../ui/icons';

export function History({ summary, recent, sites }: { summary: Summary; recent: Recent[]; sites: Site[] }): JSX.Element {
  if (summary.allTime.pictures === 0) {
    return (
      <Card id="history" title={text('popup_figures')}>
        <p class="quiet">{text('popup_empty')}</p>
      </Card>
    );
  }
  return (
    <>
      <Card id="history" title={text('popup_figures')}>
        <Figures {...summary} />
        <Chart days={summary.days} />
      </Card>
      {summary.check && <Certainty {...summary.check} />}
      <Card id="recent" title={text('popup_recent')}>
        <ul class="recent">
          {recent.map((protection) => (
            <RecentRow key={protection.id} {...protection} label={sites.find(({ id }) => id === protection.site)?.label ?? protection.site} />
          ))}
        </ul>
      </Card>
    </>
  );
}

function Figures({ today, allTime }: Summary): JSX.Element {
  return (
    <dl class="figures">
      <dt>{text('popup_today')}</dt>
      <dd id="today">{said(today)}</dd>
      <dt>{text('popup_all_time')}</dt>
      <dd id="all-time">{said(allTime)}</dd>
    </dl>
  );
}

function said({ pictures, faces }: Totals): string {
  return `${plural('common_pictures', pictures)} · ${plural('common_faces', faces)}`;
}

/** Drawn on a canvas by a library that comes after the first paint; the table beside it says the same. */
function Chart({ days }: { days: Day[] }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current!;
    let destroy = (): void => {};
    let isGone = false;
    void import('./chart').then(({ drawChart }) => {
      if (!isGone) destroy = drawChart(element, days);
    });
    return () => {
      isGone = true;
      destroy();
    };
  }, [days]);
  return (
    <>
      <div class="chart" ref={place} aria-hidden="true" />
      <table class="unseen" id="days">
        <caption>{text('popup_days')}</caption>
        <tbody>
          {days
            .filter(({ pictures }) => pictures > 0)
            .map(({ start, pictures }) => (
              <tr key={start}>
                <th scope="row">{dateTime(start, { dateStyle: 'long' })}</th>
                <td>{plural('common_pictures', pictures)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </>
  );
}

function Certainty({ faces, recognised, before, after }: NonNullable<Summary['check']>): JSX.Element {
  const [from, to] = [told(before), told(after)];
  return (
    <Card id="certainty" title={text('popup_recognition')}>
      <p id="certainty-sentence">{text('popup_certainty', percent(from), percent(to))}</p>
      <div class="gauge" aria-hidden="true">
        <i class={to < 0.5 ? 'low' : ''} style={{ width: `${100 * to}%` }} />
        <b style={{ insetInlineStart: `${100 * from}%` }} />
      </div>
      <p id="recognised" class={recognised > 0 ? 'alert' : ''}>
        {text('popup_recognised', number(recognised), number(faces))}
      </p>
      <small>{text('popup_certainty_note')}</small>
    </Card>
  );
}

function RecentRow({ time, label, faces, ms, thumbnail }: Recent & { label: string }): JSX.Element {
  const isToday = new Date(time).toDateString() === new Date().toDateString();
  const seconds = number(ms / 1000, { style: 'unit', unit: 'second', maximumFractionDigits: 1 });
  return (
    <li>
      {thumbnail ? <Thumbnail picture={thumbnail} /> : <Icon name="cloaked" />}
      <span>
        {label}
        <small>
          {plural('common_faces', faces)} · {seconds}
        </small>
      </span>
      <time dateTime={new Date(time).toISOString()}>{dateTime(time, isToday ? { timeStyle: 'short' } : { day: 'numeric', month: 'short' })}</time>
    </li>
  );
}

function Thumbnail({ picture }: { picture: Blob }): JSX.Element {
  const url = useMemo(() => URL.createObjectURL(picture), [picture]);
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  return <img src={url} alt="" />;
}
