/**
 * The NullSwap generator (arXiv 2503.18678, figure 2) as training/generator.py defines it: batch norm is folded into the
 * convolutions. Shapes are N x height x width x channels; sizes are those of a 160 x 160 input.
 */
import {
  add,
  concat,
  depthToSpace,
  fused,
  maxPool,
  mean,
  mul,
  relu,
  reshape,
  slice,
  sub,
  tidy,
  transpose,
  type Tensor,
  type Tensor1D,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';

export class Generator {
  /** @param tensors trained parameters by name, owned by the caller */
  constructor(private readonly tensors: ReadonlyMap<string, Tensor>) {}

  /** N x 160 x 160 x 3 RGB in [0, 1] -> N x 80 x 80 x 16: how much to touch the picture in each way, and grain (see touch.ts). */
  run(picture: Tensor4D): Tensor4D {
    return tidy(() => {
      const centred = sub<Tensor4D>(mul(picture, 2), 1);

      // Identity Extraction: 40 x 40 x 64
      let identity = this.conv('identity.stem', centred, { stride: 2 });
      identity = this.bottlenecks('identity', 4, maxPool(identity, 2, 2, 'valid'));

      // Perturbation Block: 40 x 40 x 64. The noise is drawn in training only; what remains of it is a map that tells
      // the network where on the face it draws.
      let perturbation = this.bottlenecks('perturbation', 3, this.conv('perturbation.stem', identity));
      perturbation = add(perturbation, slice(this.tensor<Tensor3D>('noise.offset'), 0, perturbation.shape.slice(1)));

      // Feature Block: 40 x 40 x 64
      let features = this.conv('features.stem', centred, { stride: 2 });
      features = this.conv('features.down', features, { stride: 2 });
      features = this.bottlenecks('features', 5, this.conv('features.mix', features));

      // Cloaking Block on features: 80 x 80 x 36
      const joined = concat([mul<Tensor4D>(perturbation, this.tensor('gamma')), features], 3);
      const wide = depthToSpace(this.conv('up', this.bottlenecks('cloak', 2, joined)), 2);

      // Cloaking Block on the picture: 80 x 80 x 16
      const drawing = this.conv('draw.first', concat([wide, foldPixels(centred)], 3));
      return this.conv('draw.last', this.conv('draw.second', drawing), { activation: 'linear' });
    });
  }

  private bottlenecks(block: string, count: number, input: Tensor4D): Tensor4D {
    let output = input;
    for (let i = 0; i < count; i++) output = this.bottleneck(`${block}.block${i}`, output);
    return output;
  }

  /** Bottleneck with squeeze and excitation: relu(x + gate * back(body(down(x)))). */
  private bottleneck(name: string, input: Tensor4D): Tensor4D {
    const narrow = this.conv(`${name}.body`, this.conv(`${name}.down`, input));
    const change = this.conv(`${name}.back`, narrow, { activation: 'linear' });
    const squeezed = this.conv(`${name}.se.squeeze`, mean<Tensor4D>(change, [1, 2], true));
    const gate = this.conv(`${name}.se.excite`, squeezed, { activation: 'sigmoid' });
    return relu(add<Tensor4D>(input, mul(change, gate)));
  }

  /** Convolution padded as PyTorch does (half the kernel on every side). */
  private conv(
    name: string,
    x: Tensor4D,
    { stride = 1, activation = 'relu' }: { stride?: number; activation?: 'relu' | 'linear' | 'sigmoid' } = {},
  ): Tensor4D {
    const filter = this.tensor<Tensor4D>(`${name}.kernel`);
    const bias = this.tensor<Tensor1D>(`${name}.bias`);
    const pad = Math.floor(filter.shape[0] / 2);
    return fused.conv2d({ x, filter, bias, strides: stride, pad, activation, ...(pad && { dimRoundingMode: 'floor' }) });
  }

  private tensor<T extends Tensor>(name: string): T {
    const found = this.tensors.get(name);
    if (!found) throw new Error(`The network file has no tensor ${name}.`);
    return found as T;
  }
}

/** Each 2 x 2 block of pixels becomes one pixel with four times the channels (the inverse of `depthToSpace`). */
function foldPixels(picture: Tensor4D): Tensor4D {
  const [count, height, width, channels] = picture.shape;
  const blocks = reshape(picture, [count, height / 2, 2, width / 2, 2, channels]);
  return reshape(transpose(blocks, [0, 1, 3, 2, 4, 5]), [count, height / 2, width / 2, 4 * channels]);
}
