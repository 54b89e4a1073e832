/**
 * Pictures whose faces are known: collages that this makes of the portraits, from a seed, and the SFHQ montages. The portraits have
 * two halves: thresholds are chosen on collages of the first, figures are reported on collages of the second.
 */
import { basename, join } from 'node:path';
import sharp, { type OverlayOptions } from 'sharp';
import { randomFrom } from '../src/engine/cloak/random';
import { apply, scaleOf, similarityTransform, type Similarity } from '../src/engine/align';
import type { Point } from '../src/engine/types';
import { dataRoot } from './data';

/** A face as it lies in a picture: the ArcFace template box (0 to 112), upright or not. */
export interface KnownFace {
  /** Of the template box. */
  centre: Point;
  /** Side of the template box, pixels. */
  side: number;
}

export interface Scene {
  /** The row of the table that it counts for. */
  row: string;
  name: string;
  bytes: Buffer;
  faces: KnownFace[];
}

export interface Portrait {
  path: string;
  /** Template coordinates to pixels of the portrait. */
  transform: Similarity;
}

export type Half = 'tune' | 'report';

const TEMPLATE = 112;
/** Side of what is cut out of a portrait, in sides of the template box. */
const CUT = 2.4;
const SIZES = [24, 32, 48, 64, 96, 128, 256, 512];
/** Half of a row's faces lean to the other side. */
const ANGLES = [30, 45, 60, 90, 180];
const FACES_A_ROW = 50;

/** How a face is put into a picture. */
interface Placing {
  portrait: Portrait;
  x: number;
  y: number;
  /** Of the template box, pixels. */
  side: number;
  /** Degrees, clockwise. */
  angle: number;
  mirrored: boolean;
  printed?: boolean;
}

interface Size {
  width: number;
  height: number;
}

const SCREEN: Size = { width: 1600, height: 1200 };
const PHOTO: Size = { width: 4000, height: 3000 };

export function portraitOf(path: string, keypoints: readonly Point[]): Portrait {
  return { path, transform: similarityTransform(keypoints) };
}

/** Everything that is reported, in the table's order, made one after the other; only rows whose name matches `only`. */
export async function* collages(portraits: readonly Portrait[], half: Half, only: RegExp): AsyncGenerator<Scene> {
  const own = portraits.filter((_, i) => i % 2 === (half === 'tune' ? 0 : 1));
  for (const [index, [row, make]] of Object.entries(ROWS).entries()) {
    // each row has random numbers of its own: the same pictures, whichever rows are asked for
    if (only.test(row)) yield* await make(new Studio(own, (half === 'tune' ? 1000 : 2000) + index), row);
  }
}

const tilted = (studio: Studio, row: string, size: Size, how: Partial<Placing> & { side: number }): Promise<Scene[]> =>
  studio.grid(row, size, FACES_A_ROW, () => ({ angle: studio.tilt(), ...how }));

const turned = (studio: Studio, row: string, side: number, angle: number): Promise<Scene[]> =>
  studio.grid(row, SCREEN, FACES_A_ROW, () => ({ side, angle: studio.either() ? angle : -angle }));

