/** What cloaks change in the full-size picture: where, how much, and nothing else. */
import { describe, expect, it } from 'vitest';
import { apply, boundsInPicture, canonicalBox, CANONICAL_SIZE, invert, type Similarity } from '../../../src/engine/align';
import { changesOf, feather, type Overlay } from '../../../src/engine/cloak/apply';
import { RASTER_CHANNELS, type Raster } from '../../../src/engine/cloak/nullSwap';
import { cropFrom, psnr } from '../../../src/engine/crop';
import { STEPS_PER_LEVEL, type Change } from '../../../src/engine/formats/change';
import { ChangedPicture } from '../../../src/engine/picture';
import type { Pixels, PixelSource } from '../../../src/engine/pixels';
import type { Box, Point } from '../../../src/engine/types';
import { randomFrom } from '../../../src/engine/cloak/random';

type Colour = readonly [red: number, green: number, blue: number];

/** All of it in one array. */
class FakePicture implements PixelSource {
  readonly data: Uint8ClampedArray;

  constructor(readonly width: number, readonly height: number, colourAt: (x: number, y: number) => Colour) {
    this.data = new Uint8ClampedArray(4 * width * height).fill(255);
    for (let at = 0; at < this.data.length; at += 4) {
      const pixel = at / 4;
      [this.data[at], this.data[at + 1], this.data[at + 2]] = colourAt(pixel % width, Math.floor(pixel / width));
    }
  }

  read({ x, y, width, height }: Box): Pixels {
    if (x < 0 || y < 0 || x + width > this.width || y + height > this.height) throw new RangeError('not within the picture');
    const data = new Uint8ClampedArray(4 * width * height);
    for (let row = 0; row < height; row++) {
      const from = 4 * ((y + row) * this.width + x);
      data.set(this.data.subarray(from, from + 4 * width), 4 * row * width);
    }
    return { x, y, width, height, data };
  }
}

const GREY = 128;
const grey = (width: number, height: number, level = GREY): FakePicture => new FakePicture(width, height, () => [level, level, level]);
/** Every pixel has a colour of its own: what is taken from a pixel beside the right one differs at once. */
function noise(width: number, height: number, seed = 1): FakePicture {
  const { uniform } = randomFrom(seed);
  return new FakePicture(width, height, () => [256 * uniform(), 256 * uniform(), 256 * uniform()]);
}

const SIZE = 160;

interface Retouched {
  /** To the right and down, shares of the crop's side. */
  moved?: readonly [number, number];
  /** Levels of 255. */
  added?: Colour;
}

function rasterOf(placeAt: (u: number, v: number) => Retouched): Raster {
  const values = new Float32Array(SIZE * SIZE * RASTER_CHANNELS);
  for (let i = 0; i < SIZE * SIZE; i++) {
    const { moved = [0, 0], added = [0, 0, 0] } = placeAt(((i % SIZE) + 0.5) / SIZE, (Math.floor(i / SIZE) + 0.5) / SIZE);
    values.set([...moved, ...added.map((levels) => levels / 255)], i * RASTER_CHANNELS);
  }
  return { size: SIZE, values };
}

const even = (levels: number): Raster => rasterOf(() => ({ added: [levels, levels, levels] }));

/** A face whose template centre (56, 56) is at (x, y). @param side of its crop in the picture, pixels */
function faceAt(x: number, y: number, side: number, angle = 0): Similarity {
  const [a, b] = [(side / 160) * Math.cos(angle), (side / 160) * Math.sin(angle)];
  return { a, b, tx: x - (a * 56 - b * 56), ty: y - (b * 56 + a * 56) };
}

/** Where the centre of a pixel lies in a face's crop, shares of its side. */
function placeIn(transform: Similarity, x: number, y: number): Point {
  const at = apply(invert(transform), { x: x + 0.5, y: y + 0.5 });
  return { x: (at.x + 24) / 160, y: (at.y + 24) / 160 };
}

