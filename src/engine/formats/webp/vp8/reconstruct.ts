/** From modes and coefficients to samples, macroblock by macroblock, as they are before the loop filter (RFC 6386, sections 12 and 14). */
import { LEVELS, SECOND, type Vp8Frame } from './frame';
import type { FrameHeader } from './header';
import { newPlanes, placeOf, type Plane, type Planes, predictSubblock, predictWhole } from './planes';
import { AC_STEPS, DC_STEPS, MODE } from './tables';
import { addInverse, inverseSecond } from './transform';

/** Steps of a block's first and of its other coefficients. */
export interface Steps {
  dc: number;
  ac: number;
}

export interface MacroblockSteps {
  luma: Steps;
  second: Steps;
  chroma: Steps;
}

/** Of a segment (sections 9.3, 9.6 and 14.1). */
export function stepsOf({ segmentation, quantisers }: FrameHeader, segment: number): MacroblockSteps {
  const own = segmentation?.quantisers[segment] ?? 0;
  const index = !segmentation ? quantisers.base : segmentation.isAbsolute ? own : quantisers.base + own;
  const step = (steps: ArrayLike<number>, delta: number): number => steps[Math.min(127, Math.max(0, index + delta))]!;
  return {
    luma: { dc: step(DC_STEPS, quantisers.lumaDc), ac: step(AC_STEPS, 0) },
    second: { dc: 2 * step(DC_STEPS, quantisers.secondDc), ac: Math.max(8, Math.floor((155 * step(AC_STEPS, quantisers.secondAc)) / 100)) },
    chroma: { dc: Math.min(132, step(DC_STEPS, quantisers.chromaDc)), ac: step(AC_STEPS, quantisers.chromaAc) },
  };
}

/** Chooses levels for blocks that are predicted already, in the frame's own array. */
export interface Fitter {
  /** Of the second-order block, from a whole macroblock's prediction at `at` of the plane. */
  second(plane: Plane, at: number, steps: Steps, levelsAt: number): void;
  /** @param dc the block's first coefficient, dequantised, where the second-order block gives it, else null */
  block(plane: Plane, at: number, block: number, steps: Steps, dc: number | null, levelsAt: number): void;
}

export function reconstruct(frame: Vp8Frame): Planes {
  const planes = newPlanes(frame.wide, frame.high);
  const steps = [0, 1, 2, 3].map((segment) => stepsOf(frame.header, segment));
  for (let at = 0; at < frame.segments.length; at++) reconstructMacroblock(frame, planes, at, steps[frame.segments[at]!]!);
  return planes;
}

/** @param fitter where the levels are to be chosen anew */
export function reconstructMacroblock(frame: Vp8Frame, planes: Planes, at: number, steps: MacroblockSteps, fitter?: Fitter): void {
  const [column, row] = [at % frame.wide, Math.floor(at / frame.wide)];
  const isWhole = frame.lumaModes[at] !== MODE.subblocks;
  const place = placeOf(planes[0], 16 * column, 16 * row);
  if (isWhole) predictWhole(planes[0], place, 16, frame.lumaModes[at]!, column > 0, row > 0);
  if (isWhole) addWholeLuma(frame, planes[0], place, at, steps, fitter);
  else addSubblocks(frame, planes[0], place, at, column, row, steps, fitter);
  for (const i of [1, 2] as const) {
    const plane = planes[i];
    const start = placeOf(plane, 8 * column, 8 * row);
    predictWhole(plane, start, 8, frame.chromaModes[at]!, column > 0, row > 0);
    for (let block = 0; block < 4; block++) {
      addBlock(frame, plane, start + 4 * (block & 1) + 4 * (block >> 1) * plane.stride, at, 12 + 4 * i + block, steps.chroma, null, fitter);
    }
  }
}

const firsts = new Int32Array(16);

function addWholeLuma(frame: Vp8Frame, plane: Plane, place: number, at: number, steps: MacroblockSteps, fitter?: Fitter): void {
  const second = LEVELS * at + 16 * SECOND;
  fitter?.second(plane, place, steps.second, second);
  for (let i = 0; i < 16; i++) firsts[i] = frame.levels[second + i]! * (i ? steps.second.ac : steps.second.dc);
  inverseSecond(firsts);
  for (let block = 0; block < 16; block++) addBlock(frame, plane, place + 4 * (block & 3) + 4 * (block >> 2) * plane.stride, at, block, steps.luma, firsts[block]!, fitter);
}

const aboveRight = new Uint8Array(4);

/** The samples above to the right are those of the row above the macroblock, for the last column of subblocks whatever its row. */
function addSubblocks(frame: Vp8Frame, plane: Plane, place: number, at: number, column: number, row: number, steps: MacroblockSteps, fitter?: Fitter): void {
  const { stride, data } = plane;
  for (let block = 0; block < 16; block++) {
    const own = place + 4 * (block & 3) + 4 * (block >> 2) * stride;
    const above = (block & 3) === 3 ? place - stride + 16 : own - stride + 4;
    const isOutside = (block & 3) === 3 && column === frame.wide - 1;
    if (!isOutside) for (let i = 0; i < 4; i++) aboveRight[i] = data[above + i]!;
    else aboveRight.fill(row ? data[above - 1]! : data[0]!);
    predictSubblock(plane, own, frame.subblockModes[16 * at + block]!, aboveRight);
    addBlock(frame, plane, own, at, block, steps.luma, null, fitter);
  }
}

const coefficients = new Int32Array(16);

function addBlock(frame: Vp8Frame, plane: Plane, place: number, at: number, block: number, steps: Steps, dc: number | null, fitter?: Fitter): void {
  const levelsAt = LEVELS * at + 16 * block;
  fitter?.block(plane, place, block, steps, dc, levelsAt);
  let any = 0;
  for (let i = 0; i < 16; i++) any |= coefficients[i] = frame.levels[levelsAt + i]! * (i ? steps.ac : steps.dc);
  if (dc !== null) any |= coefficients[0] = dc;
  if (any) addInverse(coefficients, plane.data, place, plane.stride);
}
