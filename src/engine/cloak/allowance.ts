/** What may be done to a face goes by the strength, by the size in which it is shown, by its sharpness and by how far it is turned away. */
import type { CloakLayers } from '../types';
import type { Bounds } from './fields';
import type { Allowance, NetworkDescription } from './weights';

/** What may be done to one face. */
export interface FaceAllowance {
  fields: Bounds;
  /** 0 to 1, of the fields; see `symmetryOf`. */
  symmetry: number;
  paint: PaintAllowance;
}

/** What may be painted on a face. */
export interface PaintAllowance {
  visibility: number;
  /** The share of the colours' thresholds that holds. */
  colour: number;
  /** Of the crop in the picture, pixels. */
  side: number;
  /** Nothing is painted finer than so many pixels a side could show: fewer than `side` where the picture is out of focus. */
  finest: number;
}

/** What is known of a face before it is cloaked. */
export interface FaceView {
  /** Of the crop in the picture, pixels. */
  side: number;
  /** Pixels a side that the sharpness of the picture would fill (`Paint.detail`). */
  detail: number;
  symmetry: number;
  /** A photo without colour keeps none. */
  isGrey: boolean;
}

const NO_FIELDS: Bounds = { strain: 0, distance: 0, shade: 0, detail: 0, tint: 0 };

/** A strength's allowance, or that of a cloak of paint alone. */
export function allowanceFor({ strengths, paint_alone: alone }: NetworkDescription, strength: keyof NetworkDescription['strengths'], layers: CloakLayers): Allowance {
  return layers === 'paint-alone' ? { ...NO_FIELDS, ...alone } : strengths[strength];
}

/** @param wholeVisibility of paint that goes alone */
export function allowanceOf({ paint, colour, ...fields }: Allowance, wholeVisibility: number, { side, detail, symmetry, isGrey }: FaceView): FaceAllowance {
  const isLarge = side >= SHARP_DETAIL;
  return {
    fields: isGrey ? { ...fields, tint: 0 } : fields,
    symmetry,
    paint: {
      visibility: wholeVisibility * paint * shareForSize(side) * (isLarge ? shareForDetail(detail) : 1),
      colour: colour * colourFor(side),
      side,
      finest: isLarge ? Math.min(side, DETAIL_KEPT * detail) : side,
    },
  };
}

/** Pixels a side of the crop, up to which paint has its plain visibility. */
const PLAIN = 256;
const MOST_SHARE = 1.25;

/**
 * On a small face a line of paint is as wide as a lash or the rim of glasses, on a large one it is a soft shadow among pores: with
 * three quarters of the share Butteraugli's 3-norm is .64 on portraits, with all of it .98 on LFW. So large faces get a little more.
 * @param side of the crop in the picture, pixels
 * @returns the share of the visibility, 1 to 1.25
 */
export function shareForSize(side: number): number {
  return Math.min(MOST_SHARE, Math.max(1, (side / PLAIN) ** 0.3));
}

/** Faces with as much detail hide paint as well as any; that smaller ones have less is no blur. Pixels a side of the crop. */
const SHARP_DETAIL = 90;
const LEAST_SHARE_FOR_DETAIL = 0.4;
/** Of paint is kept what is up to so many times as fine as the face. */
const DETAIL_KEPT = 2;

/**
 * On a face out of focus lines of paint are the only sharp ones.
 * @param detail pixels a side that the sharpness of the picture would fill
 * @returns the share of the visibility, 0.4 to 1
 */
export function shareForDetail(detail: number): number {
  return Math.min(1, Math.max(LEAST_SHARE_FOR_DETAIL, (detail / SHARP_DETAIL) ** 0.5));
}

/** Pixels a side of a crop, up to which its own coarseness hides what is painted; twice as large, care is greatest. */
const CARELESS = 200;
/** Of the colours that small faces hide. */
const LEAST_COLOUR = 0.55;

/**
 * How plainly what is painted is seen at the size in which a face is shown, 0 to 1.
 * @param side of the crop in the picture, pixels
 */
export function careFor(side: number): number {
  return Math.min(1, Math.max(0, Math.log2(side / CARELESS)));
}

/** Spots of a few pixels show no colour to the eye, those of ten tint the skin: the share of the colours left, 0.55 to 1. */
export function colourFor(side: number): number {
  return 1 - (1 - LEAST_COLOUR) * careFor(side);
}