/** What is added to a pixel, in 64ths of a level: nothing where no change lies. */
function addedAt(changes: readonly Change[], x: number, y: number): Colour {
  for (const change of changes) {
    if (x < change.x || y < change.y || x >= change.x + change.width || y >= change.y + change.height) continue;
    const at = 3 * ((y - change.y) * change.width + x - change.x);
    return [change.difference[at]!, change.difference[at + 1]!, change.difference[at + 2]!];
  }
  return [0, 0, 0];
}

/** Pixel by pixel, or every so many of them. */
function* pixelsOf({ x, y, width, height }: Box, every = 1): Generator<[x: number, y: number]> {
  for (let row = y; row < y + height; row += every) for (let column = x; column < x + width; column += every) yield [column, row];
}

const whole = ({ width, height }: FakePicture): Box => ({ x: 0, y: 0, width, height });

/** What a pixel's level may change by, in steps, where its place is rounded to 1/1024 of a pixel one time and not another. */
const ROUNDED_PLACE = (2 * 255 * STEPS_PER_LEVEL) / 1024;

describe('feather', () => {
  it('is 1 within, 0 at the edge and outside, and grows in between', () => {
    expect(feather(0.5, 0.5)).toBe(1);
    for (const [u, v] of [[0, 0.5], [0.5, 1], [-0.1, 0.5], [0.5, 1.2]] as const) expect(feather(u, v)).toBe(0);
    expect(feather(0.02, 0.5)).toBeGreaterThan(0);
    expect(feather(0.04, 0.5)).toBeGreaterThan(feather(0.02, 0.5));
  });
});

