/** Every operation against tf.js's own and its gradient, on the backend in plain JavaScript, which has them all. */
import '@tensorflow/tfjs-backend-cpu';
import {
  abs,
  add,
  avgPool,
  concat,
  conv2d,
  depthwiseConv2d,
  grad,
  mean,
  mul,
  pad,
  prelu,
  randomNormal,
  relu,
  reshape,
  setBackend,
  square,
  sub,
  sum,
  tensor1d,
  tensor4d,
  transpose,
  type Rank,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomFrom } from '../../../src/engine/cloak/random';
import { applied, Bend, bent, boxMean, Chain, Convolution, clampStraightThrough, DepthwiseConvolution, halve, meanBeyond, meanFourthPower, neighboursOf, resample, Residual, type Border, type Layer } from '../../../src/engine/differentiable';
import type { Values } from '../../../src/engine/weightFile';

beforeAll(() => setBackend('cpu'));

type Operation = (x: Tensor4D) => Tensor4D;

/** That two operations give the same, and the same gradient for whatever their output counts. */
function expectSame(ours: Operation, theirs: Operation, shape: Tensor4D['shape']): void {
  const x = randomNormal<Rank.R4>(shape, 0, 1, 'float32', 1);
  const y = theirs(x);
  const counts = randomNormal<Rank.R4>(y.shape, 0, 1, 'float32', 2);
  expectClose(ours(x), y);
  const gradient = (operation: Operation): Tensor => grad((at) => sum(mul(operation(at as Tensor4D), counts)))(x);
  expectClose(gradient(ours), gradient(theirs));
}

function valuesOf(filter: Tensor4D): Values {
  return { shape: filter.shape, values: filter.dataSync() as Float32Array };
}

function expectClose(actual: Tensor, expected: Tensor): void {
  expect(actual.shape).toEqual(expected.shape);
  const [a, b] = [actual.dataSync<'float32'>(), expected.dataSync<'float32'>()];
  const largest = a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
  expect(largest).toBeLessThan(1e-4);
}

describe('means', () => {
  // tf.js's own gradient counts what is beyond the border: here it has to be the transpose of the mean itself
  it.each([3, 5, 9])('over boxes of %i', (side) => {
    const [x, other, counts] = [1, 2, 3].map((seed) => randomNormal<Rank.R4>([2, 11, 12, 3], 0, 1, 'float32', seed)) as [Tensor4D, Tensor4D, Tensor4D];
    expectClose(boxMean(x, side), avgPool(x, side, 1, 'same'));
    const gradient = grad((at) => sum(mul(boxMean(at as Tensor4D, side), counts)))(x);
    expectClose(sum(mul(boxMean(other, side), counts)), sum(mul(other, gradient)));
    expectSame((at) => boxMean(at, side, 2), (at) => boxMean(boxMean(at, side), side), [2, 11, 12, 3]);
  });
  it.each([[8, 6], [7, 9]])('of blocks of 2 x 2 in %i x %i', (height, width) => {
    expectSame(halve, (x) => avgPool(x, 2, 2, 'valid'), [1, height, width, 3]);
  });
});

/** A convolution of tf.js's own, whose gradient wants the same border before and after. */
const within = (x: Tensor4D, [before, after]: Border): Tensor4D => pad(x, [[0, 0], [before, after], [before, after], [0, 0]]);

describe('convolution', () => {
  it.each([
    { side: 1, stride: 1, border: [0, 0], size: 5 },
    { side: 3, stride: 1, border: [1, 1], size: 6 },
    { side: 3, stride: 1, border: [0, 0], size: 6 },
    { side: 7, stride: 2, border: [0, 0], size: 20 },
    { side: 3, stride: 2, border: [0, 0], size: 8 },
    { side: 3, stride: 2, border: [0, 0], size: 9 },
    { side: 3, stride: 2, border: [1, 1], size: 9 },
    { side: 3, stride: 2, border: [1, 1], size: 8 },
    { side: 3, stride: 2, border: [0, 1], size: 8 },
  ] as const)('%j', ({ side, stride, border, size }) => {
    const filter = randomNormal<Rank.R4>([side, side, 2, 3], 0, 1, 'float32', 3);
    const bias = tensor1d([0.5, -1, 2]);
    const ours = new Convolution(valuesOf(filter), bias.dataSync() as Float32Array, stride, border, true);
    const theirs: Operation = (x) => add(conv2d(within(x, border), filter, stride, 'valid'), bias);
    expectSame((x) => applied(ours, x), theirs, [1, size, size, 2]);
    const x = randomNormal<Rank.R4>([1, size, size, 2]);
    expectClose(ours.apply(x), relu(theirs(x)));
  });

  it('that was made without the means for a gradient says so', () => {
    const ours = new Convolution({ shape: [1, 1, 1, 1], values: Float32Array.of(2) }, Float32Array.of(0), 1, [0, 0], false);
    const x = tensor4d([3], [1, 1, 1, 1]);
    expect([...ours.apply(x).dataSync()]).toEqual([6]);
    expect(() => grad((at) => sum(applied(ours, at as Tensor4D)))(x)).toThrow(/without a gradient/);
  });
});

