/**
 * Changes a VP8 key frame where its picture changes. Macroblocks are predicted from their neighbours, so a change would spread to the
 * right and down. It is held up by the macroblocks around it: those are coded anew by finer quantisers, so that their edges come
 * out as they were; from there on everything keeps its modes and coefficients.
 */
import type { Change } from '../../change';
import { changeOf, isChange } from './change';
import { TargetFitter } from './fit';
import { readFrame, type Vp8Frame, writeFrame } from './frame';
import { copyPlanes, edgeOf, type Planes, SAMPLES, samplesOf } from './planes';
import { type MacroblockSteps, reconstruct, reconstructMacroblock, stepsOf } from './reconstruct';
import { type FineSegment, freeSegment } from './segments';

/** How exactly what does not change is to come out. */
interface Care {
  /** Index of the fine quantisers. */
  quantiser: number;
  /** Mean squared error that a macroblock may have that does not change. */
  drift: number;
  /** The same of what does not change in one that does. */
  spill: number;
}

/** From the best to what takes the fewest bytes. */
const CARES: readonly Care[] = [
  { quantiser: 1, drift: 0.5, spill: 1.5 },
  { quantiser: 3, drift: 1, spill: 2.5 },
  { quantiser: 8, drift: 2, spill: 5 },
];
const MOST_GROWTH = 1.3;

/**
 * Throws `Unreadable` where the frame is no key frame, damaged or cut off.
 * @param frame content of a WebP's `VP8 ` chunk
 * @param changes in pixels of the frame; what reaches beyond it is left out
 * @returns a frame at most 1.3 times as large where that can be, else the smallest
 */
export function editVp8(frame: Uint8Array, changes: readonly Change[]): Uint8Array<ArrayBuffer> {
  let smallest: Uint8Array<ArrayBuffer> | null = null;
  for (const care of CARES) {
    const read = readFrame(frame);
    if (changes.length) new Editor(read, changes, care).edit();
    const written = writeFrame(read);
    if (!smallest || written.length < smallest.length) smallest = written;
    if (written.length <= MOST_GROWTH * frame.length) break;
  }
  return smallest!;
}

class Editor {
  /** As it was, and as it becomes; before the loop filter, which prediction knows nothing of. */
  private readonly before: Planes;
  private readonly after: Planes;
  /** Macroblocks whose edges are not as they were. */
  private readonly differs: Uint8Array;
  private readonly segmentsBefore: Uint8Array;
  private readonly fine: FineSegment;
  private readonly steps: MacroblockSteps[];

  constructor(
    private readonly frame: Vp8Frame,
    private readonly changes: readonly Change[],
    private readonly care: Care,
  ) {
    this.before = reconstruct(frame);
    this.after = copyPlanes(this.before);
    this.differs = new Uint8Array(frame.segments.length);
    this.segmentsBefore = frame.segments.slice();
    this.fine = freeSegment(frame);
    const { segmentation, quantisers } = frame.header;
    segmentation!.quantisers[this.fine.number] = care.quantiser - (segmentation!.isAbsolute ? 0 : quantisers.base);
    this.steps = segmentation!.quantisers.map((_, segment) => stepsOf(frame.header, segment));
  }

  edit(): void {
    const filterLevels = this.frame.header.segmentation!.filterLevels.slice();
    for (let at = 0; at < this.differs.length; at++) this.editMacroblock(at);
    this.setFilterLevel(filterLevels);
  }

  private editMacroblock(at: number): void {
    const { frame, care } = this;
    const [column, row] = [at % frame.wide, Math.floor(at / frame.wide)];
    const change = changeOf(this.changes, 16 * column, 16 * row, frame.header);
    const isMoved = this.fine.moved.has(at);
    if (!change && !isMoved && !this.isDisturbed(column, row)) return;
    const target = samplesOf(this.before, column, row);
    if (!change && !isMoved) {
      reconstructMacroblock(frame, this.after, at, this.steps[frame.segments[at]!]!);
      if (this.errorOf(target, column, row) <= care.drift) return this.noteDifference(at, column, row);
    }
    change?.forEach((value, i) => (target[i] = Math.min(255, Math.max(0, target[i]! + value))));
    reconstructMacroblock(frame, this.after, at, this.steps[frame.segments[at]!]!, new TargetFitter(frame.levels, target, null));
    if (this.errorOf(target, column, row, change) > (change ? care.spill : care.drift)) this.codeFinely(at, column, row, target, change);
    this.noteDifference(at, column, row);
  }

  /** Whether a neighbour that it may be predicted from is not as it was. */
  private isDisturbed(column: number, row: number): boolean {
    const at = row * this.frame.wide + column;
    const above = at - this.frame.wide;
    const isFirst = column === 0;
    const isLast = column === this.frame.wide - 1;
    return Boolean((!isFirst && (this.differs[at - 1] || this.differs[above - 1])) || this.differs[above] || (!isLast && this.differs[above + 1]));
  }

  /** With those samples exact that do not change and that neighbours are predicted from. */
  private codeFinely(at: number, column: number, row: number, target: Float64Array, change: Float64Array | null): void {
    const { frame, fine } = this;
    const exact = edgeOf(column < frame.wide - 1, row < frame.high - 1);
    const before = samplesOf(this.before, column, row);
    change?.forEach((value, i) => {
      if (isChange(value)) exact[i] = 0;
      else target[i] = before[i]!;
    });
    frame.segments[at] = fine.number;
    reconstructMacroblock(frame, this.after, at, this.steps[fine.number]!, new TargetFitter(frame.levels, target, exact));
  }

  /** Mean over the macroblock of the squared error where nothing changes. */
  private errorOf(target: Float64Array, column: number, row: number, change: Float64Array | null = null): number {
    let sum = 0;
    samplesOf(this.after, column, row).forEach((value, i) => {
      if (!change || !isChange(change[i]!)) sum += (value - target[i]!) ** 2;
    });
    return sum / SAMPLES;
  }

  private noteDifference(at: number, column: number, row: number): void {
    const [before, after] = [samplesOf(this.before, column, row), samplesOf(this.after, column, row)];
    this.differs[at] = EDGES.some((isEdge, i) => isEdge && before[i] !== after[i]) ? 1 : 0;
  }

  /** Macroblocks that are coded finely were of several segments: they get the mean of those segments' levels. */
  private setFilterLevel(before: readonly number[]): void {
    let [sum, count] = [0, 0];
    this.frame.segments.forEach((segment, at) => {
      if (segment !== this.fine.number) return;
      sum += before[this.segmentsBefore[at]!]!;
      count++;
    });
    if (count) this.frame.header.segmentation!.filterLevels[this.fine.number] = Math.round(sum / count);
  }
}

const EDGES = edgeOf(true, true);
