/**
 * The dlib ResNet as npm `@vladmandic/face-api` publishes its weights (most of them 8 bits a value). Its per-channel
 * scaling is folded into the convolutions on loading, which halves the work of face-api's own forward pass.
 */
import { add, div, maxPool, pad, relu, sub, tensor1d, type Tensor4D } from '@tensorflow/tfjs-core';
import type { TemplateBox } from './align';
import { Convolution, halve } from './differentiable';
import type { Values } from './weightFile';

/** The part of the face the network was trained on: with a wider one its accuracy collapses. */
export const recogniserBox: TemplateBox = [11, 26, 101, 116];
/** Side of its input, pixels. */
export const RECOGNISER_SIZE = 150;

const MEAN = [122.782, 117.001, 104.298];

/** One convolution of the file, by its name there. */
export interface Layer {
  filter: Values;
  bias: Float32Array;
}

export interface DlibWeights {
  layers: ReadonlyMap<string, Layer>;
  /** From the mean of the last features to the embedding. */
  classifier: Values;
}

interface WeightEntry {
  name: string;
  shape: number[];
  /** Values are bytes, to be scaled, where this is given; 32-bit floats elsewhere. */
  quantization?: { scale: number; min: number };
}

/** Reads what `npm run assets` put under the directory `assets`. */
export async function readDlibWeights(assets: URL): Promise<DlibWeights> {
  const [manifest, bytes] = await Promise.all([
    fetch(new URL('models/face_recognition_model-weights_manifest.json', assets)).then(
      (response) => response.json() as Promise<{ weights: WeightEntry[] }[]>,
    ),
    fetch(new URL('models/face_recognition_model.bin', assets)).then((response) => response.arrayBuffer()),
  ]);
  const values = readValues(manifest[0]!.weights, new Uint8Array(bytes));
  const names = [...values.keys()].filter((name) => name.endsWith('/conv/filters'));
  const layers = names.map((name) => name.slice(0, -'/conv/filters'.length));
  return { layers: new Map(layers.map((layer) => [layer, foldScale(layer, values)])), classifier: values.get('fc')! };
}

function readValues(entries: WeightEntry[], bytes: Uint8Array): Map<string, Values> {
  const all = new Map<string, Values>();
  let offset = 0;
  for (const { name, shape, quantization } of entries) {
    const length = shape.reduce((product, side) => product * side, 1);
    const end = offset + length * (quantization ? 1 : 4);
    const stored = bytes.slice(offset, end);
    const values = quantization ? scaled(stored, quantization) : new Float32Array(stored.buffer);
    all.set(name, { shape, values });
    offset = end;
  }
  return all;
}

/** By a plain loop, as there are millions: `Float32Array.from` with a function takes ten times as long. */
function scaled(bytes: Uint8Array, { scale, min }: { scale: number; min: number }): Float32Array {
  const values = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i += 1) values[i] = bytes[i]! * scale + min;
  return values;
}

/** scale * (filter * x + bias) + shift as one convolution. */
function foldScale(layer: string, all: Map<string, Values>): Layer {
  const part = (name: string): Values => all.get(`${layer}/${name}`)!;
  const { shape, values: filter } = part('conv/filters');
  const scale = part('scale/weights').values;
  const shift = part('scale/biases').values;
  const outputs = scale.length;
  const values = new Float32Array(filter.length);
  for (let i = 0; i < values.length; i += 1) values[i] = filter[i]! * scale[i % outputs]!;
  return {
    filter: { shape, values },
    bias: part('conv/bias').values.map((value, i) => value * scale[i]! + shift[i]!),
  };
}

/** The blocks in the order in which a picture goes through them. */
const BLOCKS = [
  ...['conv32_1', 'conv32_2', 'conv32_3'],
  ...['conv64_down', 'conv64_1', 'conv64_2', 'conv64_3'],
  ...['conv128_down', 'conv128_1', 'conv128_2'],
  ...['conv256_down', 'conv256_1', 'conv256_2', 'conv256_down_out'],
] as const;

type Block = (typeof BLOCKS)[number];

/** The network up to where its features are averaged. */
export class DlibTrunk {
  private readonly convolutions: ReadonlyMap<string, Convolution>;

  constructor(layers: ReadonlyMap<string, Layer>) {
    const names = ['conv32_down', ...BLOCKS.flatMap((block) => [`${block}/conv1`, `${block}/conv2`])];
    this.convolutions = new Map(
      names.map((name) => {
        const { filter, bias } = layers.get(name)!;
        // stride 1 keeps the size; stride 2 takes only whole windows
        const halves = name === 'conv32_down' || (name.includes('_down') && name.endsWith('/conv1'));
        const border = halves ? 0 : (filter.shape[0]! - 1) / 2;
        return [name, new Convolution(filter, bias, halves ? 2 : 1, [border, border], false)];
      }),
    );
  }

  /**
   * @param face N x 150 x 150 x 3 RGB in [0, 1], the crop of `recogniserBox`
   * @returns N x 3 x 3 x 256
   */
  run(face: Tensor4D): Tensor4D {
    const first: Tensor4D = maxPool(this.convolve('conv32_down', sub(face, div(tensor1d(MEAN), 255))), 3, 2, 'valid');
    return BLOCKS.reduce<Tensor4D>((x, block) => this.residual(block, x), first);
  }

  dispose(): void {
    for (const convolution of this.convolutions.values()) convolution.dispose();
  }

  /** What goes around the convolutions is halved where they halve it, and filled up with zeros where they are larger. */
  private residual(block: Block, x: Tensor4D): Tensor4D {
    const change = this.convolve(`${block}/conv2`, this.convolve(`${block}/conv1`, x), 'linear');
    const around = block.includes('_down') ? halve(x) : x;
    return relu(add<Tensor4D>(enlarged(change, around), enlarged(around, change)));
  }

  private convolve(layer: string, x: Tensor4D, activation?: 'relu' | 'linear'): Tensor4D {
    return this.convolutions.get(layer)!.apply(x, activation);
  }
}

/** With zeros at the end of each side that is shorter than the other's. */
function enlarged(x: Tensor4D, other: Tensor4D): Tensor4D {
  const missing = x.shape.map((side, i): [number, number] => [0, Math.max(0, other.shape[i]! - side)]);
  return missing.every(([, places]) => places === 0) ? x : pad(x, missing);
}
