/** From a file to pixels: upright, and the very numbers that the file holds, whatever colours its profile gives them. */
import { beginning } from './formats/bytes';
import { formats } from './formats/registry';
import { toStored, uprightSize } from './orientation';
import { openSource, refuseTooLarge, type SourceFile } from './sourceFile';
import { CloakError } from './types';

export interface StoredPicture {
  /** The rows as they are stored, not turned. To be closed by whoever asked for it. */
  bitmap: ImageBitmap;
  /** Whether the file ends, or is damaged, before all of it is told. */
  isCutOff: boolean;
}

export interface DecodedPicture extends SourceFile, StoredPicture {
  /** Upright. To be closed by whoever asked for it. */
  bitmap: ImageBitmap;
  /** Of the rows in the file, as EXIF numbers it, 1 to 8. */
  orientation: number;
}

/** Null where the file is no picture (see `openSource`). Throws as `decode` does. */
export async function decodeFile(file: File): Promise<DecodedPicture | null> {
  const source = await openSource(file);
  return source && decode(source);
}

/** Throws `CloakError` (`decode`, `too-large`; `unsupported` where it is an animation that cannot be written). */
export async function decode(source: SourceFile): Promise<DecodedPicture> {
  const { format } = source.type;
  // its first frame alone could be searched, and a face may come later; those that can be written are cloaked in animation.ts
  if (source.header?.animated && !formats[format]?.openAnimation) throw new CloakError('animated', [format.toUpperCase()]);
  const orientation = source.header?.orientation ?? 1;
  const stored = await decodeStored(source);
  const bitmap = upright(stored.bitmap, orientation);
  try {
    refuseTooLarge(bitmap.width, bitmap.height);
    return { ...source, bitmap, orientation, isCutOff: stored.isCutOff };
  } catch (error) {
    bitmap.close();
    throw error;
  }
}

/**
 * The file without anything that turns its picture, in pieces. What says so is taken out before the browser sees it, so that pixels and writers follow
 * one reading, our own: browsers apply an orientation whatever they are asked for (Chromium takes `imageOrientation: 'none'` for `from-image`), and
 * read it each by rules of their own.
 */
export function bareFile({ bytes, type }: Pick<SourceFile, 'bytes' | 'type'>): Uint8Array<ArrayBuffer>[] {
  return formats[type.format]?.bare?.(bytes) ?? [bytes];
}

/** Of a file that is damaged or cut off: what a page shows of it. Throws `CloakError` (`decode`). */
export async function decodeStored(source: SourceFile): Promise<StoredPicture> {
  const { file, bytes, type: { format, type } } = source;
  const parts = bareFile(source);
  try {
    return { bitmap: await decodeBitmap(parts[0] === bytes ? file.slice(0, file.size, type) : new Blob(beginning(parts), { type })), isCutOff: false };
  } catch (cause) {
    const rest = await decodeMended(source);
    if (rest) return rest;
    if (formats[format]?.decodedBy === 'every') throw new CloakError('damaged', [], { cause });
    throw new CloakError('unreadable', [format.toUpperCase()], { cause });
  }
}

function decodeBitmap(image: Blob | VideoFrame): Promise<ImageBitmap> {
  return createImageBitmap(image, { colorSpaceConversion: 'none' });
}

/** Pages show much without an end, and PNG with wrong checksums, while programs get an error; null where there is nothing to show. */
async function decodeMended({ bytes, type: { format, type } }: SourceFile): Promise<StoredPicture | null> {
  for (const { parts, isCutOff, isEndless } of formats[format]?.mended?.(bytes) ?? []) {
    const file = new Blob(beginning(parts), { type });
    const bitmap = await (isEndless ? decodeBeginning(file) : decodeBitmap(file)).catch(() => null);
    if (bitmap) return { bitmap, isCutOff };
  }
  return null;
}

/** A decoder that waits for more than it has waits for ever. */
const MOST_WAIT_MS = 10_000;

/** Transparent from where it ends. Throws where that is all of it. */
async function decodeBeginning(file: Blob): Promise<ImageBitmap> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const endless = new ReadableStream({ start: (controller) => controller.enqueue(bytes) }); // where it ends, so does the decoder's patience
  const decoder = new ImageDecoder({ data: endless, type: file.type, colorSpaceConversion: 'none' });
  const timer = setTimeout(() => decoder.close(), MOST_WAIT_MS);
  try {
    const { image } = await decoder.decode({ completeFramesOnly: false });
    return await decodeBitmap(image).finally(() => image.close());
  } finally {
    clearTimeout(timer);
    decoder.close();
  }
}

/** @param stored is closed */
function upright(stored: ImageBitmap, orientation: number): ImageBitmap {
  return orientation === 1 ? stored : redrawn(stored, orientation);
}

/** In rows of its own, upright. @param stored is closed */
export function redrawn(stored: ImageBitmap, orientation: number): ImageBitmap {
  const size = uprightSize(orientation, stored);
  const canvas = new OffscreenCanvas(size.width, size.height);
  const context = canvas.getContext('2d', { willReadFrequently: true })!; // the bitmap is read in many places
  drawUpright(context, stored, orientation);
  stored.close();
  return canvas.transferToImageBitmap();
}

/** Onto a canvas of the upright picture's size. */
export function drawUpright(context: OffscreenCanvasRenderingContext2D, stored: ImageBitmap | VideoFrame, orientation: number): void {
  context.imageSmoothingEnabled = false;
  context.setTransform(new DOMMatrix([...toStored(orientation, context.canvas)]).inverse());
  context.drawImage(stored, 0, 0);
}