type Row = (studio: Studio, row: string) => Promise<Scene[]>;
const ROWS: Record<string, Row> = {
  ...Object.fromEntries(SIZES.map((side): [string, Row] => [`${side} px`, (studio, row) => tilted(studio, row, SCREEN, { side })])),
  ...Object.fromEntries(ANGLES.map((angle): [string, Row] => [`48 px, turned by ${angle}°`, (studio, row) => turned(studio, row, 48, angle)])),
  '32 px, turned by 90°': (studio, row) => turned(studio, row, 32, 90),
  'mirrored, 64 px': (studio, row) => tilted(studio, row, SCREEN, { side: 64, mirrored: true }),
  'cut by the border by 15%, 96 px': (studio, row) => studio.cut(row, 0.15),
  'cut by the border by 30%, 96 px': (studio, row) => studio.cut(row, 0.3),
  'half of them hidden by 15%, 96 px': (studio, row) => studio.overlapping(row, 0.15),
  'half of them hidden by 30%, 96 px': (studio, row) => studio.overlapping(row, 0.3),
  'printed, seen aslant, 64 px': (studio, row) => tilted(studio, row, SCREEN, { side: 64, printed: true }),
  '40 in a picture, 24 to 160 px': (studio, row) => studio.crowds(row, 3),
  'the whole frame': (studio, row) => studio.wholeFrames(row, 10),
  ...Object.fromEntries(
    [32, 48, 128].map((side): [string, Row] => [`12 megapixels, ${side} px`, (studio, row) => tilted(studio, row, PHOTO, { side })]),
  ),
  'no face': (studio, row) => studio.empty(row, 9),
};

class Studio {
  private readonly random: () => number;
  private next = 0;

  constructor(
    private readonly portraits: readonly Portrait[],
    seed: number,
  ) {
    this.random = randomFrom(seed).uniform;
  }

  /** As people hold their heads: up to 12 degrees to either side. */
  tilt(): number {
    return 24 * (this.random() - 0.5);
  }

  either(): boolean {
    return this.random() < 0.5;
  }

  /** `total` faces in as many pictures as they need, at places of a grid and a little beside. */
  async grid(row: string, size: Size, total: number, how: () => Partial<Placing> & { side: number; angle: number }): Promise<Scene[]> {
    const scenes: Scene[] = [];
    let left = total;
    while (left > 0) {
      const placings: Placing[] = [];
      const { side } = how();
      const cell = 1.45 * CUT * side;
      const [columns, rows] = [size.width, size.height].map((length) => Math.max(1, Math.floor(length / cell))) as [number, number];
      const places = this.shuffled(Array.from({ length: columns * rows }, (_, i) => i)).slice(0, Math.min(left, side >= 256 ? 2 : 25));
      for (const place of places) {
        const free = (length: number, count: number): number => (length / count - CUT * side) * (this.random() - 0.5) * 0.6;
        const x = ((place % columns) + 0.5) * (size.width / columns) + free(size.width, columns);
        const y = (Math.floor(place / columns) + 0.5) * (size.height / rows) + free(size.height, rows);
        placings.push({ mirrored: this.either(), ...how(), portrait: this.portrait(), x, y });
      }
      left = side >= 256 && scenes.length >= 5 ? 0 : left - placings.length;
      scenes.push(await this.scene(row, size, placings, scenes.length));
    }
    return scenes;
  }

  /** Faces at the border of the picture, which takes `share` of their template box from one side. */
  async cut(row: string, share: number): Promise<Scene[]> {
    const side = 96;
    const inside = side * (0.5 - share);
    const { width, height } = SCREEN;
    return this.several(3, (number) => {
      const along = (length: number, count: number): number[] => Array.from({ length: count }, (_, i) => ((i + 0.5) * length) / count);
      const places = [
        ...along(width, 5).flatMap((x) => [{ x, y: inside }, { x, y: height - inside }]),
        ...along(height, 5).slice(1, -1).flatMap((y) => [{ x: inside, y }, { x: width - inside, y }]),
      ];
      return this.scene(row, SCREEN, places.map((place) => this.placing({ ...place, side, angle: this.tilt() })), number);
    });
  }

  /** Pairs: the second face hides `share` of the first one's template box. */
  async overlapping(row: string, share: number): Promise<Scene[]> {
    const side = 96;
    return this.several(3, (number) => {
      const placings = Array.from({ length: 9 }, (_, i) => {
        const [x, y] = [(((i % 3) + 0.5) * SCREEN.width) / 3, ((Math.floor(i / 3) + 0.5) * SCREEN.height) / 3];
        // The mask of what is pasted ends at .62 of the template's side from its centre.
        const apart = (side * (0.5 + MASK * CUT - share)) / 2;
        const tall = this.random() < 0.3;
        const of = (sign: number): Placing => this.placing({ x: x + (tall ? 0 : sign * apart), y: y + (tall ? sign * apart : 0), side, angle: this.tilt() });
        return [of(-1), of(1)];
      }).flat();
      return this.scene(row, SCREEN, placings, number);
    });
  }

