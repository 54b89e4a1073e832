/**
 * Looks for faces all over a picture: at several scales, in tiles, and turned by quarters. What it finds are candidates; their
 * keypoints are good enough to look at them closely (see faceDetector.ts), not to cloak by.
 */
import { apply, scaled, scaleOf, type Similarity } from '../align';
import { nextTask } from '../nextTask';
import type { Box, DetectedFace, Point } from '../types';
import type { Size } from '../pixels';
import { suppressNonMaximum } from './boxes';
import type { Level, Pyramid } from './pyramid';
import { centred, GRANULE, STRIDE, type SearchInput, type SearchNetwork, type SearchOutput } from './searchNetwork';

export interface Candidate extends DetectedFace {
  /** Not cut by an edge of the tile it was found in. */
  whole: boolean;
}

/** Smallest box that the network sees well, pixels: a face of 24 pixels between the template's corners has one of 17. */
const SMALLEST_BOX = 15;
const WANTED_BOX = 17;
/** Each scale is this much coarser than the one before; the network sees boxes up to 90 pixels at least. */
const BETWEEN_SCALES = 3;
/** Pixels of the finest scale: what bounds the time that a large picture takes, and the smallest face found in it. */
const MOST_PIXELS = 1.4e6;
/** The same for pictures turned by a quarter or upside down. */
const MOST_TURNED_PIXELS = 0.3e6;
/** No scale is coarser than this many pixels along the longer side. */
const SMALLEST_SIDE = 64;
const TILE = 1056;
const OVERLAP = 96;

/** Degrees that the picture is turned by before it is searched. A face upside down is seen upright as well, but not as surely. */
const TURNS = [0, 90, -90, 180] as const;
type Turn = (typeof TURNS)[number];

/** Of the turn back, its cosine and sine. */
const BACK: Record<Turn, [a: number, b: number]> = { 0: [1, 0], 90: [0, -1], [-90]: [0, 1], 180: [-1, 0] };

/** A part of the turned picture as the network gets it. */
interface Tile extends Size {
  scale: number;
  turn: Turn;
  /** Where it lies in the turned picture of that scale. */
  x: number;
  y: number;
  /** Edges beyond which the picture goes on. */
  inner: { left: boolean; top: boolean; right: boolean; bottom: boolean };
}

export class FaceSearch {
  constructor(private readonly network: SearchNetwork) {}

  /**
   * Each face once, by the place where it was seen best.
   * @param least lowest score, 0 to 1
   * @param turns those that the picture is looked at in
   */
  async find(pyramid: Pyramid, least: number, signal: AbortSignal, turns: readonly Turn[] = TURNS): Promise<Candidate[]> {
    const found: Candidate[] = [];
    for (const tile of turns.flatMap((turn) => tilesOf(pyramid.picture, turn))) {
      await nextTask();
      signal.throwIfAborted();
      const level = pyramid.at(tile.scale);
      found.push(...candidates(await this.network.run(inputOf(level, tile)), tile, toPicture(level, tile), least));
    }
    return suppressNonMaximum(found, ({ score, whole }) => (whole ? score : score / 2));
  }
}

/** Pixels of the tile to the level's. */
function toLevel(level: Size, { turn, x, y }: Tile): Similarity {
  const [a, b] = BACK[turn];
  return { a, b, tx: a * x - b * y + (a < 0 || b > 0 ? level.width : 0), ty: b * x + a * y + (a < 0 || b < 0 ? level.height : 0) };
}

/** Pixels of the tile to the picture's. */
function toPicture(level: Level, tile: Tile): Similarity {
  return scaled(toLevel(level, tile), 1 / level.scale);
}

