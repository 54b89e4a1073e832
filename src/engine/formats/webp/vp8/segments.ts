/**
 * Makes room for a segment of fine quantisers among the four that a frame can have (RFC 6386, section 9.3).
 */
import { isEmpty, type Vp8Frame } from './frame';
import { SEGMENTS, type Segmentation } from './header';
import { stepsOf } from './reconstruct';

export interface FineSegment {
  number: number;
  /** Macroblocks that went to another segment for it, so that their levels have to be chosen anew. */
  moved: ReadonlySet<number>;
}

/** Takes a segment that no macroblock is of; else the two that differ least become one. */
export function freeSegment(frame: Vp8Frame): FineSegment {
  const segmentation = (frame.header.segmentation ??= oneSegment(frame));
  segmentation.hasMap = true;
  const counts = new Array<number>(SEGMENTS).fill(0);
  for (const segment of frame.segments) counts[segment]!++;
  const free = counts.indexOf(0);
  if (free >= 0) return { number: free, moved: new Set() };
  const [from, to] = cheapestMerger(frame, segmentation, counts);
  const moved = new Set<number>();
  frame.segments.forEach((segment, at) => {
    if (segment !== from) return;
    frame.segments[at] = to;
    if (!isEmpty(frame, at)) moved.add(at);
  });
  return { number: from, moved };
}

function oneSegment({ header }: Vp8Frame): Segmentation {
  const all = (value: number): number[] => new Array<number>(SEGMENTS).fill(value);
  return { hasMap: true, isAbsolute: true, quantisers: all(header.quantisers.base), filterLevels: all(header.filterLevel), treeProbabilities: new Uint8Array(3) };
}

/** About the squared error of a macroblock whose quantiser's step, or whose filter level, becomes another by one; measured on portraits. */
const STEP_WEIGHT = 1 / 8;
const FILTER_WEIGHT = 1 / 40;

function cheapestMerger({ header }: Vp8Frame, { filterLevels }: Segmentation, counts: readonly number[]): [from: number, to: number] {
  const steps = counts.map((_, segment) => stepsOf(header, segment).luma.ac);
  const pairs = counts.flatMap((_, from) => counts.map((_, to): [number, number] => [from, to])).filter(([from, to]) => from !== to);
  const costOf = ([from, to]: [number, number]): number =>
    counts[from]! * (STEP_WEIGHT * (steps[from]! - steps[to]!) ** 2 + FILTER_WEIGHT * (filterLevels[from]! - filterLevels[to]!) ** 2);
  return pairs.reduce((best, pair) => (costOf(pair) < costOf(best) ? pair : best));
}
