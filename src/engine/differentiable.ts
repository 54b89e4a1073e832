/**
 * Operations with gradients that run well on every backend: tf.js has none on wasm for average pooling and for
 * convolutions of each channel, and a slow one for the others. A function made of these and of tf.js's plain arithmetic can go through `tf.grad`.
 * All take one picture or feature map at a time or several (N x height x width x channels).
 */
import {
  abs,
  add,
  avgPool,
  cast,
  clipByValue,
  concat,
  customGrad,
  dispose,
  div,
  floor,
  fused,
  gather,
  image,
  matMul,
  mean,
  minimum,
  mul,
  neg,
  pad,
  prelu,
  reshape,
  reverse,
  sign,
  slice,
  split,
  square,
  step,
  sub,
  sum,
  tensor1d,
  tensor4d,
  tile,
  transpose,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients'; // of plain arithmetic
import type { Values } from './weightFile';

/** What came of going forward, and the way back. */
interface Passed<Y extends Tensor> {
  y: Y;
  /** What the way back is given again. */
  needed?: Tensor4D[];
  /** From the gradient of `y` to that of the input. Must hold no tensor of the way forward but those it is given. */
  back: (dy: Y, needed: Tensor4D[]) => Tensor4D;
}

/** From one feature map to the next. */
export interface Layer {
  forward(x: Tensor4D): Passed<Tensor4D>;
  dispose(): void;
}

/** A layer, or a chain of them, as one operation that `tf.grad` goes back through: the fewer there are, the less it has to keep account of. */
export function applied(layer: Pick<Layer, 'forward'>, x: Tensor4D): Tensor4D {
  return withGradient(x, () => layer.forward(x));
}

function withGradient<Y extends Tensor>(x: Tensor4D, forward: () => Passed<Y>): Y {
  const operation = customGrad<Y>((_, save) => {
    const { y, needed = [], back } = forward();
    (save as unknown as (tensors: Tensor[]) => void)(needed);
    return { value: y, gradFunc: (dy, saved) => back(dy, saved as Tensor4D[]) };
  });
  return operation(x);
}

/** Mean over `side` x `side` places (odd) around each, as often as said; beyond the border nothing is counted. */
export function boxMean(x: Tensor4D, side: number, times: 1 | 2 = 1): Tensor4D {
  const means = (values: Tensor4D): Tensor4D => {
    const once = avgPool(values, side, 1, 'same');
    return times === 1 ? once : avgPool(once, side, 1, 'same');
  };
  // a sum over boxes is its own transpose, and a mean is one that is divided by the places it counts
  return withGradient(x, () => ({
    y: means(x),
    back: (dy) => {
      const counted = shareWithin(dy.shape[1], dy.shape[2], side);
      return mul(means(div(dy, counted)), counted);
    },
  }));
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
  return withGradient(x, () => ({
    y: avgPool(x, 2, 2, 'valid'),
    back: (dy) => {
      const [rows, columns] = [2 * dy.shape[1], 2 * dy.shape[2]];
      const spread = image.resizeNearestNeighbor(mul<Tensor4D>(dy, 0.25), [rows, columns]);
      const isWhole = rows === height && columns === width;
      return isWhole ? spread : pad(spread, [[0, 0], [0, height - rows], [0, width - columns], [0, 0]]);
    },
  }));
}

/** `depthToSpace` by 2; tf.js's own moves value by value on wasm. */
function unfolded(x: Tensor4D): Tensor4D {
  const [count, rows, columns, channels] = x.shape;
  const pairs = transpose(reshape(x, [count * rows, columns, 2, channels / 2]), [0, 2, 1, 3]);
  return reshape(pairs, [count, 2 * rows, 2 * columns, channels / 4]);
}

/** Cut where it is below `least` and above `largest`. The gradient passes as if nothing were cut. */
export function clampStraightThrough(x: Tensor4D, least: number, largest: number): Tensor4D {
  return withGradient(x, () => ({ y: clipByValue(x, least, largest), back: (dy) => dy }));
}

/** How far values lie beyond -largest and +largest: the mean over all of them. */
export function meanBeyond(x: Tensor4D, largest: number): Scalar {
  return withGradient<Scalar>(x, () => {
    const beyond = sub<Tensor4D>(x, clipByValue(x, -largest, largest));
    return { y: mean(abs(beyond)), needed: [beyond], back: (dy, [outside]) => mul(sign(outside!), div(dy, x.size)) };
  });
}

/** Mean of the fourth powers. */
export function meanFourthPower(x: Tensor4D): Scalar {
  return withGradient<Scalar>(x, () => {
    const squares = square(x);
    return { y: mean(square(squares)), needed: [x, squares], back: (dy, [values, squared]) => mul(mul(values!, squared!), mul(dy, 4 / x.size)) };
  });
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
  return withGradient(x, () => ({ y: throughBoth(x, rows.forward, columns.forward), back: (dy) => throughBoth(dy, rows.back, columns.back) }));
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

/** Every place of a picture beside its right, lower and lower right neighbours: (height * width) x 12. */
export function neighboursOf(picture: Tensor4D): Tensor2D {
  const [, height, width] = picture.shape;
  const next = (x: Tensor4D, axis: 1 | 2, length: number): Tensor4D =>
    gather(x, tensor1d(Array.from({ length }, (_, i) => Math.min(i + 1, length - 1)), 'int32'), axis);
  const below = next(picture, 1, height);
  return reshape(concat([picture, next(picture, 2, width), below, next(below, 2, width)], 3), [height * width, 12]);
}

/**
 * The picture with each place taken from elsewhere, bilinear; beyond the edge the last pixel goes on.
 * @param displacement 1 x size x size x 2: to the right and down, shares of the side
 * @param neighbours by `neighboursOf`, of the size x size picture
 */
export function bent(displacement: Tensor4D, neighbours: Tensor2D): Tensor4D {
  return withGradient(displacement, () => {
    const size = displacement.shape[1];
    const at = clipByValue(add<Tensor4D>(placesOf(size), mul(displacement, size)), 0, size - 1);
    const first = minimum<Tensor4D>(floor(at), size - 2);
    const [right, down] = split(sub<Tensor4D>(at, first), 2, 3) as [Tensor4D, Tensor4D];
    const [column, row] = split(first, 2, 3) as [Tensor4D, Tensor4D];
    const index = cast(reshape(add(mul(row, size), column), [size * size]), 'int32');
    const corners = split(gather(neighbours, index), 4, 1).map((corner): Tensor4D => reshape(corner, [1, size, size, 3]));
    const [topLeft, topRight, bottomLeft, bottomRight] = corners as [Tensor4D, Tensor4D, Tensor4D, Tensor4D];
    const acrossTop = sub<Tensor4D>(topRight, topLeft);
    const top = add<Tensor4D>(topLeft, mul(acrossTop, right));
    const acrossBottom = sub<Tensor4D>(bottomRight, bottomLeft);
    const height = sub<Tensor4D>(add(bottomLeft, mul(acrossBottom, right)), top);
    const across = add<Tensor4D>(acrossTop, mul(sub(acrossBottom, acrossTop), down));
    const back = (dy: Tensor4D, [slopeAcross, slopeDown]: Tensor4D[]): Tensor4D => {
      const along = (slope: Tensor4D): Tensor4D => sum(mul(dy, slope), 3, true);
      return mul(concat([along(slopeAcross!), along(slopeDown!)], 3), size);
    };
    return { y: add(top, mul(height, down)), needed: [across, height], back };
  });
}

/** Column and row of every pixel: 1 x size x size x 2. */
function placesOf(size: number): Tensor4D {
  const line = Array.from({ length: size }, (_, i) => i);
  const columns = tile(tensor4d(line, [1, 1, size, 1]), [1, size, 1, 1]);
  return concat([columns, tile(tensor4d(line, [1, size, 1, 1]), [1, 1, size, 1])], 3);
}

type Activation = 'relu' | 'linear';

/** Zeros before the first row and column, and after the last ones. */
export type Border = readonly [before: number, after: number];

/** A convolution with a bias. Its gradient is a convolution too, with a filter that is prepared once. */
export class Convolution implements Layer {
  private readonly filter: Tensor4D;
  private readonly bias: Tensor1D;
  private readonly transposed: Tensor4D | null;

  /**
   * @param filter height x width x inputs x outputs, square
   * @param border half the filter's side on both sides keeps the size
   * @param hasGradient false saves the memory of the second filter
   */
  constructor(
    filter: Values,
    bias: Float32Array,
    private readonly stride: 1 | 2,
    private readonly border: Border,
    hasGradient: boolean,
  ) {
    this.filter = tensor4d(filter.values, filter.shape as Tensor4D['shape']);
    this.bias = tensor1d(bias);
    const back = hasGradient ? transposedFilter(filter, stride) : null;
    this.transposed = back && tensor4d(back.values, back.shape as Tensor4D['shape']);
  }

  /** Without a gradient. */
  apply(x: Tensor4D, activation: Activation = 'relu'): Tensor4D {
    const { filter, bias, stride, border } = this;
    return convolve(x, filter, stride, around(border), { bias, activation });
  }

  forward(x: Tensor4D): Passed<Tensor4D> {
    const { shape } = x;
    return { y: this.apply(x, 'linear'), back: (dy) => this.gradient(dy, shape) };
  }

  dispose(): void {
    dispose([this.filter, this.bias, ...(this.transposed ? [this.transposed] : [])]);
  }

  /** Of the input, from that of the output: the transposed convolution, two by two places at once where the stride is 2. */
  private gradient(dy: Tensor4D, [count, height, width, channels]: Tensor4D['shape']): Tensor4D {
    if (!this.transposed) throw new Error('This convolution was made without a gradient.');
    const before = Math.floor(this.border[0] / this.stride);
    const first = this.border[0] % this.stride;
    const reach = this.transposed.shape[0] - 1;
    const pads = [height - dy.shape[1] * this.stride, width - dy.shape[2] * this.stride].map((more): [number, number] => {
      return [reach - before, Math.ceil((more + first) / this.stride) + before];
    });
    const blocks = convolve(dy, this.transposed, 1, [[0, 0], pads[0]!, pads[1]!, [0, 0]]);
    const places: Tensor4D = this.stride === 2 ? unfolded(blocks) : blocks;
    const isWhole = first === 0 && places.shape[1] === height && places.shape[2] === width;
    return isWhole ? places : slice(places, [0, first, first, 0], [count, height, width, channels]);
  }
}

/** A 3 x 3 convolution of each channel by itself, with a bias. */
export class DepthwiseConvolution implements Layer {
  private readonly filter: Tensor4D;
  private readonly bias: Tensor1D;
  private readonly turned: Tensor4D;

  /** @param filter 3 x 3 x channels x 1 */
  constructor(
    filter: Values,
    bias: Float32Array,
    private readonly stride: 1 | 2,
    private readonly border: Border,
  ) {
    this.filter = tensor4d(filter.values, filter.shape as Tensor4D['shape']);
    this.bias = tensor1d(bias);
    this.turned = reverse(this.filter, [0, 1]);
  }

  forward(x: Tensor4D): Passed<Tensor4D> {
    const { filter, bias, stride, border } = this;
    const [, height, width] = x.shape;
    const y = eachChannel(x, filter, stride, around(border), bias);
    return { y, back: (dy) => this.gradient(dy, height, width) };
  }

  dispose(): void {
    dispose([this.filter, this.bias, this.turned]);
  }

  /** The convolution with the filter turned around, of the gradient spread over the places that the filter stood on. */
  private gradient(dy: Tensor4D, height: number, width: number): Tensor4D {
    const [before] = this.border;
    const x = this.stride === 1 ? dy : spreadByTwo(dy);
    const pads = [x.shape[1] - height, x.shape[2] - width].map((more): [number, number] => [2 - before, before - more]);
    return eachChannel(x, this.turned, 1, [[0, 0], pads[0]!, pads[1]!, [0, 0]]);
  }
}

/** Zeros between the places: each stands at the top left of a block of 2 x 2. */
function spreadByTwo(x: Tensor4D): Tensor4D {
  const [count, height, width, channels] = x.shape;
  const below: Tensor4D = pad(reshape(x, [count * height, 1, width, channels]), [[0, 0], [0, 1], [0, 0], [0, 0]]);
  const beside: Tensor4D = pad(reshape(below, [count * 2 * height * width, 1, 1, channels]), [[0, 0], [0, 0], [0, 1], [0, 0]]);
  return reshape(beside, [count, 2 * height, 2 * width, channels]);
}

/** What is negative times its channel's slope. */
export class Bend implements Layer {
  private readonly slopes: Tensor4D;
  private readonly opposite: Tensor4D;

  /** @param slopes one a channel */
  constructor(slopes: Float32Array) {
    this.slopes = tensor4d(slopes, [1, 1, 1, slopes.length]);
    this.opposite = neg(this.slopes);
  }

  forward(x: Tensor4D): Passed<Tensor4D> {
    const { slopes, opposite } = this;
    // 1 or -1, and what is -1 bent the other way: 1 where x was positive and the slope where it was not
    return { y: prelu(x, slopes), needed: [x], back: (dy, [at]) => mul(dy, prelu(step(at!, -1), opposite)) };
  }

  dispose(): void {
    dispose([this.slopes, this.opposite]);
  }
}

/** One layer after another. */
export class Chain implements Layer {
  constructor(private readonly layers: readonly Layer[]) {}

  forward(x: Tensor4D): Passed<Tensor4D> {
    let y = x;
    const needed: Tensor4D[] = [];
    const ways = this.layers.map((layer) => {
      const passed = layer.forward(y);
      const first = needed.length;
      y = passed.y;
      needed.push(...(passed.needed ?? []));
      return { back: passed.back, first, end: needed.length };
    });
    const back = (dy: Tensor4D, kept: Tensor4D[]): Tensor4D => ways.reduceRight((at, way) => way.back(at, kept.slice(way.first, way.end)), dy);
    return { y, needed, back };
  }

  dispose(): void {
    for (const layer of this.layers) layer.dispose();
  }
}

/** What a layer makes of its input, added to that input. */
export class Residual implements Layer {
  constructor(private readonly layer: Layer) {}

  forward(x: Tensor4D): Passed<Tensor4D> {
    const { y, needed = [], back } = this.layer.forward(x);
    return { y: add(x, y), needed, back: (dy, kept) => add(dy, back(dy, kept)) };
  }

  dispose(): void {
    this.layer.dispose();
  }
}

function convolve(x: Tensor4D, filter: Tensor4D, strides: number, pad: Padding, and: { bias?: Tensor1D; activation?: Activation } = {}): Tensor4D {
  return fused.conv2d({ x, filter, strides, pad, dimRoundingMode: 'floor', ...and });
}

function eachChannel(x: Tensor4D, filter: Tensor4D, strides: number, padding: Padding, bias?: Tensor1D): Tensor4D {
  const pad = padding as unknown as number; // its type alone knows no padding that differs from side to side
  return fused.depthwiseConv2d({ x, filter, strides, pad, dimRoundingMode: 'floor', ...(bias && { bias }) });
}

type Padding = [[number, number], [number, number], [number, number], [number, number]];

function around([before, after]: Border): Padding {
  return [[0, 0], [before, after], [before, after], [0, 0]];
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
