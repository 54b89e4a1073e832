/**
 * A picture at ever coarser scales. They are computed here, since canvases scale a picture each browser in its own way, and a face that is found elsewhere by
 * the tenth of a pixel gets another cloak.
 */
import { bandsOf, type Pixels, type PixelSource } from '../pixels';
import type { Box } from '../types';

/** The picture so much smaller, that many of its own pixels along a pixel of the picture. The last column and row may be shown in part only. */
export class Level implements PixelSource {
  readonly width: number;
  readonly height: number;

  constructor(
    readonly scale: number,
    private readonly pixels: Pixels,
  ) {
    this.width = pixels.width;
    this.height = pixels.height;
  }

  /** RGBA, rows from the top. */
  get data(): Uint8ClampedArray {
    return this.pixels.data;
  }

  read({ x, y, width, height }: Box): Pixels {
    const data = new Uint8ClampedArray(4 * width * height);
    for (let row = 0; row < height; row++) {
      const from = 4 * ((y + row) * this.width + x);
      data.set(this.data.subarray(from, from + 4 * width), 4 * row * width);
    }
    return { x, y, width, height, data };
  }
}

/** One level is made of another where that is so many times finer at least: what was averaged over barely more than a pixel is blurred. */
const FINER = 1.5;

export class Pyramid {
  private readonly levels: Level[] = [];

  constructor(readonly picture: PixelSource) {}

  /** @param scale below 1 */
  at(scale: number): Level {
    const known = this.levels.find((level) => level.scale === scale);
    if (known) return known;
    const { source, scale: sourceScale } = this.fineEnough(FINER * scale);
    const level = new Level(scale, shrunk(source, scale / sourceScale));
    this.levels.push(level);
    return level;
  }

  /** The coarsest of those that are there which has this scale at least; the picture itself where there is none. */
  fineEnough(scale: number): { source: PixelSource; scale: number } {
    const [level] = this.levels.filter((each) => each.scale >= scale).sort((a, b) => a.scale - b.scale);
    return level ? { source: level, scale: level.scale } : { source: this.picture, scale: 1 };
  }
}

/** What one place of the result takes along one axis: pixels from `first` to `last`, of these two the given share. */
interface Span {
  first: number;
  last: number;
  firstShare: number;
  lastShare: number;
  total: number;
}

function spanOf(at: number, ratio: number, length: number): Span {
  const [start, end] = [at / ratio, Math.min((at + 1) / ratio, length)];
  const first = Math.floor(start);
  const last = Math.min(Math.ceil(end), length) - 1;
  if (last <= first) return { first, last: first, firstShare: end - start, lastShare: 0, total: end - start };
  return { first, last, firstShare: first + 1 - start, lastShare: end - last, total: end - start };
}

/**
 * Area average; what is transparent shows black.
 * @param ratio below 1, of the result's scale to the source's
 */
export function shrunk(source: PixelSource, ratio: number): Pixels {
  const [width, height] = [Math.max(1, Math.ceil(source.width * ratio - 1e-6)), Math.max(1, Math.ceil(source.height * ratio - 1e-6))];
  const columns = Array.from({ length: width }, (_, column) => spanOf(column, ratio, source.width));
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  const averages = new Float32Array(3 * width); // of the source's row
  const sums = new Float32Array(3 * width); // of the result's
  let row = 0;
  let span = spanOf(0, ratio, source.height);
  const write = (): void => {
    for (let from = 0, to = 4 * row * width; from < sums.length; from += 3, to += 4) {
      data[to] = sums[from]! / span.total;
      data[to + 1] = sums[from + 1]! / span.total;
      data[to + 2] = sums[from + 2]! / span.total;
    }
    sums.fill(0);
    row += 1;
    span = spanOf(row, ratio, source.height);
  };
  const add = (share: number): void => {
    for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! + share * averages[i]!;
  };
  for (const band of bandsOf({ x: 0, y: 0, width: source.width, height: source.height })) {
    const pixels = source.read(band).data;
    showBlack(pixels);
    for (let y = band.y; y < band.y + band.height; y++) {
      averageRow(pixels, 4 * (y - band.y) * source.width, columns, averages);
      add(y === span.first ? span.firstShare : y === span.last ? span.lastShare : 1);
      while (y === span.last) {
        write();
        if (row === height) return { x: 0, y: 0, width, height, data };
        if (span.first === y) add(span.firstShare);
      }
    }
  }
  throw new RangeError('The source has fewer rows than it says.');
}

function averageRow(data: Uint8ClampedArray, start: number, columns: readonly Span[], averages: Float32Array): void {
  for (let column = 0, to = 0; column < columns.length; column++, to += 3) {
    const { first, last, firstShare, lastShare, total } = columns[column]!;
    let at = start + 4 * first;
    let red = firstShare * data[at]!;
    let green = firstShare * data[at + 1]!;
    let blue = firstShare * data[at + 2]!;
    const end = start + 4 * last;
    for (at += 4; at < end; at += 4) {
      red += data[at]!;
      green += data[at + 1]!;
      blue += data[at + 2]!;
    }
    if (last > first) {
      red += lastShare * data[end]!;
      green += lastShare * data[end + 1]!;
      blue += lastShare * data[end + 2]!;
    }
    averages[to] = red / total;
    averages[to + 1] = green / total;
    averages[to + 2] = blue / total;
  }
}

function showBlack(data: Uint8ClampedArray): void {
  for (let at = 3; at < data.length; at += 4) {
    const alpha = data[at]!;
    if (alpha === 255) continue;
    for (let channel = at - 3; channel < at; channel++) data[channel] = (data[channel]! * alpha) / 255;
  }
}
