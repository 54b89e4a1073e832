/** Does to a picture what sites do to uploads: makes it smaller and saves it as JPEG. */

export interface SiteCompression {
  /** JPEG's, 1 to 100. */
  quality: number;
  /** Pixels that the longer side may have at most; null for as many as it has. */
  longest: number | null;
}

export const longestSides = [null, 2048, 1080, 640, 320] as const;

/** Throws a `DOMException` where the picture cannot be decoded. */
export async function recompress(picture: File, { quality, longest }: SiteCompression): Promise<File> {
  const bitmap = await createImageBitmap(picture);
  try {
    const scale = Math.min(1, (longest ?? Infinity) / Math.max(bitmap.width, bitmap.height));
    const canvas = new OffscreenCanvas(Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)));
    const context = canvas.getContext('2d', { alpha: false })!;
    context.imageSmoothingQuality = 'high';
    context.fillStyle = 'white'; // where the picture is transparent, as JPEG cannot be
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: quality / 100 });
    return new File([blob], picture.name, { type: blob.type });
  } finally {
    bitmap.close();
  }
}
