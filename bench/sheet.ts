/** Contact sheets: before, after, difference times ten, side by side, a row a picture; and faces in a grid, to be looked at. */
import sharp, { type Sharp } from 'sharp';
import type { Box, CloakReport } from '../src/engine/types';
import { decode, type Picture, toSharp } from './picture';

export interface SheetRow {
  before: Uint8Array;
  after: Uint8Array;
  report: CloakReport;
}

/** Mid-grey plus ten times what changed. */
export function differenceTimesTen(before: Picture, after: Picture): Picture {
  const data = before.data.map((value, index) => Math.min(255, Math.max(0, 128 + 10 * ((after.data[index] ?? 0) - value))));
  return { width: before.width, height: before.height, data };
}

const TILE = 512;

/** A JPEG (4:4:4, quality 95) of TILE-sized cuts around each picture's first face, not resampled. */
export async function contactSheet(rows: SheetRow[]): Promise<Buffer> {
  const composites = await Promise.all(rows.map(async (row, index) => {
    const [before, after] = await Promise.all([decode(row.before), decode(row.after)]);
    const tiles = [before, after, differenceTimesTen(before, after)].map((picture) => cutAroundFace(picture, row.report));
    return Promise.all(tiles.map(async (tile, column) => ({ input: await tile, left: column * TILE, top: index * TILE })));
  }));
  return sharp({ create: { width: 3 * TILE, height: rows.length * TILE, channels: 3, background: 'white' } })
    .composite(composites.flat())
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

function cutAroundFace(picture: Picture, { faces }: CloakReport): Promise<Buffer> {
  return cutAround(picture, faces[0]?.box ?? { x: 0, y: 0, width: picture.width, height: picture.height }, TILE).png().toBuffer();
}

/** The square of at most `side` pixels around the box's middle, not resampled. */
function cutAround(picture: Picture, box: Box, side: number): Sharp {
  const [width, height] = [Math.min(side, picture.width), Math.min(side, picture.height)];
  const within = (start: number, size: number, limit: number) => Math.round(Math.min(Math.max(0, start), limit - size));
  const left = within(box.x + box.width / 2 - width / 2, width, picture.width);
  const top = within(box.y + box.height / 2 - height / 2, height, picture.height);
  return toSharp(picture).extract({ left, top, width, height });
}

/** A face to be looked at. */
export interface SheetFace {
  name: string;
  box: Box;
  /** Side by side: the cloaked one alone, or beside the original. */
  pictures: readonly Picture[];
}

const COLUMNS = 4;
const GRID_ROWS = 3;
const LABEL = 28;

/** How many faces are on one sheet. */
export function facesPerSheet(picturesPerFace: number): number {
  return (COLUMNS * GRID_ROWS) / picturesPerFace;
}

/** A PNG; each picture `side` pixels around its face, enlarged by a whole number (each pixel a square), its name below. */
export async function faceSheet(faces: readonly SheetFace[], side: number, enlarged: number): Promise<Buffer> {
  const tile = side * enlarged;
  const tiles = faces.flatMap(({ name, box, pictures }) => pictures.map((picture) => ({ name, box, picture })));
  const composites = tiles.map(async ({ name, box, picture }, index) => {
    const [left, top] = [(index % COLUMNS) * tile, Math.floor(index / COLUMNS) * (tile + LABEL)];
    const cut = await cutAround(picture, box, side).png().toBuffer({ resolveWithObject: true });
    const face = sharp(cut.data).resize(cut.info.width * enlarged, cut.info.height * enlarged, { kernel: 'nearest' });
    const text = `<svg width="${tile}" height="${LABEL}"><text x="6" y="20" font-family="sans-serif" font-size="18">${name.replace(/[&<>]/g, '')}</text></svg>`;
    return [{ input: await face.png().toBuffer(), left, top }, { input: Buffer.from(text), left, top: top + tile }];
  });
  const rows = Math.ceil(tiles.length / COLUMNS);
  return sharp({ create: { width: COLUMNS * tile, height: rows * (tile + LABEL), channels: 3, background: 'white' } })
    .composite((await Promise.all(composites)).flat())
    .png()
    .toBuffer();
}
