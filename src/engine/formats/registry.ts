/** The formats that the engine knows. A new one is a folder, an entry here, and its signature in shared/imageType.ts. */
import type { ImageFormat } from '../../shared/imageType';
import { avif } from './avif/format';
import { bmp } from './bmp/format';
import type { Format, ImageHeader } from './format';
import { gif } from './gif/format';
import { heif } from './heif/format';
import { jpeg } from './jpeg/format';
import { png } from './png/format';
import { tiff } from './tiff/format';
import { isUnreadable } from './unreadable';
import { webp } from './webp/format';

const unknown: Format = { decodedBy: 'some' };

/** Of pictures that some browser decodes. */
export const formats: Partial<Record<ImageFormat, Format>> = { jpeg, png, webp, gif, bmp, avif, tiff, heic: heif, heif, ico: unknown, jxl: unknown };

/** Null where the header says nothing: it is cut off, or of a format that tells nobody. */
export function readHeader(format: ImageFormat, bytes: Uint8Array): ImageHeader | null {
  try {
    return formats[format]?.readHeader?.(bytes) ?? null;
  } catch (error) {
    if (isUnreadable(error)) return null;
    throw error;
  }
}
