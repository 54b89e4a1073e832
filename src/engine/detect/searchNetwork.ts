/**
 * MediaPipe's full-range BlazeFace, run by tf.js on the processor on pictures of any size: the network is made of convolutions alone, so one run
 * over a large picture is as good as many over its parts. Its operations and weights are written by scripts/assets.ts.
 */
import { add, fused, maxPool, pad, relu, tensor, tensor4d, tidy, image as imageOps, type Tensor, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';
import { onProcessor } from '../backend';
import { readWeightFile, type TensorEntry } from '../weightFile';

/** The network's sides are multiples of this. */
export const GRANULE = 32;
/** Pixels between the places that the network looks at for a face. */
export const STRIDE = 4;

interface Convolution {
  kind: 'conv' | 'depthwise';
  filter: string;
  bias: string;
  stride: number;
  activation: 'relu' | 'linear';
}

/** Tensors go by name. `maxPool` halves both sides, `resize` doubles them (bilinear), `pad` adds channels of zeros. */
export type Operation = { input: string; output: string } & (
  | Convolution
  | { kind: 'add'; other: string }
  | { kind: 'pad'; channels: number }
  | { kind: 'maxPool' | 'resize' | 'relu' }
);

export interface NetworkDescription {
  format: 1;
  input: string;
  /** Names of the results. */
  regressors: string;
  scores: string;
  operations: Operation[];
  tensors: TensorEntry[];
}

export interface SearchInput {
  /** RGB, `centred`, rows from the top. */
  values: Float32Array;
  /** Both multiples of `GRANULE`. */
  width: number;
  height: number;
}

export interface SearchOutput {
  /** Cells along each axis: the input's sides over `STRIDE`. */
  columns: number;
  rows: number;
  /** Logits, a cell each. */
  scores: Float32Array;
  /** 16 a cell, pixels from the cell's centre: centre x, y, width, height, and six keypoints' x, y. */
  regressors: Float32Array;
}

export class SearchNetwork {
  /** By operation: values that no later one reads. Kept to the end they would be a third of a gigabyte, and wasm gives none back. */
  private readonly lastUsed: string[][];

  private constructor(
    private readonly description: NetworkDescription,
    private readonly weights: ReadonlyMap<string, Tensor>,
  ) {
    this.lastUsed = lastUses(description);
  }

  /** Throws where the files that `npm run assets` makes are missing. tf.js's backend must be ready. */
  static async load(assets: URL): Promise<SearchNetwork> {
    const at = (file: string): URL => new URL(`models/${file}`, assets);
    const { description, tensors } = await readWeightFile<NetworkDescription>(at('face_search.json'), at('face_search.bin'), 1);
    return onProcessor(async () => new SearchNetwork(description, new Map([...tensors].map(([name, { shape, values }]) => [name, tensor(values, shape)]))));
  }

  run(input: SearchInput): Promise<SearchOutput> {
    return onProcessor(() => this.runHere(input));
  }

  private async runHere({ values: pixels, width, height }: SearchInput): Promise<SearchOutput> {
    const [scores, regressors] = tidy(() => {
      const { input, operations, scores, regressors } = this.description;
      const values = new Map<string, Tensor4D>([[input, tensor4d(pixels, [1, height, width, 3])]]);
      operations.forEach((operation, i) => {
        values.set(operation.output, this.apply(operation, values));
        for (const name of this.lastUsed[i]!) values.get(name)!.dispose();
      });
      return [values.get(scores)!, values.get(regressors)!];
    });
    try {
      const [scoreValues, regressorValues] = await Promise.all([scores!.data(), regressors!.data()]);
      return { columns: width / STRIDE, rows: height / STRIDE, scores: scoreValues as Float32Array, regressors: regressorValues as Float32Array };
    } finally {
      scores!.dispose();
      regressors!.dispose();
    }
  }

  dispose(): void {
    for (const weight of this.weights.values()) weight.dispose();
  }

  private apply(operation: Operation, values: ReadonlyMap<string, Tensor4D>): Tensor4D {
    const x = values.get(operation.input)!;
    switch (operation.kind) {
      case 'conv':
      case 'depthwise': {
        const filter = this.weights.get(operation.filter) as Tensor4D;
        const bias = this.weights.get(operation.bias) as Tensor1D;
        const how = { x, filter, bias, strides: operation.stride, pad: 'same', activation: operation.activation } as const;
        return operation.kind === 'conv' ? fused.conv2d(how) : fused.depthwiseConv2d(how);
      }
      case 'add':
        return add(x, values.get(operation.other)!);
      case 'pad':
        return pad(x, [[0, 0], [0, 0], [0, 0], [0, operation.channels]]);
      case 'maxPool':
        return maxPool(x, 2, 2, 'same');
      case 'resize':
        return imageOps.resizeBilinear(x, [2 * x.shape[1], 2 * x.shape[2]], false, true);
      case 'relu':
        return relu(x);
    }
  }
}

/** For each operation the names of the values that it is the last to read; results are read by nobody here. */
function lastUses({ operations }: NetworkDescription): string[][] {
  const inputsOf = (operation: Operation): string[] => [operation.input, ...(operation.kind === 'add' ? [operation.other] : [])];
  const last = new Map(operations.flatMap((operation, i) => inputsOf(operation).map((name) => [name, i] as const)));
  return operations.map((operation, i) => [...new Set(inputsOf(operation))].filter((name) => last.get(name) === i));
}

/** A level of 0 to 255 as the network takes it, from -1 to 1. */
export function centred(level: number): number {
  return level / 127.5 - 1;
}
