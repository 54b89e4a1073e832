/**
 * Operations with gradients that run well on every backend: tf.js has none on wasm for average pooling, and slow ones for
 * maximum pooling and convolution. A function made of these and of tf.js's plain arithmetic can go through `tf.grad`.
 */
import { avgPool, customGrad, div, image, mul, pad, tensor4d, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';

/** Mean over `side` x `side` places (odd) around each; beyond the border nothing is counted. */
export function boxMean(x: Tensor4D, side: number): Tensor4D {
  const mean = (values: Tensor4D): Tensor4D => avgPool(values, side, 1, 'same');
  // a sum over boxes is its own transpose, and a mean is one that is divided by the places it counts
  return withGradient(x, mean, (dy) => {
    const counted = shareWithin(x.shape[1], x.shape[2], side);
    return mul(mean(div(dy, counted)), counted);
  });
}

/** Mean of each 2 x 2 block; an odd last row or column is left out. */
export function halve(x: Tensor4D): Tensor4D {
  const [, height, width] = x.shape;
  return withGradient(
    x,
    () => avgPool(x, 2, 2, 'valid'),
    (dy) => {
      const [rows, columns] = [2 * dy.shape[1], 2 * dy.shape[2]];
      const spread: Tensor4D = mul(image.resizeNearestNeighbor(dy, [rows, columns]), 0.25);
      return pad(spread, [[0, 0], [0, height - rows], [0, width - columns], [0, 0]]);
    },
  );
}

/** Share of the box around each place that lies within the border: 1 x height x width x 1. */
function shareWithin(height: number, width: number, side: number): Tensor4D {
  const along = (length: number): number[] =>
    Array.from({ length }, (_, i) => (Math.min(i, (side - 1) / 2) + Math.min(length - 1 - i, (side - 1) / 2) + 1) / side);
  return mul(tensor4d(along(height), [1, height, 1, 1]), tensor4d(along(width), [1, 1, width, 1]));
}

/** `forward(x)`, whose gradient is `backward(dy, x, y)`. */
function withGradient<X extends Tensor, Y extends Tensor>(x: X, forward: (x: X) => Y, backward: (dy: Y, x: X, y: Y) => X): Y {
  const operation = customGrad<Y>((given, save) => {
    const [input, keep] = [given as X, save as unknown as (tensors: Tensor[]) => void];
    const value = forward(input);
    keep([input, value]);
    return { value, gradFunc: (dy, saved) => backward(dy, ...(saved as [X, Y])) };
  });
  return operation(x);
}