describe('what moves', () => {
  const moved = (u: number, v: number): [number, number] => [0.03 * Math.sin(5 * u + 1) * Math.cos(4 * v), 0.025 * Math.cos(4 * u) * Math.sin(3 * v)];

  it.each([
    [24, 0.3],
    [64, 0],
    [150, -2.5],
    [200, Math.PI / 2],
    [400, 0.2],
    [700, -0.7],
    [1500, 0.1],
  ])('is taken from as far as it is moved, however large the crop (%i pixels, angle %f)', async (side, angle) => {
    const span = Math.ceil(side * (Math.abs(Math.cos(angle)) + Math.abs(Math.sin(angle)))) + 20;
    // red is the column and green the row, so that what is added is how far a pixel was moved; they begin anew every 256 pixels
    const picture = new FakePicture(span, span, (x, y) => [x % 256, y % 256, 77]);
    const transform = faceAt(span / 2 + 0.3, span / 2 - 0.2, side, angle);
    const changes = await changesOf(picture, [{ transform, raster: rasterOf((u, v) => ({ moved: moved(u, v) })) }]);
    let [worst, counted] = [0, 0];
    const isWithinRamp = (at: number, by: number): boolean => Math.floor(at / 256) === Math.floor((at + by - 3) / 256) && Math.floor(at / 256) === Math.floor((at + by + 3) / 256);
    const every = Math.ceil(side / 500); // of large ones not every pixel is looked at
    for (const [x, y] of pixelsOf(whole(picture), every)) {
      const { x: u, y: v } = placeIn(transform, x, y);
      if (feather(u, v) < 1) continue;
      const [right, down] = moved(u, v);
      const [across, along] = [160 * (transform.a * right - transform.b * down), 160 * (transform.b * right + transform.a * down)];
      if (!isWithinRamp(x, across) || !isWithinRamp(y, along)) continue;
      const [red, green, blue] = addedAt(changes, x, y);
      worst = Math.max(worst, Math.abs(red - STEPS_PER_LEVEL * across), Math.abs(green - STEPS_PER_LEVEL * along), Math.abs(blue));
      counted++;
    }
    expect(counted).toBeGreaterThan(0.4 * ((0.85 * side) / every) ** 2);
    // half a step of rounding, and what is bilinear between the values of a raster
    expect(worst).toBeLessThan(1.5);
  }, 30_000);

  it('is cubic between pixels: the curve that goes through them with the slope of their neighbours', async () => {
    const picture = noise(120, 120);
    const changes = await changesOf(picture, [{ transform: faceAt(60, 60, 100), raster: rasterOf(() => ({ moved: [0.0025, -0.005] })) }]); // a quarter of a pixel, half a pixel
    const levelAt = (x: number, y: number): number => picture.data[4 * (y * 120 + x)]!;
    const along = (t: number, [p, q, r, s]: [number, number, number, number]): number => q + (t / 2) * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)));
    let worst = 0;
    for (const [x, y] of pixelsOf({ x: 40, y: 40, width: 40, height: 40 })) {
      const across = (row: number): number => along(0.25, [-1, 0, 1, 2].map((step) => levelAt(x + step, row)) as [number, number, number, number]);
      const taken = along(0.5, [-2, -1, 0, 1].map((step) => across(y + step)) as [number, number, number, number]);
      const wanted = Math.min(255, Math.max(0, taken)) - levelAt(x, y);
      worst = Math.max(worst, Math.abs(addedAt(changes, x, y)[0] - STEPS_PER_LEVEL * wanted));
    }
    expect(worst).toBeLessThan(0.6);
  });

  it('is taken from the last pixel where it would come from beyond the edge', async () => {
    const picture = new FakePicture(90, 90, (x, y) => [2 * x, 2 * y, 0]);
    const transform = faceAt(20, 20, 100);
    const changes = await changesOf(picture, [{ transform, raster: rasterOf(() => ({ moved: [-0.1, -0.05] })) }]); // 10 pixels and 5
    for (const [x, y] of pixelsOf({ x: 0, y: 0, width: 40, height: 40 })) {
      expect([...addedAt(changes, x, y)], `at ${x}, ${y}`).toEqual([Math.max(0, x - 10) - x, Math.max(0, y - 5) - y, 0].map((pixels) => 2 * STEPS_PER_LEVEL * pixels + 0));
    }
  });

  it.each([
    ['by waves, on a face that is turned', 0.4, (u: number, v: number) => [0.05 * Math.sin(9 * v), 0.05 * Math.cos(8 * u)] as const],
    ['as far as anything is, down', 0, () => [0, 0.0499] as const],
    ['as far as anything is, up', 0, () => [0, -0.0499] as const],
  ])('is alike in all bands of a face of several hundred rows, moved %s', async (_, angle, movedAt) => {
    const far = rasterOf((u, v) => ({ moved: movedAt(u, v), added: [3, 0, -3] }));
    const [picture, gone] = [noise(700, 900), 333];
    // the same picture without its first rows: its bands of 256 rows begin elsewhere in the face
    const lower = new FakePicture(700, 900 - gone, (x, y) => [0, 1, 2].map((channel) => picture.data[4 * ((y + gone) * 700 + x) + channel]!) as unknown as Colour);
    const changesIn = (picture: FakePicture, y: number): Promise<Change[]> => changesOf(picture, [{ transform: faceAt(350, y, 600, angle), raster: far }]);
    const [changes, others] = [await changesIn(picture, 450), await changesIn(lower, 450 - gone)];
    expect(changes[0]!.height).toBeGreaterThan(2 * 256);
    let [worst, changed] = [0, 0];
    for (const [x, y] of pixelsOf({ x: 0, y: 50, width: 700, height: 900 - gone - 50 })) {
      const [a, b] = [addedAt(changes, x, y + gone), addedAt(others, x, y)];
      a.forEach((steps, i) => (worst = Math.max(worst, Math.abs(steps - b[i]!))));
      changed += Number(a.some((steps) => steps !== 0));
    }
    expect(worst).toBeLessThan(ROUNDED_PLACE);
    expect(changed).toBeGreaterThan(200_000);
  });
});

