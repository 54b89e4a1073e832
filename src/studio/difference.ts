/** Shows what a cloak changes, ten times as strong as it is. */

export const AMPLIFICATION = 10;
/** A larger difference is shown at this size: an image of it is for the screen. */
const MOST_PIXELS = 6e6;
/** Rows computed before other tasks get a turn. */
const ROWS = 256;

/** Writes |a - b| times ten over `a`; opaque. RGBA, 0 to 255. */
export function amplify(a: Uint8ClampedArray, b: Uint8ClampedArray): void {
  for (let i = 0; i < a.length; i += 4) {
    for (let channel = i; channel < i + 3; channel++) a[channel] = AMPLIFICATION * Math.abs(a[channel]! - b[channel]!);
    a[i + 3] = 255;
  }
}

/**
 * Draws the difference of two pictures of one size to the canvas, at that size or, where that is huge, made smaller after it was amplified.
 * Throws the signal's reason, or a `DOMException` where a picture cannot be decoded.
 */
export async function drawDifference(canvas: HTMLCanvasElement, before: Blob, after: Blob, signal: AbortSignal): Promise<void> {
  const pictures: ImageBitmap[] = [];
  try {
    for (const blob of [before, after]) pictures.push(await createImageBitmap(blob));
    const [a, b] = pictures as [ImageBitmap, ImageBitmap];
    const { width, height } = a;
    const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (width * height)));
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const shown = canvas.getContext('2d')!;
    const strip = new OffscreenCanvas(width, Math.min(ROWS, height));
    const context = strip.getContext('2d', { willReadFrequently: true })!;
    for (let top = 0; top < height; top += strip.height) {
      signal.throwIfAborted();
      const [one, other] = [a, b].map((picture) => {
        context.clearRect(0, 0, width, strip.height);
        context.drawImage(picture, 0, -top);
        return context.getImageData(0, 0, width, strip.height);
      }) as [ImageData, ImageData];
      amplify(one.data, other.data);
      context.putImageData(one, 0, 0);
      shown.drawImage(strip, 0, 0, width, strip.height, 0, top * scale, width * scale, strip.height * scale);
      await new Promise((next) => setTimeout(next));
    }
  } finally {
    for (const picture of pictures) picture.close();
  }
}
