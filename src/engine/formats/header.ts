/** Reads what the engine needs to know of a file before decoding it from its header. */
import { view } from './bytes';
import type { ImageHeader } from './imageHeader';
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
  gif: (bytes) => plain(view(bytes).getUint16(6, true), view(bytes).getUint16(8, true)),
  bmp: (bytes) => plain(Math.abs(view(bytes).getInt32(18, true)), Math.abs(view(bytes).getInt32(22, true))),
  avif: readImageSpatialExtents,
  heic: readImageSpatialExtents,
};

function plain(width: number, height: number): ImageHeader {
  return { width, height, animated: false, quality: null, profile: null };
}

/** The largest `ispe` box of an ISO media image; it stands in the metadata near the start. */
function readImageSpatialExtents(bytes: Uint8Array): ImageHeader | null {
  const data = view(bytes);
  let found: ImageHeader | null = null;
  for (let i = 4; i + 16 <= Math.min(bytes.length, 1 << 16); i++) {
    if (data.getUint32(i) !== 0x69737065) continue;
    const [width, height] = [data.getUint32(i + 8), data.getUint32(i + 12)];
    if (!found || width * height > found.width * found.height) found = plain(width, height);
  }
  return found;
}
