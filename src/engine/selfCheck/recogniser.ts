/**
 * The on-device face recogniser: the dlib ResNet as npm `@vladmandic/face-api` publishes its weights (most of them 8 bits a value).
 * Its per-channel scaling is folded into the convolutions on loading, which halves the work of face-api's own forward pass.
 */
import {
  add,
  avgPool,
  concat,
  div,
  dispose,
  fused,
  matMul,
  maxPool,
  mean,
  pad,
  relu,
  sub,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
  zerosLike,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { TemplateBox } from '../align';
import type { Crop } from '../crop';

/** The part of the face the network was trained on: with a wider one its accuracy collapses. */
export const recogniserBox: TemplateBox = [11, 26, 101, 116];
/** Side of its input, pixels. */
export const RECOGNISER_SIZE = 150;

const MEAN = [122.782, 117.001, 104.298];

interface WeightEntry {
  name: string;
  shape: number[];
  /** Values are bytes, to be scaled, where this is given; 32-bit floats elsewhere. */
  quantization?: { scale: number; min: number };
}

interface Convolution {
  filter: Tensor4D;
  bias: Tensor1D;
}

export class FaceRecogniser {
  private constructor(
    private readonly convolutions: ReadonlyMap<string, Convolution>,
    private readonly classifier: Tensor2D,
  ) {}

  /** Loads what `npm run assets` put under the directory `assets`, onto the current tf.js backend. */
  static async load(assets: URL): Promise<FaceRecogniser> {
    const [manifest, bytes] = await Promise.all([
      fetch(new URL('models/face_recognition_model-weights_manifest.json', assets)).then(
        (response) => response.json() as Promise<{ weights: WeightEntry[] }[]>,
      ),
      fetch(new URL('models/face_recognition_model.bin', assets)).then((response) => response.arrayBuffer()),
    ]);
    const values = readWeights(manifest[0]!.weights, new Uint8Array(bytes));
    const convolutions = new Map<string, Convolution>();
    for (const name of values.keys()) {
      if (name.endsWith('/conv/filters')) {
        const layer = name.slice(0, -'/conv/filters'.length);
        convolutions.set(layer, foldScale(layer, values));
      }
    }
    const { data, shape } = values.get('fc')!;
    return new FaceRecogniser(convolutions, tensor2d(data, shape as [number, number]));
  }

  /** A crop of `recogniserBox` at 150 x 150 -> its embedding, 128 values, not normalised. */
  async embed(crop: Crop): Promise<Float32Array> {
    const embedding = tidy(() => {
      const input = tensor4d(crop, [1, RECOGNISER_SIZE, RECOGNISER_SIZE, 3]);
      return this.forward(sub<Tensor4D>(input, div(tensor1d(MEAN), 255)));
    });
    const values = (await embedding.data()) as Float32Array;
    embedding.dispose();
    return values;
  }

  dispose(): void {
    for (const { filter, bias } of this.convolutions.values()) dispose([filter, bias]);
    this.classifier.dispose();
  }

  private forward(input: Tensor4D): Tensor2D {
    let x: Tensor4D = maxPool(this.convolution('conv32_down', input, { stride: 2 }), 3, 2, 'valid');
    for (const block of ['conv32_1', 'conv32_2', 'conv32_3']) x = this.residual(block, x);
    x = this.residualDown('conv64_down', x);
    for (const block of ['conv64_1', 'conv64_2', 'conv64_3']) x = this.residual(block, x);
    x = this.residualDown('conv128_down', x);
    for (const block of ['conv128_1', 'conv128_2']) x = this.residual(block, x);
    x = this.residualDown('conv256_down', x);
    for (const block of ['conv256_1', 'conv256_2']) x = this.residual(block, x);
    x = this.residualDown('conv256_down_out', x);
    return matMul(mean<Tensor2D>(x, [1, 2]), this.classifier);
  }

  private residual(block: string, x: Tensor4D): Tensor4D {
    const first = this.convolution(`${block}/conv1`, x);
    return relu(add<Tensor4D>(this.convolution(`${block}/conv2`, first, { activation: 'linear' }), x));
  }

  /** Halves the size; doubles the channels where the convolutions do, with zeros beside the pooled input. */
  private residualDown(block: string, x: Tensor4D): Tensor4D {
    const first = this.convolution(`${block}/conv1`, x, { stride: 2 });
    const change = this.convolution(`${block}/conv2`, first, { activation: 'linear' });
    const pooled: Tensor4D = avgPool(x, 2, 2, 'valid');
    const wide: Tensor4D = pooled.shape[3] === change.shape[3] ? pooled : concat([pooled, zerosLike(pooled)], 3);
    const [missingRows, missingColumns] = [wide.shape[1] - change.shape[1], wide.shape[2] - change.shape[2]];
    return relu(add<Tensor4D>(pad(change, [[0, 0], [0, missingRows], [0, missingColumns], [0, 0]]), wide));
  }

  /** Stride 1 keeps the size; stride 2 takes only whole windows. */
  private convolution(
    layer: string,
    x: Tensor4D,
    { stride = 1, activation = 'relu' }: { stride?: 1 | 2; activation?: 'relu' | 'linear' } = {},
  ): Tensor4D {
    return fused.conv2d({ x, ...this.convolutions.get(layer)!, strides: stride, pad: stride === 1 ? 'same' : 'valid', activation });
  }
}

type Values = Map<string, { data: Float32Array; shape: number[] }>;

function readWeights(entries: WeightEntry[], bytes: Uint8Array): Values {
  const values: Values = new Map();
  let offset = 0;
  for (const { name, shape, quantization } of entries) {
    const length = shape.reduce((product, side) => product * side, 1);
    const end = offset + length * (quantization ? 1 : 4);
    const stored = bytes.slice(offset, end);
    const data = quantization
      ? Float32Array.from(stored, (byte) => byte * quantization.scale + quantization.min)
      : new Float32Array(stored.buffer);
    values.set(name, { data, shape });
    offset = end;
  }
  return values;
}

/** scale * (filter * x + bias) + shift as one convolution. */
function foldScale(layer: string, values: Values): Convolution {
  const part = (name: string): { data: Float32Array; shape: number[] } => values.get(`${layer}/${name}`)!;
  const { data: filter, shape } = part('conv/filters');
  const scale = part('scale/weights').data;
  const shift = part('scale/biases').data;
  const outputs = scale.length;
  return {
    filter: tensor4d(filter.map((value, i) => value * scale[i % outputs]!), shape as [number, number, number, number]),
    bias: tensor1d(part('conv/bias').data.map((value, i) => value * scale[i]! + shift[i]!)),
  };
}
