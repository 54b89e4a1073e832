/** From a file to pixels: upright, and the very numbers that the file holds, whatever colours its profile gives them. */
import type { ImageType } from '../shared/imageType';
import { avifOrientation } from './formats/avif';
import type { ImageHeader } from './formats/imageHeader';
import { jpegOrientation } from './formats/jpeg/header';
import { pngWithoutExif } from './formats/png';
import { webpWithoutExif } from './formats/webp';
import { toStored } from './orientation';
import { openSource, refuseTooLarge, type SourceFile } from './sourceFile';
import { CloakError } from './types';

export interface DecodedPicture extends SourceFile {
  /** Orientation applied. To be closed by whoever asked for it. */
  bitmap: ImageBitmap;
  /** Of the rows in the file (EXIF's), 1 to 8. */
  orientation: number;
}

/** Null where the file is no picture (see `openSource`). Throws as `decode` does. */
export async function decodeFile(file: File): Promise<DecodedPicture | null> {
  const source = await openSource(file);
  return source && decode(source);
}

/** Throws `CloakError` (`decode`, `too-large`; `unsupported` where it is an animated AVIF). */
export async function decode(source: SourceFile): Promise<DecodedPicture> {
  const { type, bytes, header } = source;
  // its first frame alone could be searched, and a face may come later; the other animations are cloaked in animation.ts
  if (type.format === 'avif' && header?.animated) throw new CloakError('animated', ['AVIF']);
  const bitmap = await decodeUpright(source);
  try {
    refuseTooLarge(bitmap.width, bitmap.height);
    return { ...source, bitmap, orientation: orientationOf(type, bytes, header) };
  } catch (error) {
    bitmap.close();
    throw error;
  }
}

function orientationOf({ format }: ImageType, bytes: Uint8Array, header: ImageHeader | null): number {
  if (format === 'jpeg') return jpegOrientation(bytes);
  return format === 'avif' ? avifOrientation(bytes) : (header?.orientation ?? 1);
}

/** Browsers heed the orientation of every JPEG and AVIF, but not of every PNG and WebP: those are turned here. */
async function decodeUpright({ file, bytes, type, header }: SourceFile): Promise<ImageBitmap> {
  const orientation = header?.orientation ?? 1;
  if (orientation === 1) return decodeBitmap(file, type);
  const bare = type.format === 'png' ? pngWithoutExif(bytes) : webpWithoutExif(bytes);
  const stored = await decodeBitmap(new Blob([bare]), type);
  const size = orientation < 5 ? stored : { width: stored.height, height: stored.width };
  const canvas = new OffscreenCanvas(size.width, size.height);
  const context = canvas.getContext('2d', { willReadFrequently: true })!; // the bitmap is read in many places
  context.imageSmoothingEnabled = false;
  context.setTransform(new DOMMatrix([...toStored(orientation, size)]).inverse());
  context.drawImage(stored, 0, 0);
  stored.close();
  return canvas.transferToImageBitmap();
}

async function decodeBitmap(file: Blob, { type, format }: ImageType): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file.slice(0, file.size, type), { imageOrientation: 'from-image', colorSpaceConversion: 'none' });
  } catch (cause) {
    if (['jpeg', 'png', 'webp', 'gif', 'bmp'].includes(format)) throw new CloakError('damaged', [], { cause });
    throw new CloakError('unreadable', [format.toUpperCase()], { cause });
  }
}
