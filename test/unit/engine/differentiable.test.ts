/** Every operation against tf.js's own and its gradient, on the backend in plain JavaScript, which has them all. */
import '@tensorflow/tfjs-backend-cpu';
import {
  add,
  avgPool,
  concat,
  conv2d,
  depthwiseConv2d,
  grad,
  mul,
  prelu,
  randomNormal,
  relu,
  reshape,
  setBackend,
  sum,
  tensor1d,
  tensor4d,
  transpose,
  type Rank,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { bent, boxMean, Convolution, cutStraightThrough, DepthwiseConvolution, halve, resample } from '../../../src/engine/differentiable';

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
  });
  it.each([[8, 6], [7, 9]])('of blocks of 2 x 2 in %i x %i', (height, width) => {
    expectSame(halve, (x) => avgPool(x, 2, 2, 'valid'), [1, height, width, 3]);
  });
});

describe('convolution', () => {
  it.each([
    { side: 1, stride: 1, border: 0, size: 5 },
    { side: 3, stride: 1, border: 1, size: 6 },
    { side: 3, stride: 1, border: 0, size: 6 },
    { side: 7, stride: 2, border: 0, size: 20 },
    { side: 3, stride: 2, border: 0, size: 8 },
    { side: 3, stride: 2, border: 0, size: 9 },
    { side: 3, stride: 2, border: 1, size: 9 },
    { side: 3, stride: 2, border: 1, size: 8 },
  ] as const)('%j', ({ side, stride, border, size }) => {
    const filter = randomNormal<Rank.R4>([side, side, 2, 3], 0, 1, 'float32', 3);
    const values = { shape: filter.shape, values: filter.dataSync() as Float32Array };
    const ours = new Convolution(values, new Float32Array(3), stride, border, true);
    expectSame((x) => ours.apply(x, 'linear'), (x) => conv2d(x, filter, stride, border, 'NHWC', 1, 'floor'), [1, size, size, 2]);
    expectSame((x) => ours.apply(x), (x) => relu(conv2d(x, filter, stride, border, 'NHWC', 1, 'floor')), [1, size, size, 2]);
  });

  it('gives the same without the means for a gradient, bias and all', () => {
    const values = { shape: [3, 3, 2, 3], values: Float32Array.from({ length: 54 }, (_, i) => Math.sin(i)) };
    const bias = Float32Array.of(0.5, -1, 2);
    const x = randomNormal<Rank.R4>([1, 6, 6, 2]);
    const [without, with_] = [false, true].map((hasGradient) => new Convolution(values, bias, 1, 1, hasGradient).apply(x));
    expectClose(without!, with_!);
  });
});

it.each([
  { stride: 1, border: 1, size: 6 },
  { stride: 2, border: 1, size: 8 },
  { stride: 2, border: 1, size: 7 },
  { stride: 2, border: 0, size: 9 },
  { stride: 1, border: 0, size: 5 },
] as const)('convolution of each channel by itself, %j', ({ stride, border, size }) => {
  const filter = randomNormal<Rank.R4>([3, 3, 2, 1], 0, 1, 'float32', 3);
  const ours = new DepthwiseConvolution({ shape: filter.shape, values: filter.dataSync() as Float32Array }, Float32Array.of(0.5, -1), stride, border);
  const theirs: Operation = (x) => add(depthwiseConv2d(x, filter, stride, border, 'NHWC', 1, 'floor'), tensor1d([0.5, -1]));
  expectSame((x) => ours.apply(x), theirs, [2, size, size, 2]);
});

it('a slope for what is negative', () => {
  const slopes = tensor4d([0.25, -0.5], [1, 1, 1, 2]);
  expectSame((x) => bent(x, slopes), (x) => prelu(x, slopes), [2, 3, 4, 2]);
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
  expect([...cutStraightThrough(x, 1).dataSync()]).toEqual([-1, -0.5, 0.5, 1]);
  expect([...grad((at) => sum(cutStraightThrough(at as Tensor4D, 1)))(x).dataSync()]).toEqual([1, 1, 1, 1]);
});
