/** Writes a WebP by the browser's encoder, about as large as its source: where it is cut off and so cannot be edited. */

/** May be this much larger than the source before it is encoded again, more tightly. */
const MOST_GROWTH = 1.3;
const ATTEMPTS = 3;
/** The browser's encoder is lossless from here. */
const LOSSLESS = 100;

/**
 * @param quality that the source tells; null where it is lossless
 * @param sourceSize bytes
 */
export async function encodeWebp(canvas: OffscreenCanvas, quality: number | null, sourceSize: number): Promise<Uint8Array<ArrayBuffer>> {
  let used = quality === null ? LOSSLESS : Math.min(quality, LOSSLESS - 1);
  let blob = await write(canvas, used);
  for (let attempt = 1; attempt < ATTEMPTS && quality !== null && blob.size > MOST_GROWTH * sourceSize; attempt++) {
    used = Math.max(1, used * 0.9);
    blob = await write(canvas, used);
  }
  return new Uint8Array(await blob.arrayBuffer());
}

function write(canvas: OffscreenCanvas, quality: number): Promise<Blob> {
  return canvas.convertToBlob({ type: 'image/webp', quality: quality / 100 });
}
