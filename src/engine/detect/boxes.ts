/** Geometry of detection: overlap of boxes, merging of what several tiles found. */
import type { Box } from '../types';

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