it.each([
  { stride: 1, border: [1, 1], size: 6 },
  { stride: 2, border: [1, 1], size: 8 },
  { stride: 2, border: [1, 1], size: 7 },
  { stride: 2, border: [0, 0], size: 9 },
  { stride: 2, border: [0, 1], size: 8 },
  { stride: 1, border: [0, 0], size: 5 },
] as const)('convolution of each channel by itself, %j', ({ stride, border, size }) => {
  const filter = randomNormal<Rank.R4>([3, 3, 2, 1], 0, 1, 'float32', 3);
  const ours = new DepthwiseConvolution(valuesOf(filter), Float32Array.of(0.5, -1), stride, border);
  const theirs: Operation = (x) => add(depthwiseConv2d(within(x, border), filter, stride, 'valid'), tensor1d([0.5, -1]));
  expectSame((x) => applied(ours, x), theirs, [2, size, size, 2]);
});

it('a slope for what is negative', () => {
  const slopes = [0.25, -0.5];
  const ours = new Bend(Float32Array.from(slopes));
  expectSame((x) => applied(ours, x), (x) => prelu(x, tensor4d(slopes, [1, 1, 1, 2])), [2, 3, 4, 2]);
});

it('a chain, and what it adds to its input', () => {
  const filter = randomNormal<Rank.R4>([3, 3, 2, 2], 0, 1, 'float32', 3);
  const slopes = tensor4d([0.25, -0.5], [1, 1, 1, 2]);
  const layers = (): Layer[] => [new Convolution(valuesOf(filter), Float32Array.of(0.5, -1), 1, [1, 1], true), new Bend(Float32Array.of(0.25, -0.5))];
  const ours = new Chain([...layers(), new Residual(new Chain(layers()))]);
  const once = (x: Tensor4D): Tensor4D => prelu(add<Tensor4D>(conv2d(x, filter, 1, 1), tensor1d([0.5, -1])), slopes);
  expectSame((x) => applied(ours, x), (x) => add(once(x), once(once(x))), [1, 5, 6, 2]);
});

it('means of what lies beyond a bound, and of fourth powers', () => {
  const largest = 0.8;
  expectSame((x) => reshape(meanBeyond(x, largest), [1, 1, 1, 1]), (x) => reshape(mean(relu(sub(abs(x), largest))), [1, 1, 1, 1]), [1, 3, 4, 3]);
  expectSame((x) => reshape(meanFourthPower(x), [1, 1, 1, 1]), (x) => reshape(mean(square(square(x))), [1, 1, 1, 1]), [1, 3, 4, 3]);
});

it('resampling by rows and columns', () => {
  const matrix = (rows: number, columns: number) => {
    const forward = randomNormal<Rank.R2>([rows, columns], 0, 1, 'float32', rows);
    return { forward, back: transpose(forward) };
  };
  const [rows, columns] = [matrix(3, 4), matrix(2, 5)];
  const theirs: Operation = (x) => {
    const [down, across] = [rows.forward.arraySync(), columns.forward.arraySync()];
    // one output at a time, as a weighted sum over the whole picture
    const outputs = down.flatMap((weights) =>
      across.map((others) => {
        const both = weights.flatMap((weight) => others.map((other) => weight * other));
        return reshape(sum(mul(x, tensor4d(both, [1, 4, 5, 1])), [1, 2]), [1, 1, 1, 2]);
      }),
    );
    return reshape(concat(outputs, 1), [1, 3, 2, 2]);
  };
  expectSame((x) => resample(x, rows, columns), theirs, [1, 4, 5, 2]);
});

