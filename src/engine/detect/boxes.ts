/** Geometry of detection: square windows over a picture, overlap of boxes, merging of what several windows found. */
import type { Box } from '../types';

/** A square of the picture, in pixels; it may stick out of the picture (black there). */
export interface Window {
  x: number;
  y: number;
  side: number;
}

export interface WindowOptions {
  /** Smallest face worth finding, pixels. */
  minFace: number;
  /** Smallest face the detector sees, as a share of the window's side. */
  smallestShare: number;
  /** Share of a window's side by which neighbours overlap: at least twice `smallestShare`, so that the largest face that
   * the level before does not see is whole in one of them. */
  overlap: number;
}

/**
 * Windows that show every face of at least `minFace` pixels large enough and whole at least once: first the whole
 * picture, then ever smaller overlapping tiles, each level half the one before, until the smallest face fits.
 */
export function detectionWindows(width: number, height: number, options: WindowOptions): Window[] {
  const smallest = options.minFace / options.smallestShare;
  let side = Math.max(width, height);
  const windows = tiles(width, height, side, options.overlap);
  while (side > smallest) {
    side = Math.max(side / 2, smallest);
    windows.push(...tiles(width, height, side, options.overlap));
  }
  return windows;
}

function tiles(width: number, height: number, side: number, overlap: number): Window[] {
  const starts = (length: number): number[] => {
    const count = 1 + Math.max(0, Math.ceil((length - side) / (side * (1 - overlap))));
    return Array.from({ length: count }, (_, i) => (count === 1 ? (length - side) / 2 : (i * (length - side)) / (count - 1)));
  };
  return starts(height).flatMap((y) => starts(width).map((x) => ({ x, y, side })));
}

/** Area of the intersection over area of the union, 0 to 1. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const intersection = intersectionArea(a, b);
  return intersection / (a.width * a.height + b.width * b.height - intersection);
}

/** Share of the smaller box that lies in the other one, 0 to 1. */
export function containment(a: Box, b: Box): number {
  return intersectionArea(a, b) / Math.min(a.width * a.height, b.width * b.height);
}

function intersectionArea(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}

/**
 * Non-maximum suppression: of boxes that show the same face only the first by `rank` (highest first) stays. Boxes show
 * the same face when they overlap, or when one lies mostly in the other (a face cut by the edge of a tile).
 */
export function suppressNonMaximum<T extends { box: Box }>(candidates: T[], rank: (candidate: T) => number): T[] {
  const kept: T[] = [];
  for (const candidate of [...candidates].sort((a, b) => rank(b) - rank(a))) {
    const known = kept.some(
      ({ box }) => intersectionOverUnion(box, candidate.box) > 0.3 || containment(box, candidate.box) > 0.6,
    );
    if (!known) kept.push(candidate);
  }
  return kept;
}