  async crowds(row: string, count: number): Promise<Scene[]> {
    return this.several(count, (number) => {
      const placings: Placing[] = [];
      while (placings.length < 40) {
        const side = 24 * (160 / 24) ** this.random();
        const reach = 0.8 * side;
        const [x, y] = [reach + this.random() * (SCREEN.width - 2 * reach), reach + this.random() * (SCREEN.height - 2 * reach)];
        if (placings.every((other) => Math.hypot(other.x - x, other.y - y) > 1.1 * (side + other.side))) {
          placings.push(this.placing({ x, y, side, angle: this.tilt() }));
        }
      }
      return this.scene(row, SCREEN, placings, number);
    });
  }

  /** The face from brow to chin is the whole picture. */
  async wholeFrames(row: string, count: number): Promise<Scene[]> {
    return this.several(count, async (number) => {
      const side = 600;
      const placing = { ...this.placing({ x: side / 2, y: side / 2, side, angle: 0 }), mirrored: false };
      const { input } = await cutOut(placing, false);
      const from = Math.round((side * (CUT - 1)) / 2);
      const bytes = await sharp(input as Buffer).extract({ left: from, top: from, width: side, height: side }).flatten().jpeg({ quality: 90 }).toBuffer();
      return { row, name: nameOf(row, number), bytes, faces: [{ centre: { x: side / 2, y: side / 2 }, side }] };
    });
  }

  /** What is beside the faces in the portraits, as tiles of many sizes; and drawn patterns. */
  async empty(row: string, count: number): Promise<Scene[]> {
    return this.several(count, (number) => this.scene(row, SCREEN, [], number, number % 3));
  }

  private async several(count: number, make: (number: number) => Promise<Scene>): Promise<Scene[]> {
    const scenes: Scene[] = [];
    for (let number = 0; number < count; number++) scenes.push(await make(number));
    return scenes;
  }

  private portrait(): Portrait {
    return this.portraits[this.next++ % this.portraits.length]!;
  }

  private placing(how: Omit<Placing, 'portrait' | 'mirrored'>): Placing {
    return { ...how, portrait: this.portrait(), mirrored: this.either() };
  }

  private shuffled<T>(items: T[]): T[] {
    return items.map((item) => ({ item, order: this.random() })).sort((a, b) => a.order - b.order).map(({ item }) => item);
  }

  private async scene(row: string, size: Size, placings: readonly Placing[], number: number, ground = 0): Promise<Scene> {
    const margin = Math.ceil(CUT * Math.max(0, ...placings.map(({ side }) => side)));
    const wide = { width: size.width + 2 * margin, height: size.height + 2 * margin };
    const layers = await Promise.all(placings.map((placing) => cutOut(placing, true)));
    const moved = layers.map((layer): OverlayOptions => ({ ...layer, left: layer.left! + margin, top: layer.top! + margin }));
    const all = await sharp(await this.ground(wide, ground)).composite(moved).png({ compressionLevel: 1 }).toBuffer();
    const bytes = await sharp(all).extract({ left: margin, top: margin, ...size }).jpeg({ quality: 88 }).toBuffer();
    return { row, name: nameOf(row, number), bytes, faces: placings.map(({ x, y, side }) => ({ centre: { x, y }, side })) };
  }

