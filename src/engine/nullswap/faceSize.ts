/** What is drawn on a face goes by the size in which it is shown and by its sharpness: the larger and the softer, the plainer it is seen. */
import type { Allowance } from './weights';

/** What may be drawn on a face at the size in which it is shown. */
export interface Look extends Allowance {
  /** Of the crop in the picture, pixels. */
  side: number;
  /** Nothing is drawn finer than so many pixels a side could show: fewer than `side` where the picture is out of focus. */
  finest: number;
}

/**
 * @param side of the crop in the picture, pixels
 * @param detail pixels a side that the sharpness of the picture would fill (`Projection.detail`)
 */
export function lookFor({ visibility, colour }: Allowance, side: number, detail = Infinity): Look {
  const isLarge = side >= SHARP_DETAIL;
  return {
    visibility: visibility * shareForSize(side) * (isLarge ? shareForDetail(detail) : 1),
    colour: colour * colourFor(side),
    side,
    finest: isLarge ? Math.min(side, DETAIL_KEPT * detail) : side,
  };
}

/** The largest side of the crop in the picture at which a cloak has its whole visibility, pixels. */
const LARGEST_WHOLE = 256;
const LEAST_SHARE = 0.75;

/**
 * The larger a face is shown, the plainer is what is added to it: on portraits of 500 to 1000 pixels Butteraugli's 3-norm of a cloak is 1.4
 * times that on the same crops at 256. So large faces get a little less.
 * @param side of the crop in the picture, pixels
 * @returns the share of the visibility, 0.75 to 1
 */
export function shareForSize(side: number): number {
  return Math.min(1, Math.max(LEAST_SHARE, (LARGEST_WHOLE / side) ** 0.45));
}

/** Faces with as much detail hide a cloak as well as any; that smaller ones have less is no blur. Pixels a side of the crop. */
const SHARP_DETAIL = 90;
const LEAST_SHARE_FOR_DETAIL = 0.4;
/** Of a cloak is kept what is up to so many times as fine as the face. */
const DETAIL_KEPT = 2;

/**
 * On a face out of focus lines of a cloak are the only sharp ones.
 * @param detail pixels a side that the sharpness of the picture would fill
 * @returns the share of the visibility, 0.4 to 1
 */
export function shareForDetail(detail: number): number {
  return Math.min(1, Math.max(LEAST_SHARE_FOR_DETAIL, (detail / SHARP_DETAIL) ** 0.5));
}

/** Pixels a side of a crop, up to which its own coarseness hides what is drawn; twice as large, care is greatest. */
const CARELESS = 200;
/** Of the colours that small faces hide. */
const LEAST_COLOUR = 0.55;

/**
 * How plainly what is drawn is seen at the size in which a face is shown, 0 to 1.
 * @param side of the crop in the picture, pixels
 */
export function careFor(side: number): number {
  return Math.min(1, Math.max(0, Math.log2(side / CARELESS)));
}

/** Spots of a few pixels show no colour to the eye, those of ten tint the skin: the share of the colours left, 0.55 to 1. */
export function colourFor(side: number): number {
  return 1 - (1 - LEAST_COLOUR) * careFor(side);
}