describe('what is added', () => {
  it('is added to the face, and nothing outside of its crop', async () => {
    const picture = grey(500, 400);
    const changes = await changesOf(picture, [{ transform: faceAt(250, 200, 240), raster: even(10) }]);
    expect(addedAt(changes, 250, 200)).toEqual([640, 640, 640]);
    for (const [x, y] of [[129, 200], [371, 200], [250, 79], [250, 321]] as const) expect(addedAt(changes, x, y)).toEqual([0, 0, 0]);
  });

  it.each([0.3, 0.8, -2])('is nothing beyond the sides of a crop that is turned by %f', async (angle) => {
    const picture = noise(400, 400);
    const transform = faceAt(200, 200, 180, angle);
    const changes = await changesOf(picture, [{ transform, raster: rasterOf(() => ({ moved: [0.02, 0.01], added: [20, -20, 5] })) }]);
    const bounds = boundsInPicture(transform, canonicalBox);
    const [change] = changes;
    expect(change!.x).toBe(Math.floor(bounds.x));
    expect(change!.y).toBe(Math.floor(bounds.y));
    let [within, beyond] = [0, 0];
    for (const [x, y] of pixelsOf(whole(picture))) {
      const { x: u, y: v } = placeIn(transform, x, y);
      const isChanged = addedAt(changes, x, y).some((steps) => steps !== 0);
      if (Math.min(u, 1 - u, v, 1 - v) < 0) beyond += Number(isChanged);
      else within += Number(isChanged);
    }
    expect(beyond).toBe(0);
    expect(within).toBeGreaterThan(0.95 * 180 ** 2);
  });

  it('is nothing where a cloak changes nothing', async () => {
    const picture = noise(300, 300);
    const half = rasterOf((u) => (u < 0.5 ? {} : { moved: [0.03, 0.01], added: [9, 9, 9] }));
    const transform = faceAt(150, 150, 250, 0.2);
    const [nothing, right] = [await changesOf(picture, [{ transform, raster: rasterOf(() => ({})) }]), await changesOf(picture, [{ transform, raster: half }])];
    expect(nothing[0]!.difference.every((steps) => steps === 0)).toBe(true);
    const changed = [...pixelsOf(whole(picture))].filter(([x, y]) => addedAt(right, x, y).some((steps) => steps !== 0));
    expect(Math.min(...changed.map(([x, y]) => placeIn(transform, x, y).x))).toBeGreaterThan(0.48);
    expect(changed.length).toBeGreaterThan(0.4 * 250 ** 2);
  });

  it('goes from 0 to 255 and no farther', async () => {
    const picture = new FakePicture(200, 200, (x) => (x < 100 ? [250, 3, 128] : [255, 0, 1]));
    const changes = await changesOf(picture, [{ transform: faceAt(100, 100, 180), raster: rasterOf(() => ({ added: [40, -40, -2] })) }]);
    expect(addedAt(changes, 80, 100)).toEqual([5, -3, -2].map((levels) => STEPS_PER_LEVEL * levels));
    expect(addedAt(changes, 120, 100).map((steps) => steps + 0)).toEqual([0, 0, -STEPS_PER_LEVEL]);
  });

  const wave = (u: number, v: number): number => 20 * Math.sin(25 * u) * Math.cos(21 * v);

  it.each([
    [96, 0.2],
    [160, 0],
    [272, -0.4],
    [688, 0.1],
  ])('lies where the crop is taken from (%i pixels, angle %f)', async (side, angle) => {
    const picture = grey(900, 900);
    const transform = faceAt(450, 450, side, angle);
    const changes = await changesOf(picture, [{ transform, raster: rasterOf((u, v) => ({ added: [wave(u, v), -wave(u, v), wave(v, u)] })) }]);
    const crop = cropFrom(new ChangedPicture(picture, changes), transform, canonicalBox, CANONICAL_SIZE);
    let worst = 0;
    for (const [column, row] of pixelsOf({ x: 30, y: 30, width: CANONICAL_SIZE - 60, height: CANONICAL_SIZE - 60 })) {
      const [u, v] = [(column + 0.5) / CANONICAL_SIZE, (row + 0.5) / CANONICAL_SIZE];
      [wave(u, v), -wave(u, v), wave(v, u)].forEach((levels, channel) => {
        worst = Math.max(worst, Math.abs(255 * crop[3 * (row * CANONICAL_SIZE + column) + channel]! - GREY - levels));
      });
    }
    expect(worst).toBeLessThan(1.6); // half a level of rounding; a shift of one pixel of the picture would be 3 more at 160 pixels
  });

  it('is enlarged smoothly: without the facets that lines between its values would make', async () => {
    const steep = (u: number, v: number): number => 20 * Math.sin(60 * u) * Math.cos(50 * v);
    const [picture, transform] = [grey(660, 660), faceAt(330, 330, 640)];
    const changes = await changesOf(picture, [{ transform, raster: rasterOf((u, v) => ({ added: [steep(u, v), 0, 0] })) }]);
    let worst = 0;
    for (const [x, y] of pixelsOf({ x: 80, y: 300, width: 500, height: 40 })) {
      const { x: u, y: v } = placeIn(transform, x, y);
      worst = Math.max(worst, Math.abs(addedAt(changes, x, y)[0] / STEPS_PER_LEVEL - steep(u, v)));
    }
    expect(worst).toBeLessThan(0.3); // lines would be off by 20 * (60² + 50²) / (8 * 160²), which is 0.6
  });
});

