/**
 * A picture that is read and changed in places: the decoded bitmap, and the parts of it that were written since. There is no
 * second copy of the whole.
 */
import type { Pixels, PixelTarget } from './pixels';
import type { Box } from './types';

type Context = OffscreenCanvasRenderingContext2D;

export class PatchedPicture implements PixelTarget {
  readonly width: number;
  readonly height: number;
  private patches: Pixels[] = [];
  /** Where what is read is drawn, in memory that the processor reaches without a detour over the graphics card. */
  private readonly window: Context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })!;

  /** @param bitmap must not be closed while pixels are read */
  constructor(private readonly bitmap: ImageBitmap) {
    this.width = bitmap.width;
    this.height = bitmap.height;
  }

  read(box: Box): Pixels {
    this.show(box);
    for (const patch of this.patches) put(this.window, patch, box);
    return this.shown(box);
  }

  /** As it was before anything was written. */
  readOriginal(box: Box): Pixels {
    this.show(box);
    return this.shown(box);
  }

  /** Keeps the pixels themselves, which the caller must not change any more. */
  write(pixels: Pixels): void {
    this.patches.push(pixels);
  }

  /** Forgets what was written wholly within the box. */
  restore(box: Box = { x: 0, y: 0, width: this.width, height: this.height }): void {
    this.patches = this.patches.filter((patch) => !isWithin(patch, box));
  }

  /** Shows all of it, for what is written anew as a whole. */
  toCanvas(): OffscreenCanvas {
    const context = new OffscreenCanvas(this.width, this.height).getContext('2d', { willReadFrequently: true })!;
    context.drawImage(this.bitmap, 0, 0);
    for (const patch of this.patches) put(context, patch, { x: 0, y: 0 });
    return context.canvas;
  }

  private show({ x, y, width, height }: Box): void {
    Object.assign(this.window.canvas, { width, height }); // which clears it
    this.window.drawImage(this.bitmap, x, y, width, height, 0, 0, width, height);
  }

  private shown({ x, y, width, height }: Box): Pixels {
    return { x, y, width, height, data: this.window.getImageData(0, 0, width, height).data };
  }
}

function isWithin({ x, y, width, height }: Box, box: Box): boolean {
  return x >= box.x && y >= box.y && x + width <= box.x + box.width && y + height <= box.y + box.height;
}

/** @param origin the place in the picture that the canvas begins at */
function put(context: Context, { x, y, width, height, data }: Pixels, origin: { x: number; y: number }): void {
  context.putImageData(new ImageData(data, width, height), x - origin.x, y - origin.y);
}