  /** 0: tiles cut from beside the portraits' faces, blurred a little; 1: the same, sharp and small; 2: drawn shapes and noise. */
  private async ground({ width, height }: Size, kind: number): Promise<Buffer> {
    if (kind === 2) return this.drawnGround({ width, height });
    const tile = kind === 0 ? 400 : 150;
    const layers: OverlayOptions[] = [];
    for (let top = 0; top < height; top += tile) {
      for (let left = 0; left < width; left += tile) {
        const { path } = this.portraits[Math.floor(this.random() * this.portraits.length)]!;
        const corner = this.either() ? 0 : 1024 - 150;
        const beside = sharp(path).extract({ left: corner, top: 0, width: 150, height: 300 }).resize(Math.min(tile, width - left), Math.min(tile, height - top), { fit: 'fill' });
        layers.push({ input: await (this.either() ? beside.flop() : beside).toBuffer(), left, top });
      }
    }
    const joined = await sharp({ create: { width, height, channels: 3, background: '#70757a' } }).composite(layers).png({ compressionLevel: 1 }).toBuffer();
    return kind === 0 ? sharp(joined).blur(4).png({ compressionLevel: 1 }).toBuffer() : joined;
  }

  private async drawnGround({ width, height }: Size): Promise<Buffer> {
    const colour = (): string => `hsl(${Math.floor(360 * this.random())} ${Math.floor(60 * this.random())}% ${Math.floor(20 + 60 * this.random())}%)`;
    const shapes = Array.from({ length: 250 }, () => {
      const [x, y, size] = [width * this.random(), height * this.random(), 10 + 150 * this.random() ** 2];
      return this.random() < 0.5
        ? `<ellipse cx="${x}" cy="${y}" rx="${size}" ry="${size * (0.4 + this.random())}" fill="${colour()}"/>`
        : `<rect x="${x}" y="${y}" width="${size * 2}" height="${size * (0.2 + 2 * this.random())}" fill="${colour()}" transform="rotate(${90 * this.random()} ${x} ${y})"/>`;
    });
    const svg = `<svg width="${width}" height="${height}"><rect width="100%" height="100%" fill="${colour()}"/>${shapes.join('')}</svg>`;
    const grain = Buffer.from(Array.from({ length: 400 * 300 * 3 }, () => Math.floor(256 * this.random())));
    const noise = await sharp(grain, { raw: { width: 400, height: 300, channels: 3 } }).resize(width, height, { fit: 'fill' }).png().toBuffer();
    return sharp(Buffer.from(svg)).flatten().composite([{ input: noise, blend: 'soft-light' }]).png({ compressionLevel: 1 }).toBuffer();
  }
}

const nameOf = (row: string, number: number): string => `${row.replace(/[^\w]+/g, '-')}-${number}.jpg`;

/** Radius of what is pasted, in sides of what is cut out of a portrait. */
const MASK = 0.4;

/** The square around a portrait's face that is pasted; where it is larger than the portrait, the portrait's edges go on. */
function squareOf(portrait: Portrait): Promise<Buffer> {
  const known = squares.get(portrait) ?? cutSquare(portrait);
  squares.set(portrait, known);
  return known;
}
const squares = new Map<Portrait, Promise<Buffer>>();

async function cutSquare({ path, transform }: Portrait): Promise<Buffer> {
  const centre = apply(transform, { x: TEMPLATE / 2, y: TEMPLATE / 2 });
  const cut = CUT * TEMPLATE * scaleOf(transform);
  const extension = 700;
  const extended = await sharp(path).extend({ left: extension, right: extension, top: extension, bottom: extension, extendWith: 'copy' }).png({ compressionLevel: 0 }).toBuffer();
  const [left, top, side] = [centre.x - cut / 2 + extension, centre.y - cut / 2 + extension, cut].map(Math.round) as [number, number, number];
  return sharp(extended).extract({ left, top, width: side, height: side }).png({ compressionLevel: 0 }).toBuffer();
}

