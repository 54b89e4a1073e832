/** A decoded picture that is read in places, and the same with changes. There is no second copy of the whole. */
import { addChange, type Pixels, type PixelSource } from './pixels';
import type { Change } from './formats/change';
import type { Box } from './types';

type Context = OffscreenCanvasRenderingContext2D;

export class Picture implements PixelSource {
  readonly width: number;
  readonly height: number;
  /** Where what is read is drawn, in memory that the processor reaches without a detour over the graphics card. */
  private readonly window: Context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })!;

  /** @param bitmap must not be closed while pixels are read */
  constructor(private readonly bitmap: ImageBitmap) {
    this.width = bitmap.width;
    this.height = bitmap.height;
  }

  read({ x, y, width, height }: Box): Pixels {
    Object.assign(this.window.canvas, { width, height }); // which clears it
    this.window.drawImage(this.bitmap, x, y, width, height, 0, 0, width, height);
    return { x, y, width, height, data: this.window.getImageData(0, 0, width, height).data };
  }

  /** The whole drawn so small that it fits into a square of `side`; each value is of the few pixels about its place. */
  sketch(side: number): Pixels {
    const scale = Math.min(1, side / Math.max(this.width, this.height));
    const [width, height] = [Math.max(1, Math.round(scale * this.width)), Math.max(1, Math.round(scale * this.height))];
    Object.assign(this.window.canvas, { width, height });
    this.window.drawImage(this.bitmap, 0, 0, width, height);
    return { x: 0, y: 0, width, height, data: this.window.getImageData(0, 0, width, height).data };
  }
}

/** The picture as it becomes. @param changes upright, as the picture is */
export class ChangedPicture implements PixelSource {
  constructor(
    private readonly picture: PixelSource,
    private readonly changes: readonly Change[],
  ) {}

  get width(): number {
    return this.picture.width;
  }

  get height(): number {
    return this.picture.height;
  }

  read(box: Box): Pixels {
    const pixels = this.picture.read(box);
    for (const change of this.changes) addChange(pixels, change);
    return pixels;
  }
}
