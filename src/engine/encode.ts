/** From pixels to a file like the source: same format, name, type and date, about as many bytes. */
import type { DecodedPicture } from './decode';
import type { ImageFormat } from '../shared/imageType';
import { encodePng } from './formats/pngEncoder';
import { CloakError } from './types';

/** Where the source does not tell its quality. */
const USUAL_QUALITY = 90;
/** A cloaked file may be this much larger than its source before it is encoded again, more tightly. */
const MOST_GROWTH = 1.3;
const ATTEMPTS = 3;

const encodable: readonly ImageFormat[] = ['jpeg', 'png', 'webp'];

/** Throws `CloakError` (`unsupported`) where a picture like this cannot be written again. */
export function requireEncodable({ type, header }: DecodedPicture): void {
  const kind = header?.animated ? `animated ${type.format.toUpperCase()}` : type.format.toUpperCase();
  if (header?.animated || !encodable.includes(type.format)) {
    throw new CloakError('unsupported', `NullSwap cannot write ${kind} pictures. Save it as JPEG, PNG or WebP and retry.`);
  }
}

/** @param source what the canvas was decoded from; it gives the format, the quality and the size to keep to */
export async function encode(context: OffscreenCanvasRenderingContext2D, picture: DecodedPicture, source: File): Promise<File> {
  // the browser's encoder is the one that can write a wide colour profile
  const own = picture.type.format === 'png' && picture.colorSpace === 'srgb';
  const blob = own ? await encodePng(context) : await encodeByBrowser(context.canvas, picture, source.size);
  return new File([blob], source.name, { type: source.type, lastModified: source.lastModified });
}

async function encodeByBrowser(canvas: OffscreenCanvas, { type, header }: DecodedPicture, sourceSize: number): Promise<Blob> {
  let quality = qualityFor(type.format, header?.quality ?? null);
  let blob = await canvas.convertToBlob({ type: type.type, quality: quality / 100 });
  for (let attempt = 1; attempt < ATTEMPTS && quality < 100 && blob.size > MOST_GROWTH * sourceSize; attempt++) {
    quality = Math.max(1, quality * 0.9);
    blob = await canvas.convertToBlob({ type: type.type, quality: quality / 100 });
  }
  return blob;
}

/** The lossless formats take no quality; WebP is lossless at 100. */
function qualityFor(format: ImageFormat, quality: number | null): number {
  if (format === 'png') return 100;
  if (format === 'webp') return quality === null ? 100 : Math.min(quality, 99);
  return quality ?? USUAL_QUALITY;
}
