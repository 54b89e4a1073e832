/** Face geometry: from detected keypoints to the ArcFace template and the canonical crop. */
import type { Box, Point } from './types';

/** The ArcFace 112 x 112 five points (eyes, nose tip, mouth corners), the two mouth corners taken as their mean. */
export const templatePoints: readonly Point[] = [
  { x: 38.2946, y: 51.6963 },
  { x: 73.5318, y: 51.5014 },
  { x: 56.0252, y: 71.7366 },
  { x: (41.5493 + 70.7299) / 2, y: (92.3655 + 92.2041) / 2 },
];

/** A box on the template: left, top, right, bottom. */
export type TemplateBox = readonly [left: number, top: number, right: number, bottom: number];

/** What the network sees. Holds the crop of every recogniser. */
export const canonicalBox: TemplateBox = [-24, -24, 136, 136];
/** Side of the canonical crop, pixels. */
export const CANONICAL_SIZE = 256;

/** Scale, rotation and shift without reflection: x' = a x - b y + tx, y' = b x + a y + ty. */
export interface Similarity {
  a: number;
  b: number;
  tx: number;
  ty: number;
}

export function apply({ a, b, tx, ty }: Similarity, { x, y }: Point): Point {
  return { x: a * x - b * y + tx, y: b * x + a * y + ty };
}

/** The same for a picture `factor` times the size. */
export function scaled({ a, b, tx, ty }: Similarity, factor: number): Similarity {
  return { a: factor * a, b: factor * b, tx: factor * tx, ty: factor * ty };
}

export function scaleOf({ a, b }: Similarity): number {
  return Math.hypot(a, b);
}

/** Side of the canonical box in the picture, pixels. */
export function canonicalSide(transform: Similarity): number {
  return scaleOf(transform) * (canonicalBox[2] - canonicalBox[0]);
}

export function invert({ a, b, tx, ty }: Similarity): Similarity {
  const square = a * a + b * b;
  return { a: a / square, b: -b / square, tx: -(a * tx + b * ty) / square, ty: (b * tx - a * ty) / square };
}

/** Least squares (Umeyama 1991, without reflection): takes `source` points to `target` points. */
export function fitSimilarity(source: readonly Point[], target: readonly Point[]): Similarity {
  const from = centroid(source);
  const to = centroid(target);
  let energy = 0;
  let cosine = 0;
  let sine = 0;
  source.forEach((point, i) => {
    const [px, py] = [point.x - from.x, point.y - from.y];
    const [qx, qy] = [target[i]!.x - to.x, target[i]!.y - to.y];
    energy += px * px + py * py;
    cosine += px * qx + py * qy;
    sine += px * qy - py * qx;
  });
  const a = cosine / energy;
  const b = sine / energy;
  return { a, b, tx: to.x - (a * from.x - b * from.y), ty: to.y - (b * from.x + a * from.y) };
}

function centroid(points: readonly Point[]): Point {
  const sum = points.reduce((total, { x, y }) => ({ x: total.x + x, y: total.y + y }), { x: 0, y: 0 });
  return { x: sum.x / points.length, y: sum.y / points.length };
}

/**
 * Takes template coordinates to pixels of the picture. The fit is made in template units (pixels to template) and then
 * inverted, as the trainer does. Of the keypoints the first four count: right eye, left eye, nose tip, mouth centre.
 */
export function similarityTransform(keypoints: readonly Point[]): Similarity {
  return invert(fitSimilarity(keypoints.slice(0, 4), templatePoints));
}

/** How far the nose may be off the middle of the eyes, in their distance, on a face that looks straight ahead; and on one turned away. */
const STRAIGHT = 0.12;
const TURNED = 0.42;

/**
 * How alike the left and the right of a face may be treated: 1 where it looks straight ahead, 0 where it is turned away.
 * @param keypoints right eye, left eye, nose tip, …
 */
export function symmetryOf(keypoints: readonly Point[]): number {
  const [right, left, nose] = keypoints as [Point, Point, Point];
  const [x, y] = [left.x - right.x, left.y - right.y];
  const along = (nose.x - (right.x + left.x) / 2) * x + (nose.y - (right.y + left.y) / 2) * y;
  const turn = Math.abs(along) / (x * x + y * y);
  return Math.min(1, Math.max(0, (TURNED - turn) / (TURNED - STRAIGHT)));
}

/** The upright box that holds a template box in the picture. */
export function boundsInPicture(transform: Similarity, [left, top, right, bottom]: TemplateBox): Box {
  const corners = [
    { x: left, y: top },
    { x: right, y: top },
    { x: left, y: bottom },
    { x: right, y: bottom },
  ].map((corner) => apply(transform, corner));
  const xs = corners.map(({ x }) => x);
  const ys = corners.map(({ y }) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}
