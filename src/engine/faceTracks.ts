/**
 * Follows faces through the frames of an animation. A face that the detector misses for a moment is taken to be where it was as
 * long as the picture there is nearly the same: cloaked in one frame and not in the next, it would not be cloaked.
 */
import { apply, boundsInPicture, canonicalBox, scaleOf, type Similarity } from './align';
import type { DetectedFace } from './types';

/** A face in one frame. */
export interface TrackedFace {
  /** The same in all frames that show the face. */
  track: number;
  /** Template coordinates to pixels of the frame. */
  transform: Similarity;
  /** What the detector saw, here or where the face was seen last. */
  face: DetectedFace;
}

export interface FrameFaces {
  /** What the detector found, with the transforms of their keypoints. */
  seen: { face: DetectedFace; transform: Similarity }[];
  /** Small copy of the frame. */
  sketch: Sketch;
}

/** Grey values of a frame that is reduced by `scale`. */
export interface Sketch {
  width: number;
  height: number;
  scale: number;
  values: Float32Array;
}

/** Of a template unit's 160 sides: how far a face may move from frame to frame, and how little counts as not at all where the place looks the same: the detector trembles. */
const MOST_MOVE = 60;
const LEAST_MOVE = 3;
const MOST_GROWTH = 1.6;
/** Mean difference of grey values, of 255, up to which a place looks the same; and up to which nothing moves there, whatever the detector says. */
const [SAME_PLACE, STILL] = [6, 0.5];

/** @returns for each frame the faces in it */
export function trackFaces(frames: readonly FrameFaces[]): TrackedFace[][] {
  let tracks = 0;
  const result: TrackedFace[][] = [];
  frames.forEach(({ seen, sketch }, i) => {
    const before = result[i - 1] ?? [];
    const followed = new Set<number>();
    const found = seen.map(({ face, transform }): TrackedFace => {
      const old = before.find((candidate) => !followed.has(candidate.track) && isSameFace(candidate.transform, transform));
      if (!old) return { track: tracks++, transform, face };
      followed.add(old.track);
      // files tell of a frame what differs from the one before: what is left of that one has its cloak where it was
      const difference = differenceAt(frames[i - 1]!.sketch, sketch, old.transform);
      const stays = difference <= STILL || (difference <= SAME_PLACE && movement(old.transform, transform) < LEAST_MOVE);
      return { track: old.track, transform: stays ? old.transform : transform, face };
    });
    result.push([...found, ...carriedOver(before, found, i > 0 ? frames[i - 1]!.sketch : null, sketch)]);
  });
  for (let i = frames.length - 2; i >= 0; i--) {
    result[i]!.push(...carriedOver(result[i + 1]!, result[i]!, frames[i + 1]!.sketch, frames[i]!.sketch));
  }
  return result;
}

/** The neighbouring frame's faces that were not found here but should be. */
function carriedOver(neighbours: readonly TrackedFace[], found: readonly TrackedFace[], neighbour: Sketch | null, sketch: Sketch): TrackedFace[] {
  if (!neighbour) return [];
  return neighbours.filter(
    ({ track, transform }) =>
      !found.some((other) => other.track === track || isSameFace(other.transform, transform)) && looksTheSame(neighbour, sketch, transform),
  );
}

function isSameFace(a: Similarity, b: Similarity): boolean {
  const growth = scaleOf(a) / scaleOf(b);
  return movement(a, b) < MOST_MOVE && growth < MOST_GROWTH && growth > 1 / MOST_GROWTH;
}

/** Of the farthest corner of the canonical crop, in template units. */
function movement(a: Similarity, b: Similarity): number {
  const [left, top, right, bottom] = canonicalBox;
  const corners = [{ x: left, y: top }, { x: right, y: top }, { x: left, y: bottom }, { x: right, y: bottom }];
  const distances = corners.map((corner) => {
    const [from, to] = [apply(a, corner), apply(b, corner)];
    return Math.hypot(from.x - to.x, from.y - to.y);
  });
  return Math.max(...distances) / scaleOf(a);
}

/** Where the face is, which is less than its crop. */
const FACE_BOX = [12, 12, 100, 112] as const;

export function looksTheSame(a: Sketch, b: Sketch, transform: Similarity): boolean {
  return differenceAt(a, b, transform) <= SAME_PLACE;
}

/** Mean, of grey values; 0 beside the picture. */
function differenceAt(a: Sketch, b: Sketch, transform: Similarity): number {
  const box = boundsInPicture(transform, FACE_BOX);
  const [left, top] = [Math.max(0, Math.floor(box.x * a.scale)), Math.max(0, Math.floor(box.y * a.scale))];
  const [right, bottom] = [Math.min(a.width, Math.ceil((box.x + box.width) * a.scale)), Math.min(a.height, Math.ceil((box.y + box.height) * a.scale))];
  let sum = 0;
  for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += Math.abs(a.values[y * a.width + x]! - b.values[y * a.width + x]!);
  return sum && sum / ((right - left) * (bottom - top));
}