/** Black beyond the picture's edges. */
function inputOf(level: Level, tile: Tile): SearchInput {
  const { a, b, tx, ty } = toLevel(level, tile);
  const { width, height } = tile;
  const values = new Float32Array(3 * width * height).fill(centred(0));
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const x = a * (column + 0.5) - b * (row + 0.5) + tx - 0.5;
      const y = b * (column + 0.5) + a * (row + 0.5) + ty - 0.5;
      if (x < 0 || y < 0 || x >= level.width || y >= level.height) continue;
      const from = 4 * (y * level.width + x);
      const to = 3 * (row * width + column);
      for (let channel = 0; channel < 3; channel++) values[to + channel] = centred(level.data[from + channel]!);
    }
  }
  return { values, width, height };
}

/** Tiles of all scales, which together show every part of the picture. */
function tilesOf(picture: Size, turn: Turn): Tile[] {
  return scales(picture, turn === 0 ? MOST_PIXELS : MOST_TURNED_PIXELS).flatMap((scale) => tilesAt(picture, scale, turn));
}

/** From fine to coarse. */
function scales({ width, height }: Size, mostPixels: number): number[] {
  const result = [Math.min(SMALLEST_BOX / WANTED_BOX, Math.sqrt(mostPixels / (width * height)))];
  for (;;) {
    const next = result.at(-1)! / BETWEEN_SCALES;
    if (next * Math.max(width, height) < SMALLEST_SIDE) return result;
    result.push(next);
  }
}

function tilesAt(picture: Size, scale: number, turn: Turn): Tile[] {
  const isOnItsSide = Math.abs(turn) === 90;
  const columns = parts(scale * (isOnItsSide ? picture.height : picture.width));
  const rows = parts(scale * (isOnItsSide ? picture.width : picture.height));
  return rows.flatMap((row, i) =>
    columns.map((column, j): Tile => ({
      scale,
      turn,
      x: column.start,
      y: row.start,
      width: column.length,
      height: row.length,
      inner: { left: j > 0, top: i > 0, right: j < columns.length - 1, bottom: i < rows.length - 1 },
    })),
  );
}

/** Overlapping parts of a length, each a multiple of the network's granule; the last may stick out. */
function parts(length: number): { start: number; length: number }[] {
  const count = Math.max(1, Math.ceil((length - OVERLAP) / (TILE - OVERLAP)));
  const side = Math.min(TILE, GRANULE * Math.ceil((length + (count - 1) * OVERLAP) / count / GRANULE));
  return Array.from({ length: count }, (_, i) => ({ start: count === 1 ? 0 : Math.floor((i * Math.max(0, length - side)) / (count - 1)), length: side }));
}

function candidates({ scores, regressors, columns }: SearchOutput, tile: Tile, transform: Similarity, least: number): Candidate[] {
  const leastLogit = Math.log(least / (1 - least));
  const size = scaleOf(transform);
  const map = (x: number, y: number): Point => apply(transform, { x, y });
  const found: Candidate[] = [];
  scores.forEach((logit, cell) => {
    if (logit < leastLogit) return;
    const x = ((cell % columns) + 0.5) * STRIDE;
    const y = (Math.floor(cell / columns) + 0.5) * STRIDE;
    const at = (i: number): number => regressors[16 * cell + i]!;
    const box = { x: x + at(0) - at(2) / 2, y: y + at(1) - at(3) / 2, width: at(2), height: at(3) };
    const centre = map(x + at(0), y + at(1));
    const [width, height] = [at(2) * size, at(3) * size];
    found.push({
      score: 1 / (1 + Math.exp(-logit)),
      whole: isWhole(box, tile),
      box: { x: centre.x - width / 2, y: centre.y - height / 2, width, height }, // square, so that turning does not matter
      keypoints: Array.from({ length: 6 }, (_, i) => map(x + at(4 + 2 * i), y + at(5 + 2 * i))) as DetectedFace['keypoints'],
    });
  });
  return found;
}

/** Whether no edge of the tile cuts the box; the picture's own edges do not count. */
function isWhole({ x, y, width, height }: Box, { inner, ...tile }: Tile): boolean {
  const margin = 2;
  return (
    (!inner.left || x >= margin) &&
    (!inner.top || y >= margin) &&
    (!inner.right || x + width <= tile.width - margin) &&
    (!inner.bottom || y + height <= tile.height - margin)
  );
}