it('a cut lets the gradient of what it cuts off pass', () => {
  const x = tensor4d([-3, -0.5, 0.5, 3], [1, 1, 4, 1]);
  expect([...clampStraightThrough(x, -1, 1).dataSync()]).toEqual([-1, -0.5, 0.5, 1]);
  expect([...grad((at) => sum(clampStraightThrough(at as Tensor4D, -1, 1)))(x).dataSync()]).toEqual([1, 1, 1, 1]);
});

describe('a picture that is bent', () => {
  const SIDE = 6;
  const picture = randomNormal<Rank.R4>([1, SIDE, SIDE, 3], 0, 1, 'float32', 4);
  const levels = picture.dataSync() as Float32Array;
  /** Beyond the edge the last pixel goes on. */
  const levelAt = (column: number, row: number, channel: number): number => {
    const within = (at: number): number => Math.min(Math.max(at, 0), SIDE - 1);
    return levels[3 * (within(row) * SIDE + within(column)) + channel]!;
  };
  /** @param moved to the right and down, pixels, pixel by pixel */
  const displacementOf = (moved: readonly (readonly [number, number])[]): Tensor4D => tensor4d(moved.flat().map((pixels) => pixels / SIDE), [1, SIDE, SIDE, 2]);
  const everywhere = (right: number, down: number): Tensor4D => displacementOf(Array.from({ length: SIDE * SIDE }, () => [right, down] as const));
  const expectLevels = (actual: Tensor4D, expected: (column: number, row: number, channel: number) => number): void => {
    const values = Array.from({ length: 3 * SIDE * SIDE }, (_, i) => expected(Math.floor(i / 3) % SIDE, Math.floor(i / 3 / SIDE), i % 3));
    expectClose(actual, tensor4d(values, [1, SIDE, SIDE, 3]));
  };

  it('is the same where nothing moves', () => {
    expectLevels(bent(everywhere(0, 0), neighboursOf(picture)), levelAt);
  });

  it.each([[1, 0], [0, 1], [-2, 3], [9, -9]])('takes the pixel that lies %i to the right and %i down, and beyond the edge the last one', (right, down) => {
    expectLevels(bent(everywhere(right, down), neighboursOf(picture)), (column, row, channel) => levelAt(column + right, row + down, channel));
  });

  it('is bilinear between the pixels', () => {
    expectLevels(bent(everywhere(0.25, -1.4), neighboursOf(picture)), (column, row, channel) => {
      // beyond the edge it is the last pixel's centre that goes on
      const y = Math.min(Math.max(row - 1.4, 0), SIDE - 1);
      const [top, x] = [Math.floor(y), Math.min(column + 0.25, SIDE - 1)];
      const across = (line: number): number => levelAt(Math.floor(x), line, channel) * (1 - (x % 1)) + levelAt(Math.floor(x) + 1, line, channel) * (x % 1);
      return across(top) * (1 - (y - top)) + across(top + 1) * (y - top);
    });
  });

  it('has the gradient of its finite differences', () => {
    const random = randomFrom(3);
    // anywhere within the picture, but not where one pair of pixels gives way to the next: there it has no gradient
    const place = (): number => Math.floor(random.uniform() * (SIDE - 1)) + 0.2 + 0.6 * random.uniform();
    const moved = Array.from({ length: SIDE * SIDE }, (_, i) => [place() - (i % SIDE), place() - Math.floor(i / SIDE)] as [number, number]);
    const counts = randomNormal<Rank.R4>([1, SIDE, SIDE, 3], 0, 1, 'float32', 5);
    const neighbours = neighboursOf(picture);
    const summed = (x: Tensor): Tensor => sum(mul(bent(x as Tensor4D, neighbours), counts));
    const gradient = grad(summed)(displacementOf(moved)).dataSync();
    const step = 0.15;
    moved.forEach((pixel, i) => {
      for (const axis of [0, 1] as const) {
        const at = (by: number): number => {
          const others = moved.map((other): [number, number] => [...other]);
          others[i]![axis] = pixel[axis] + by;
          return summed(displacementOf(others)).dataSync()[0]!;
        };
        const expected = (SIDE * (at(step) - at(-step))) / (2 * step);
        expect(gradient[2 * i + axis]!, `pixel ${i}, axis ${axis}`).toBeCloseTo(expected, 2);
      }
    });
  });
});
