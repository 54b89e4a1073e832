import { describe, expect, it } from 'vitest';
import { canonicalBox, CANONICAL_SIZE, type Similarity } from '../../../src/engine/align';
import { blend, feather } from '../../../src/engine/blend';
import { cropFrom, psnr } from '../../../src/engine/crop';
import type { Pixels, PixelTarget } from '../../../src/engine/pixels';
import type { Box } from '../../../src/engine/types';

const GREY = 128;

/** All of it in one array. */
class FakePicture implements PixelTarget {
  readonly data: Uint8ClampedArray;

  constructor(readonly width: number, readonly height: number) {
    this.data = new Uint8ClampedArray(4 * width * height).fill(GREY);
  }

  read({ x, y, width, height }: Box): Pixels {
    const data = new Uint8ClampedArray(4 * width * height);
    for (let row = 0; row < height; row++) {
      const from = 4 * ((y + row) * this.width + x);
      data.set(this.data.subarray(from, from + 4 * width), 4 * row * width);
    }
    return { x, y, width, height, data };
  }

  write({ x, y, width, height, data }: Pixels): void {
    for (let row = 0; row < height; row++) {
      this.data.set(data.subarray(4 * row * width, 4 * (row + 1) * width), 4 * ((y + row) * this.width + x));
    }
  }

  red(x: number, y: number): number {
    return this.data[4 * (y * this.width + x)]!;
  }
}

const SIZE = 160;
const residualOf = (value: (u: number, v: number) => number) => ({
  size: SIZE,
  values: Float32Array.from({ length: SIZE * SIZE * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return value(((pixel % SIZE) + 0.5) / SIZE, (Math.floor(pixel / SIZE) + 0.5) / SIZE);
  }),
});
const even = residualOf(() => 10 / 255);

/** A face of that scale whose template centre (56, 56) is at (x, y). */
function faceAt(x: number, y: number, scale: number, angle = 0): Similarity {
  const [a, b] = [scale * Math.cos(angle), scale * Math.sin(angle)];
  return { a, b, tx: x - (a * 56 - b * 56), ty: y - (b * 56 + a * 56) };
}

describe('feather', () => {
  it('is 1 within, 0 at the edge and outside, and grows in between', () => {
    expect(feather(0.5, 0.5)).toBe(1);
    for (const [u, v] of [[0, 0.5], [0.5, 1], [-0.1, 0.5], [0.5, 1.2]] as const) expect(feather(u, v)).toBe(0);
    expect(feather(0.02, 0.5)).toBeGreaterThan(0);
    expect(feather(0.04, 0.5)).toBeGreaterThan(feather(0.02, 0.5));
  });
});

describe('blend', () => {
  it('adds to the face and leaves what is outside its crop', () => {
    const picture = new FakePicture(500, 400);
    blend(picture, [{ transform: faceAt(250, 200, 1.5), residual: even }]);
    expect(picture.red(250, 200)).toBe(GREY + 10);
    for (const [x, y] of [[129, 200], [371, 200], [250, 79], [250, 321]] as const) expect(picture.red(x, y)).toBe(GREY);
  });

  it('does not add up where crops overlap', () => {
    const picture = new FakePicture(500, 300);
    const faces = [200, 260].map((x) => ({ transform: faceAt(x, 150, 1), residual: even }));
    blend(picture, faces);
    for (let x = 130; x < 330; x++) {
      expect(Math.abs(picture.red(x, 150) - GREY - 10), `at ${x}`).toBeLessThanOrEqual(x > 135 && x < 325 ? 1 : 10);
    }
  });

  it('takes faces cut by the edge of the picture or outside of it', () => {
    const picture = new FakePicture(200, 200);
    blend(picture, [
      { transform: faceAt(0, 0, 1), residual: even },
      { transform: faceAt(900, 900, 1), residual: even },
    ]);
    expect(picture.red(0, 0)).toBe(GREY + 10);
    expect(picture.red(199, 199)).toBe(GREY);
  });

  it.each([
    [0.6, 0.2],
    [1, 0],
    [1.7, -0.4],
    [4.3, 0.1],
  ])('puts the residual where the crop is taken from (scale %f, angle %f)', (scale, angle) => {
    const wave = residualOf((u, v) => (20 / 255) * Math.sin(25 * u) * Math.cos(21 * v));
    const picture = new FakePicture(900, 900);
    const transform = faceAt(450, 450, scale, angle);
    blend(picture, [{ transform, residual: wave }]);
    const crop = cropFrom(picture, transform, canonicalBox, CANONICAL_SIZE);
    let worst = 0;
    for (let row = 30; row < CANONICAL_SIZE - 30; row++) {
      for (let column = 30; column < CANONICAL_SIZE - 30; column++) {
        const [u, v] = [(column + 0.5) / CANONICAL_SIZE, (row + 0.5) / CANONICAL_SIZE];
        const expected = GREY + 20 * Math.sin(25 * u) * Math.cos(21 * v);
        worst = Math.max(worst, Math.abs(255 * crop[3 * (row * CANONICAL_SIZE + column)]! - expected));
      }
    }
    expect(worst).toBeLessThan(1.6); // half a level of rounding; a shift of one pixel of the picture would be 3 more at scale 1
  });
});

describe('psnr', () => {
  it('follows its definition', () => {
    const a = new Float32Array(300).fill(0.5);
    expect(psnr(a, a)).toBe(Infinity);
    expect(psnr(a, a.map((value) => value + 0.1))).toBeCloseTo(20, 3);
  });
});
