/** Reads what the engine needs to know of a file before decoding it from its header. */
import { avifOrientation } from './avif';
import { latin1Text, view } from './bytes';
import type { ImageHeader } from './imageHeader';
import { isoBoxes } from './isoBoxes';
import { readJpegHeader } from './jpeg/header';
import { readPngHeader } from './png';
import { readWebpHeader } from './webp';
import type { ImageFormat } from '../../shared/imageType';

/** Null where the header says nothing (cut off, or a format this does not read). */
export function readHeader(format: ImageFormat, bytes: Uint8Array): ImageHeader | null {
  try {
    return readers[format]?.(bytes) ?? null;
  } catch (error) {
    if (error instanceof RangeError) return null; // read past the end
    throw error;
  }
}

const readers: Partial<Record<ImageFormat, (bytes: Uint8Array) => ImageHeader | null>> = {
  jpeg: readJpegHeader,
  png: readPngHeader,
  webp: readWebpHeader,
  gif: readGifHeader,
  bmp: readBmpHeader,
  tiff: readTiffHeader,
  avif: readAvifHeader,
  heic: readImageSpatialExtents,
  heif: readImageSpatialExtents,
};

function plain(width: number, height: number): ImageHeader {
  return { width, height, animated: false, quality: null, profile: null, orientation: 1 };
}

const GIF_BLOCK = { extension: 0x21, image: 0x2c };

/** The screen, or what it grows to when the first frame reaches beyond it, as browsers have it. */
function readGifHeader(bytes: Uint8Array): ImageHeader {
  const data = view(bytes);
  const header = plain(data.getUint16(6, true), data.getUint16(8, true));
  const table = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  let at = 13 + table(data.getUint8(10));
  while (at < bytes.length && bytes[at] === GIF_BLOCK.extension) {
    for (at += 2; at < bytes.length && bytes[at] !== 0; at += 1 + bytes[at]!); // past the sub-blocks
    at++;
  }
  if (bytes[at] !== GIF_BLOCK.image || at + 9 > bytes.length) return header;
  const [left, top, width, height] = [1, 3, 5, 7].map((offset) => data.getUint16(at + offset, true)) as [number, number, number, number];
  return plain(Math.max(header.width, left + width), Math.max(header.height, top + height));
}

/** The oldest of the headers (12 bytes) has sizes of 16 bits. */
function readBmpHeader(bytes: Uint8Array): ImageHeader {
  const data = view(bytes);
  if (data.getUint32(14, true) === 12) return plain(data.getUint16(18, true), data.getUint16(20, true));
  return plain(Math.abs(data.getInt32(18, true)), Math.abs(data.getInt32(22, true)));
}

const TIFF_TAG = { width: 256, height: 257 };
const TIFF_SHORT = 3;

/** Of the first picture in the file. */
function readTiffHeader(bytes: Uint8Array): ImageHeader | null {
  const data = view(bytes);
  const little = bytes[0] === 0x49; // "II"
  const directory = data.getUint32(4, little);
  const values = new Map<number, number>();
  for (let i = 0; i < data.getUint16(directory, little); i++) {
    const at = directory + 2 + 12 * i;
    const isShort = data.getUint16(at + 2, little) === TIFF_SHORT;
    values.set(data.getUint16(at, little), isShort ? data.getUint16(at + 8, little) : data.getUint32(at + 8, little));
  }
  const [width, height] = [values.get(TIFF_TAG.width), values.get(TIFF_TAG.height)];
  return width && height ? plain(width, height) : null;
}

/** An animation need not say its size where a picture does: 0 x 0 then. */
function readAvifHeader(bytes: Uint8Array): ImageHeader | null {
  const extents = readImageSpatialExtents(bytes);
  const picture = extents && { ...extents, orientation: avifOrientation(bytes) };
  const brands = latin1Text(bytes.subarray(8, view(bytes).getUint32(0)));
  return brands.includes('avis') ? { ...(picture ?? plain(0, 0)), animated: true } : picture;
}

const SPATIAL_EXTENTS = 0x69737065; // ispe

/** The largest of the spatial extents in the metadata of an ISO media image. */
function readImageSpatialExtents(bytes: Uint8Array): ImageHeader | null {
  const meta = isoBoxes(bytes).find(({ type }) => type === 'meta')?.content ?? new Uint8Array();
  const data = view(meta);
  let found: ImageHeader | null = null;
  for (let i = 4; i + 16 <= meta.length; i++) {
    if (data.getUint32(i) !== SPATIAL_EXTENTS) continue;
    const [width, height] = [data.getUint32(i + 8), data.getUint32(i + 12)];
    if (!found || width * height > found.width * found.height) found = plain(width, height);
  }
  return found;
}
