/** A small square out of the middle of a cloaked picture, for the history of users who asked for it; as text on its way there. */
import { fromBase64, toBase64 } from './dataAddress';

const SIDE = 64;
const TYPE = 'image/webp';
/** Noise of that size takes 5 kB. */
const MOST_BYTES = 16_384;

/** Base64; null for what the browser cannot decode. */
export async function thumbnailOf(file: Blob): Promise<string | null> {
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return null;
  const { width, height } = picture;
  const side = Math.min(width, height);
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const context = canvas.getContext('2d')!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, (width - side) / 2, (height - side) / 2, side, side, 0, 0, SIDE, SIDE);
  picture.close();
  const blob = await canvas.convertToBlob({ type: TYPE, quality: 0.8 });
  return toBase64(new Uint8Array(await blob.arrayBuffer()));
}

/** The picture again. Content scripts live in the pages' own processes: null for what `thumbnailOf` has not made. */
export function fromThumbnail(text: unknown): Blob | null {
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null;
  const bytes = fromBase64(text.replace(/=+$/, ''));
  const isWebp = String.fromCharCode(...bytes.subarray(0, 4), ...bytes.subarray(8, 12)) === 'RIFFWEBP';
  return isWebp && bytes.length <= MOST_BYTES ? new Blob([bytes], { type: TYPE }) : null;
}
