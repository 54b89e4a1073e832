/** Bars of the pictures a day, in the colours and the direction of the page. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Day } from '../shared/stats';
import { dateTime, number } from '../shared/text';

const DAYS_BETWEEN_LABELS = 7;
const FONT = '11px system-ui, sans-serif';

/** @returns takes it away again */
export function drawChart(place: HTMLElement, days: Day[]): () => void {
  const isRtl = document.documentElement.dir === 'rtl';
  const most = Math.max(1, ...days.map(({ pictures }) => pictures));
  const last = days.length - 1;
  const accent = (): string => getComputedStyle(place).color;
  const quiet = (): string => getComputedStyle(place.ownerDocument.querySelector('footer small')!).color;
  const chart = new uPlot(
    {
      width: place.clientWidth,
      height: place.clientHeight,
      legend: { show: false },
      cursor: { show: false },
      padding: [6, 0, 0, 0],
      scales: { x: { time: false, range: [-0.6, last + 0.6], dir: isRtl ? -1 : 1 }, y: { range: [0, most] } },
      axes: [
        {
          font: FONT,
          stroke: quiet,
          size: 20,
          gap: 3,
          grid: { show: false },
          ticks: { show: false },
          splits: () => days.map((_, index) => index).filter((index) => (last - index) % DAYS_BETWEEN_LABELS === 2),
          values: (_, indices) => indices.map((index) => dateTime(days[index]!.start, { day: 'numeric', month: 'short' })),
        },
        {
          side: isRtl ? 1 : 3,
          font: FONT,
          stroke: quiet,
          size: 6 + 7 * number(most).length,
          gap: 4,
          grid: { show: false },
          ticks: { show: false },
          splits: () => [most],
          values: (_, values) => values.map((value) => number(value)),
        },
      ],
      series: [{}, { fill: accent, stroke: accent, width: 0, paths: uPlot.paths.bars!({ size: [0.7, 12], radius: 0.25 }), points: { show: false } }],
    },
    [days.map((_, index) => index), days.map(({ pictures }) => pictures)],
    place,
  );
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  const redraw = (): void => chart.redraw();
  scheme.addEventListener('change', redraw);
  return () => {
    scheme.removeEventListener('change', redraw);
    chart.destroy();
  };
}