describe('faces whose crops overlap', () => {
  it('do not add up, and share what lies in both', async () => {
    const picture = grey(500, 300);
    const changes = await changesOf(picture, [200, 260].map((x) => ({ transform: faceAt(x, 150, 160), raster: even(10) })));
    expect(changes).toHaveLength(1);
    for (let x = 120; x < 340; x++) {
      const levels = addedAt(changes, x, 150)[0] / STEPS_PER_LEVEL;
      if (x > 133 && x < 327) expect(levels, `at ${x}`).toBeCloseTo(10, 1);
      else expect(levels >= 0 && levels <= 10, `at ${x}`).toBe(true);
    }
  });

  it('become what lies between their two cloaks, and one cloak where only one lies', async () => {
    const picture = new FakePicture(500, 300, (x, y) => [x / 2, y / 2, GREY]);
    const cloaks = [
      { moved: [0.04, 0], added: [0, 0, 8] },
      { moved: [-0.02, 0.03], added: [0, 0, -4] },
    ] as const;
    const transforms = [faceAt(200, 150, 160), faceAt(270, 150, 160)];
    const one = async (i: 0 | 1): Promise<Change[]> => changesOf(picture, [{ transform: transforms[i]!, raster: rasterOf(() => cloaks[i]) }]);
    const both = await changesOf(picture, transforms.map((transform, i) => ({ transform, raster: rasterOf(() => cloaks[i]!) })));
    const [left, right] = [await one(0), await one(1)];
    let [between, beyond, off, unlike] = [0, 0, 0, 0];
    for (const [x, y] of pixelsOf({ x: 100, y: 90, width: 300, height: 120 })) {
      const [own, other] = transforms.map((transform) => feather(placeIn(transform, x, y).x, placeIn(transform, x, y).y)) as [number, number];
      const [a, b, found] = [left, right, both].map((changes) => addedAt(changes, x, y)) as [Colour, Colour, Colour];
      if (own === 0 || other === 0) {
        const alone = own === 0 ? b : a;
        if (found.some((steps, i) => steps !== alone[i])) unlike++;
        continue;
      }
      between++;
      found.forEach((steps, i) => (beyond = Math.max(beyond, steps - Math.max(0, a[i]!, b[i]!), Math.min(0, a[i]!, b[i]!) - steps)));
      off = Math.max(off, Math.abs(found[2] - (STEPS_PER_LEVEL * (8 * own - 4 * other)) / Math.max(1, own + other)));
    }
    expect(unlike).toBe(0);
    // where a pixel comes from lies between, and the picture's levels rise by steps of a whole one
    expect(beyond).toBeLessThan(STEPS_PER_LEVEL);
    // what is added is the mean by weight
    expect(off).toBeLessThan(0.6);
    expect(between).toBeGreaterThan(9000);
  });

  const boxesOf = (changes: readonly Change[]): Box[] => changes.map(({ x, y, width, height }) => ({ x, y, width, height }));
  const overlap = (a: Box, b: Box): boolean => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

  it.each([
    ['two that a third joins', [[60, 60], [200, 60], [130, 60], [400, 300]], 2],
    ['one that lies in neither of two but in the box around both', [[60, 60], [140, 140], [160, 40], [400, 300]], 2],
    ['four in a row', [[60, 60], [120, 60], [180, 60], [240, 60]], 1],
    ['four apart', [[60, 60], [240, 60], [60, 240], [240, 240]], 4],
  ] as const)('make changes that do not overlap: %s', async (_, places, count) => {
    const picture = grey(500, 400);
    for (const order of [places, [...places].reverse(), [places[2], places[0], places[3], places[1]]]) {
      const overlays: Overlay[] = order.map(([x, y]) => ({ transform: faceAt(x, y, 90), raster: even(10) }));
      const changes = await changesOf(picture, overlays);
      expect(changes).toHaveLength(count);
      const boxes = boxesOf(changes);
      expect(boxes.some((box, i) => boxes.some((other, j) => j > i && overlap(box, other)))).toBe(false);
      for (const [x, y] of places) expect(addedAt(changes, x, y)).toEqual([640, 640, 640]);
      const changed = [...pixelsOf(whole(picture))].filter(([x, y]) => addedAt(changes, x, y)[0] !== 0);
      const isCovered = ([x, y]: [number, number]): boolean => places.some(([left, top]) => Math.abs(x + 0.5 - left) < 45 && Math.abs(y + 0.5 - top) < 45);
      expect(changed.every(isCovered)).toBe(true);
    }
  });
});

