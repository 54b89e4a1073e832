/** Contact sheets at 100%: before, after, difference times ten, side by side, a row a picture. */
import sharp from 'sharp';
import type { CloakReport } from '../src/engine/types';
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
  const box = faces[0]?.box ?? { x: 0, y: 0, width: picture.width, height: picture.height };
  const [width, height] = [Math.min(TILE, picture.width), Math.min(TILE, picture.height)];
  const within = (start: number, size: number, limit: number) => Math.round(Math.min(Math.max(0, start), limit - size));
  const left = within(box.x + box.width / 2 - width / 2, width, picture.width);
  const top = within(box.y + box.height / 2 - height / 2, height, picture.height);
  return toSharp(picture).extract({ left, top, width, height }).png().toBuffer();
}
