/**
 * Operations with gradients that run well on every backend: tf.js has none on wasm for average pooling and for
 * convolutions of each channel, and a slow one for the others. A function made of these and of tf.js's plain arithmetic can go through `tf.grad`.
 * All take one picture or feature map at a time or several (N x height x width x channels).
 */
import {
  add,
  avgPool,
  clipByValue,
  customGrad,
  depthwiseConv2d,
  dispose,
  div,
  fused,
  image,
  matMul,
  mul,
  pad,
  prelu,
  relu,
  reshape,
  reverse,
  slice,
  step,
  sub,
  tensor1d,
  tensor4d,
  transpose,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients'; // of plain arithmetic
import type { Values } from './weightFile';

/** Mean over `side` x `side` places (odd) around each; beyond the border nothing is counted. */
export function boxMean(x: Tensor4D, side: number): Tensor4D {
  const mean = (values: Tensor4D): Tensor4D => avgPool(values, side, 1, 'same');
  // a sum over boxes is its own transpose, and a mean is one that is divided by the places it counts
  return withGradient(x, () => [mean(x)], (dy) => {
    const counted = shareWithin(x.shape[1], x.shape[2], side);
    return mul(mean(div(dy, counted)), counted);
  });
}

/** Share of the box around each place that lies within the border: 1 x height x width x 1. */
function shareWithin(height: number, width: number, side: number): Tensor4D {
  const reach = (side - 1) / 2;
  const along = (length: number): number[] =>
    Array.from({ length }, (_, i) => (Math.min(i, reach) + Math.min(length - 1 - i, reach) + 1) / side);
  return mul(tensor4d(along(height), [1, height, 1, 1]), tensor4d(along(width), [1, 1, width, 1]));
}

/** Mean of each 2 x 2 block; an odd last row or column is left out. */
export function halve(x: Tensor4D): Tensor4D {
  const [, height, width] = x.shape;
  return withGradient(
    x,
    () => [avgPool(x, 2, 2, 'valid')],
    (dy) => {
      const [rows, columns] = [2 * dy.shape[1], 2 * dy.shape[2]];
      const spread: Tensor4D = mul(image.resizeNearestNeighbor(dy, [rows, columns]), 0.25);
      return padded(spread, [0, height - rows], [0, width - columns]);
    },
  );
}

/** `depthToSpace` by 2; tf.js's own moves value by value on wasm. */
function unfolded(x: Tensor4D): Tensor4D {
  const [count, rows, columns, channels] = x.shape;
  const pairs = transpose(reshape(x, [count * rows, columns, 2, channels / 2]), [0, 2, 1, 3]);
  return reshape(pairs, [count, 2 * rows, 2 * columns, channels / 4]);
}

/** Cut at -largest and +largest. The gradient passes as if nothing were cut. */
export function cutStraightThrough(x: Tensor4D, largest: number): Tensor4D {
  return withGradient(x, () => [clipByValue(x, -largest, largest)], (dy) => dy);
}

/** A matrix and its transpose, both needed where a gradient is. */
export type Matrix = {
  forward: Tensor2D;
  back: Tensor2D;
};

/**
 * Every row and every column of a picture through a matrix: height' x height and width' x width.
 * @param x 1 x height x width x channels
 */
export function resample(x: Tensor4D, rows: Matrix, columns: Matrix): Tensor4D {
  return withGradient(
    x,
    () => [throughBoth(x, rows.forward, columns.forward)],
    (dy) => throughBoth(dy, rows.back, columns.back),
  );
}

function throughBoth(x: Tensor4D, rows: Tensor2D, columns: Tensor2D): Tensor4D {
  return swapSides(throughRows(swapSides(throughRows(x, rows)), columns));
}

function throughRows(x: Tensor4D, rows: Tensor2D): Tensor4D {
  const [, height, width, channels] = x.shape;
  const product = matMul(rows, reshape(x, [height, width * channels]));
  return reshape(product, [1, rows.shape[0], width, channels]);
}

function swapSides(x: Tensor4D): Tensor4D {
  return transpose(x, [0, 2, 1, 3]);
}

type Activation = 'relu' | 'linear';

/** A convolution with a bias. Its gradient is a convolution too, with a filter that is prepared once. */
export class Convolution {
  private readonly filter: Tensor4D;
  private readonly bias: Tensor1D;
  private readonly transposed: Tensor4D | null;

  /**
   * @param filter height x width x inputs x outputs, square
   * @param border zeros around the input; half the filter's side keeps the size
   * @param hasGradient false saves the memory of the second filter
   */
  constructor(
    filter: Values,
    bias: Float32Array,
    private readonly stride: 1 | 2,
    private readonly border: number,
    hasGradient: boolean,
  ) {
    this.filter = tensor4d(filter.values, filter.shape as Tensor4D['shape']);
    this.bias = tensor1d(bias);
    const back = hasGradient ? transposedFilter(filter, stride) : null;
    this.transposed = back && tensor4d(back.values, back.shape as Tensor4D['shape']);
  }

  apply(x: Tensor4D, activation: Activation = 'relu'): Tensor4D {
    const { filter, bias, stride, border } = this;
    if (!this.transposed) return convolve(x, filter, stride, border, { bias, activation });
    const linear = (): Tensor4D => convolve(x, filter, stride, border, { bias });
    if (activation === 'linear') return withGradient(x, () => [linear()], (dy) => this.gradient(dy, x.shape));
    return withGradient(
      x,
      () => {
        const y = relu(linear());
        return [y, y];
      },
      (dy, y) => this.gradient(mul(dy, step(y)), x.shape),
    );
  }

  dispose(): void {
    dispose([this.filter, this.bias, ...(this.transposed ? [this.transposed] : [])]);
  }

  /** Of the input, from that of the output: the transposed convolution, two by two places at once where the stride is 2. */
  private gradient(dy: Tensor4D, [count, height, width, channels]: Tensor4D['shape']): Tensor4D {
    const reach = this.transposed!.shape[0] - 1;
    const blocks = convolve(dy, this.transposed!, 1, reach - Math.floor(this.border / this.stride));
    const places: Tensor4D = this.stride === 2 ? unfolded(blocks) : blocks;
    const first = this.border % this.stride;
    const isWhole = first === 0 && places.shape[1] === height && places.shape[2] === width;
    return isWhole ? places : slice(places, [0, first, first, 0], [count, height, width, channels]);
  }
}

/** A 3 x 3 convolution of each channel by itself, with a bias. */
export class DepthwiseConvolution {
  private readonly filter: Tensor4D;
  private readonly bias: Tensor1D;
  private readonly turned: Tensor4D;

  /**
   * @param filter 3 x 3 x channels x 1
   * @param border zeros around the input
   */
  constructor(
    filter: Values,
    bias: Float32Array,
    private readonly stride: 1 | 2,
    private readonly border: 0 | 1,
  ) {
    this.filter = tensor4d(filter.values, filter.shape as Tensor4D['shape']);
    this.bias = tensor1d(bias);
    this.turned = reverse(this.filter, [0, 1]);
  }

  apply(x: Tensor4D): Tensor4D {
    const { filter, bias, stride, border } = this;
    return withGradient(x, () => [add(depthwiseConv2d(x, filter, stride, border, 'NHWC', 1, 'floor'), bias)], (dy) => this.gradient(dy, x.shape));
  }

  dispose(): void {
    dispose([this.filter, this.bias, this.turned]);
  }

  /** The convolution with the filter turned around, of the gradient spread over the places that the filter stood on. */
  private gradient(dy: Tensor4D, [, height, width]: Tensor4D['shape']): Tensor4D {
    const spread = this.stride === 1 ? dy : spreadByTwo(dy);
    const around = (side: number, of: number): [number, number] => [2 - this.border, side + this.border - of];
    return depthwiseConv2d(padded(spread, around(height, spread.shape[1]), around(width, spread.shape[2])), this.turned, 1, 'valid');
  }
}

/** Zeros between the places: each stands at the top left of a block of 2 x 2. */
function spreadByTwo(x: Tensor4D): Tensor4D {
  const [count, height, width, channels] = x.shape;
  const below: Tensor4D = pad(reshape(x, [count * height, 1, width, channels]), [[0, 0], [0, 1], [0, 0], [0, 0]]);
  const beside: Tensor4D = pad(reshape(below, [count * 2 * height * width, 1, 1, channels]), [[0, 0], [0, 0], [0, 1], [0, 0]]);
  return reshape(beside, [count, 2 * height, 2 * width, channels]);
}

/** What is negative times its channel's slope: 1 x 1 x 1 x channels. */
export function bent(x: Tensor4D, slopes: Tensor4D): Tensor4D {
  return withGradient(x, () => [prelu(x, slopes), x], (dy, at) => mul(dy, add(slopes, mul(sub(1, slopes), step(at)))));
}

function convolve(
  x: Tensor4D,
  filter: Tensor4D,
  strides: number,
  border: number,
  and: { bias?: Tensor1D; activation?: Activation } = {},
): Tensor4D {
  return fused.conv2d({ x, filter, strides, pad: border, dimRoundingMode: 'floor', ...and });
}

/**
 * The filter by which a gradient goes back. Place `stride i + phase` of the input gets from output `i - s` what the filter
 * holds at `stride s + phase`: a convolution with a smaller filter for each of the stride² phases, which become channels.
 */
function transposedFilter({ shape, values }: Values, stride: number): Values {
  const [side, , inputs, outputs] = shape as [number, number, number, number];
  const small = Math.ceil(side / stride);
  const phases = stride * stride;
  const result = new Float32Array(small * small * outputs * phases * inputs);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const place = (small - 1 - Math.floor(row / stride)) * small + (small - 1 - Math.floor(column / stride));
      const phase = (row % stride) * stride + (column % stride);
      for (let input = 0; input < inputs; input++) {
        const from = ((row * side + column) * inputs + input) * outputs;
        for (let output = 0; output < outputs; output++) {
          result[((place * outputs + output) * phases + phase) * inputs + input] = values[from + output]!;
        }
      }
    }
  }
  return { shape: [small, small, outputs, phases * inputs], values: result };
}

function padded(x: Tensor4D, rows: [number, number], columns: [number, number]): Tensor4D {
  const isWhole = [...rows, ...columns].every((places) => places === 0);
  return isWhole ? x : pad(x, [[0, 0], rows, columns, [0, 0]]);
}

/**
 * @param forward gives the output, then whatever `backward` needs
 * @param backward from the output's gradient to that of `x`
 */
function withGradient<Y extends Tensor, Needed extends Tensor[]>(
  x: Tensor4D,
  forward: () => [Y, ...Needed],
  backward: (dy: Y, ...needed: Needed) => Tensor4D,
): Y {
  const operation = customGrad<Y>((_, save) => {
    const [value, ...needed] = forward();
    (save as unknown as (tensors: Tensor[]) => void)(needed);
    return { value, gradFunc: (dy, saved) => backward(dy, ...(saved as Needed)) };
  });
  return operation(x);
}