describe('a face cut by the edge of the picture', () => {
  it('is changed as far as it is seen; one outside is not', async () => {
    const picture = grey(200, 200);
    const overlays = [faceAt(0, 0, 160), faceAt(900, 900, 160)].map((transform) => ({ transform, raster: even(10) }));
    const changes = await changesOf(picture, overlays);
    expect(boxOf(changes)).toEqual({ x: 0, y: 0, width: 80, height: 80 });
    expect(addedAt(changes, 0, 0)).toEqual([640, 640, 640]);
    expect(addedAt(changes, 199, 199)).toEqual([0, 0, 0]);
    expect(await changesOf(picture, overlays.slice(1))).toEqual([]);
    expect(await changesOf(picture, [])).toEqual([]);
  });

  it.each([[0, 0], [200, 0], [0, 150], [200, 150], [100, 150]])('is changed like a whole one where it is seen (centre %i, %i)', async (x, y) => {
    const [border, large] = [90, noise(380, 330)]; // around the small one
    const small = new FakePicture(200, 150, (column, row) => [0, 1, 2].map((channel) => large.data[4 * ((row + border) * 380 + column + border) + channel]!) as unknown as Colour);
    const raster = rasterOf((u, v) => ({ moved: [0.02 * Math.sin(6 * v), 0.02 * Math.sin(6 * u)], added: [5, -5, 0] }));
    const [cut, uncut] = [await changesOf(small, [{ transform: faceAt(x, y, 150, 0.3), raster }]), await changesOf(large, [{ transform: faceAt(x + border, y + border, 150, 0.3), raster }])];
    const margin = Math.ceil(0.02 * 150 * 1.5 + 3); // nearer to the edge the pixels beyond it are wanted
    let [worst, changed] = [0, 0];
    for (const [column, row] of pixelsOf({ x: margin, y: margin, width: 200 - 2 * margin, height: 150 - 2 * margin })) {
      const [a, b] = [addedAt(cut, column, row), addedAt(uncut, column + border, row + border)];
      a.forEach((steps, i) => (worst = Math.max(worst, Math.abs(steps - b[i]!))));
      changed += Number(a.some((steps) => steps !== 0));
    }
    expect(worst).toBeLessThan(ROUNDED_PLACE);
    expect(changed).toBeGreaterThan(2000);
  });

  function boxOf([change]: Change[]): Box {
    const { x, y, width, height } = change!;
    return { x, y, width, height };
  }
});

describe('psnr', () => {
  it('follows its definition', () => {
    const a = new Float32Array(300).fill(0.5);
    expect(psnr(a, a)).toBe(Infinity);
    expect(psnr(a, a.map((value) => value + 0.1))).toBeCloseTo(20, 3);
  });
});
