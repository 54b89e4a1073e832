import { describe, expect, it } from 'vitest';
import { Level, Pyramid, shrunk } from '../../../src/engine/detect/pyramid';
import type { Pixels, PixelSource } from '../../../src/engine/pixels';

/** Each pixel by what it says about its place. */
function pictureOf(width: number, height: number, pixel: (x: number, y: number) => [red: number, green: number, blue: number, alpha: number]): PixelSource {
  const data = new Uint8ClampedArray(Array.from({ length: width * height }, (_, i) => pixel(i % width, Math.floor(i / width))).flat());
  return new Level(1, { x: 0, y: 0, width, height, data });
}

const noise = (width: number, height: number): PixelSource => {
  let state = 1;
  const next = (): number => ((state = (state * 48271) % 2147483647) % 256);
  return pictureOf(width, height, () => [next(), next(), next(), 255]);
};

/** Area average the slow way: what of each source pixel lies under the result's. */
function slowly(source: PixelSource, ratio: number, column: number, row: number): number[] {
  const { data } = source.read({ x: 0, y: 0, width: source.width, height: source.height });
  const shared = (at: number, pixel: number): number => Math.max(0, Math.min((at + 1) / ratio, pixel + 1) - Math.max(at / ratio, pixel));
  const sums = [0, 0, 0, 0];
  for (let y = 0; y < source.height; y++) {
    for (let x = 0; x < source.width; x++) {
      const share = shared(column, x) * shared(row, y);
      for (let channel = 0; channel < 3; channel++) sums[channel]! += share * data[4 * (y * source.width + x) + channel]!;
      sums[3]! += share;
    }
  }
  return sums.slice(0, 3).map((sum) => sum / sums[3]!);
}

const at = ({ data, width }: Pixels, column: number, row: number): number[] => [...data.subarray(4 * (row * width + column), 4 * (row * width + column) + 3)];

describe('a picture shrunk', () => {
  const sizes: [width: number, height: number, ratio: number][] = [
    [40, 30, 0.5],
    [41, 31, 15 / 17],
    [37, 600, 0.345],
    [100, 1, 0.1],
    [1, 100, 0.999],
    [64, 64, 1 / 3],
    [300, 270, 0.0123],
    [2, 2, 0.01],
  ];
  it.each(sizes)('of %i x %i, by %f, is the average of what lies under each pixel', (width, height, ratio) => {
    const source = noise(width, height);
    const result = shrunk(source, ratio);
    expect([result.width, result.height]).toEqual([Math.max(1, Math.ceil(width * ratio - 1e-6)), Math.max(1, Math.ceil(height * ratio - 1e-6))]);
    for (const column of new Set([0, Math.floor(result.width / 2), result.width - 1])) {
      for (const row of new Set([0, Math.floor(result.height / 2), result.height - 1])) {
        slowly(source, ratio, column, row).forEach((value, channel) => expect(Math.abs(at(result, column, row)[channel]! - value)).toBeLessThan(0.51));
      }
    }
  });

  it('shows black where it is transparent', () => {
    const result = shrunk(pictureOf(8, 8, (x) => [200, 100, 50, x < 4 ? 0 : 128]), 0.5);
    expect(at(result, 0, 0)).toEqual([0, 0, 0]);
    expect(at(result, 3, 3)).toEqual([100, 50, 25]);
  });
});

describe('levels', () => {
  const places = pictureOf(600, 400, (x, y) => [(x * 255) / 600, (y * 255) / 400, 0, 255]);

  it('show each place where it was, whatever they were made of', () => {
    const pyramid = new Pyramid(places);
    for (const scale of [0.88, 0.3, 0.29, 0.1, 0.09]) {
      const level = pyramid.at(scale);
      const pixels = level.read({ x: 20, y: 10, width: 5, height: 5 });
      const [x, y] = [(22 + 0.5) / scale, (12 + 0.5) / scale];
      const [red, green] = at(pixels, 2, 2);
      expect(Math.abs(red! - ((x - 0.5) * 255) / 600)).toBeLessThan(1.5);
      expect(Math.abs(green! - ((y - 0.5) * 255) / 400)).toBeLessThan(1.5);
    }
  });

  it('are made once, and found by what they are fine enough for', () => {
    const pyramid = new Pyramid(places);
    expect(pyramid.fineEnough(0.2)).toEqual({ source: places, scale: 1 });
    const level = pyramid.at(0.5);
    expect(pyramid.at(0.5)).toBe(level);
    pyramid.at(0.1);
    expect(pyramid.fineEnough(0.2)).toEqual({ source: level, scale: 0.5 });
    expect(pyramid.fineEnough(0.6)).toEqual({ source: places, scale: 1 });
  });
});
