/**
 * Stands in for recognisers that cannot be shipped: small heads on the features of dlib's ResNet, trained to embed faces as
 * each of several recognisers does (training/surrogate.py). What it reads can be followed back to the picture's pixels.
 */
import {
  add,
  concat,
  div,
  dispose,
  matMul,
  mean,
  mul,
  reshape,
  sqrt,
  square,
  sum,
  tensor,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { Strength } from '../../shared/strengths';
import { Convolution } from '../differentiable';
import { DlibTrunk, type Block, type DlibWeights, type Layer } from '../dlibResNet';
import { readDescription, readWeightFile, type TensorEntry, type Values } from '../weightFile';

const FORMAT = 1;

export interface SurrogateDescription {
  format: number;
  /** Blocks of the trunk that are read, from the first to the last. */
  taps: Block[];
  /** Recognisers that were its teachers. */
  teachers: string[];
  refine: RefineSettings;
  tensors: TensorEntry[];
}

export interface RefineSettings {
  /** Of Adam on the residual, at the first step. */
  rate: number;
  betas: [number, number];
  steps: Record<Strength, number>;
  /** Standard deviations: of the logarithm of the scale, and of the shift in half sides of the crop. */
  jitter: { scale: number; shift: number };
  /** Share of the steps in which the picture is shrunk and enlarged again on the way. */
  resize_share: number;
  /** Weight of what is cut off the residual. */
  overshoot: number;
  /** Whether half of the steps see the mirror image. */
  flip: boolean;
}

/** How to refine, without the weights. `assets` as for `Surrogate.load`. */
export async function readRefineSettings(assets: URL): Promise<RefineSettings> {
  return (await readDescription<SurrogateDescription>(addresses(assets)[0], FORMAT)).refine;
}

function addresses(assets: URL): [description: URL, weights: URL] {
  const folder = new URL('models/nullswap/', assets);
  return [new URL('surrogate.json', folder), new URL('surrogate.bin', folder)];
}

interface Tap {
  block: Block;
  first: Convolution;
  second: Convolution;
  places: Tensor;
}

export class Surrogate {
  private constructor(
    readonly settings: RefineSettings,
    readonly teachers: readonly string[],
    private readonly trunk: DlibTrunk,
    private readonly taps: readonly Tap[],
    private readonly join: { kernel: Tensor2D; bias: Tensor },
    /** The teachers' matrices side by side. */
    private readonly heads: Tensor2D,
  ) {}

  /** Loads what `npm run assets` put under the directory `assets`, onto the current tf.js backend. */
  static async load(assets: URL, dlib: DlibWeights): Promise<Surrogate> {
    const { description, tensors } = await readWeightFile<SurrogateDescription>(...addresses(assets), FORMAT);
    const { taps, teachers, refine } = description;
    const values = (name: string): Values => {
      const found = tensors.get(name);
      if (!found) throw new Error(`The surrogate's file has no tensor ${name}.`);
      return found;
    };
    const onBackend = <T extends Tensor>({ values, shape }: Values): T => tensor(values, shape) as T;
    const convolution = (name: string, stride: 1 | 2): Convolution => {
      const filter = values(`${name}.kernel`);
      return new Convolution(filter, values(`${name}.bias`).values, stride, (filter.shape[0]! - 1) / 2, true);
    };
    return new Surrogate(
      refine,
      teachers,
      new DlibTrunk(adapted(dlib.layers, tensors), taps.at(-1)!, true),
      taps.map((block, i) => ({
        block,
        first: convolution(`tap${i}.first`, i === 0 ? 2 : 1),
        second: convolution(`tap${i}.second`, 1),
        places: onBackend(values(`tap${i}.places`)),
      })),
      { kernel: onBackend(values('join.kernel')), bias: onBackend(values('join.bias')) },
      onBackend(sideBySide(teachers.map((teacher) => values(`head.${teacher}.kernel`)))),
    );
  }

  /**
   * @param face 1 x 150 x 150 x 3 RGB in [0, 1], the crop of `recogniserBox`
   * @returns one row of unit length for each teacher
   */
  embed(face: Tensor4D): Tensor2D {
    const outputs = this.trunk.run(face);
    const read = this.taps.map(({ block, first, second, places }) =>
      sum<Tensor2D>(mul(second.apply(first.apply(outputs.get(block)!)), places), [1, 2]),
    );
    const joined = add<Tensor2D>(matMul(concat(read, 1), this.join.kernel), this.join.bias);
    const rows: Tensor2D = reshape(matMul(joined, this.heads), [this.teachers.length, -1]);
    return div(rows, sqrt(add(sum(square(rows), 1, true), 1e-12)));
  }

  /** Mean cosine, over the teachers, of a face to what `embed` gave for another. */
  similarity(face: Tensor4D, reference: Tensor2D): Scalar {
    return mean(sum(mul(this.embed(face), reference), 1));
  }

  dispose(): void {
    this.trunk.dispose();
    for (const { first, second, places } of this.taps) {
      first.dispose();
      second.dispose();
      places.dispose();
    }
    dispose([this.join.kernel, this.join.bias, this.heads]);
  }
}

/** The trunk's layers with what training added to them: a product of two thin matrices to the filter, a vector to the bias. */
function adapted(layers: ReadonlyMap<string, Layer>, tensors: ReadonlyMap<string, Values>): ReadonlyMap<string, Layer> {
  const entries = [...layers].map(([name, { filter, bias }]): [string, Layer] => {
    const [a, b, shift] = ['a', 'b', 'bias'].map((part) => tensors.get(`trunk.${name}.${part}`));
    const values = a && b ? plusProduct(filter.values, a, b) : filter.values;
    return [name, { filter: { ...filter, values }, bias: shift ? bias.map((value, i) => value + shift.values[i]!) : bias }];
  });
  return new Map(entries);
}

function plusProduct(values: Float32Array, a: Values, b: Values): Float32Array {
  const [rows, rank] = a.shape as [number, number];
  const columns = b.shape[1]!;
  const result = values.slice();
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < rank; i++) {
      const factor = a.values[row * rank + i]!;
      for (let column = 0; column < columns; column++) result[row * columns + column]! += factor * b.values[i * columns + column]!;
    }
  }
  return result;
}

/** Matrices of the same height as one. */
function sideBySide(matrices: Values[]): Values {
  const [rows, columns] = matrices[0]!.shape as [number, number];
  const values = new Float32Array(rows * columns * matrices.length);
  matrices.forEach((matrix, i) => {
    if (matrix.shape[0] !== rows || matrix.shape[1] !== columns) throw new Error("The surrogate's heads differ in shape.");
    for (let row = 0; row < rows; row++) {
      values.set(matrix.values.subarray(row * columns, (row + 1) * columns), (row * matrices.length + i) * columns);
    }
  });
  return { shape: [rows, columns * matrices.length], values };
}