async function cutOut({ portrait, x, y, side, angle, mirrored, printed }: Placing, masked: boolean): Promise<OverlayOptions> {
  const size = Math.round(CUT * side);
  let picture: Buffer = await sharp(await squareOf(portrait)).resize(size, size).flop(mirrored).png().toBuffer();
  if (printed) picture = await printedCopy(picture, size);
  if (!masked) return { input: picture };
  const shape = printed
    ? `<rect x="${0.1 * size}" y="${0.1 * size}" width="${0.8 * size}" height="${0.8 * size}"/>`
    : `<ellipse cx="${size / 2}" cy="${size / 2}" rx="${MASK * size}" ry="${(MASK + 0.08) * size}"/>`;
  const mask = await sharp(Buffer.from(`<svg width="${size}" height="${size}">${shape}</svg>`)).blur(Math.max(0.5, size / 60)).png().toBuffer();
  const shown = await sharp(picture).ensureAlpha().composite([{ input: mask, blend: 'dest-in' }]).png().toBuffer();
  const transparent = { r: 0, g: 0, b: 0, alpha: 0 };
  const turned = printed
    ? sharp(shown).affine([[0.8, 0.12], [0.08, 0.95]], { background: transparent })
    : sharp(shown).rotate(angle, { background: transparent });
  const { data, info } = await turned.png().toBuffer({ resolveWithObject: true });
  return { input: data, left: Math.round(x - info.width / 2), top: Math.round(y - info.height / 2) };
}

/** On paper: a white border, little contrast, a little blur. */
async function printedCopy(picture: Buffer, size: number): Promise<Buffer> {
  const frame = `<svg width="${size}" height="${size}"><rect x="${0.12 * size}" y="${0.12 * size}" width="${0.76 * size}" height="${0.76 * size}" fill="none" stroke="#eee" stroke-width="${0.04 * size}"/></svg>`;
  const faded = await sharp(picture).linear(0.7, 50).blur(0.7).composite([{ input: Buffer.from(frame) }]).png().toBuffer();
  return faded;
}

/** Grids of the montages, pixels; their cells hold faces aligned as FFHQ's are. */
const MONTAGES = [
  { file: 'SFHQ_sample_1x2', columns: 2, rows: 1, left: 10, top: 82, side: 1803, across: 1839, down: 0 },
  { file: 'SFHQ_sample_3x6', columns: 6, rows: 3, left: 10, top: 39, side: 600, across: 609, down: 645 },
  { file: 'SFHQ_sample_4x8', columns: 8, rows: 4, left: 10, top: 34, side: 450, across: 456.5, down: 486 },
  { file: 'SFHQ_variability_hair_style', columns: 11, rows: 5, left: 10, top: 148, side: 325, across: 332, down: 366 },
  ...['age', 'age_X_ethnicity_1', 'age_X_ethnicity_2', 'ethnicity', 'hair_color'].map((name) => ({
    file: `SFHQ_variability_${name}`, columns: 13, rows: 6, left: 11, top: 146, side: 269, across: 281.4, down: 304,
  })),
];
/** Of a cell's side, in FFHQ's alignment: the template box and its centre. */
const FFHQ = { side: 0.8, x: 0.5, y: 0.53 };

export async function* montages(read: (path: string) => Promise<Buffer>, only: RegExp): AsyncGenerator<Scene> {
  for (const { file, columns, rows, left, top, side, across, down } of MONTAGES) {
    const row = `SFHQ montages, ${Math.round(FFHQ.side * side)} px`;
    if (!only.test(row)) continue;
    const path = join(dataRoot, 'faces', 'sfhq', `${file}.jpg`);
    const faces = Array.from({ length: columns * rows }, (_, i): KnownFace => {
      const [x, y] = [left + (i % columns) * across, top + Math.floor(i / columns) * down];
      return { centre: { x: x + FFHQ.x * side, y: y + FFHQ.y * side }, side: FFHQ.side * side };
    });
    yield { row, name: basename(path), bytes: await read(path), faces };
  }
}
