/**
 * The NullSwap generator (arXiv 2503.18678, figure 2) as training/generator.py defines it: batch norm is folded into the
 * convolutions. Shapes are N x height x width x channels; sizes are those of a 160 x 160 input.
 */
import { add, concat, fused, maxPool, mean, mul, relu, split, sub, type Tensor, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { FieldTensors } from './fields';

/** What the network draws. */
export interface Drawing {
  /** Not yet made alike on the left and on the right. */
  fields: FieldTensors;
  /** How much paint, where, in each way (touch.ts): N x 40 x 40 x 4. */
  maps: Tensor4D;
}

export class Generator {
  /** @param tensors trained parameters by name, owned by the caller */
  constructor(private readonly tensors: ReadonlyMap<string, Tensor>) {}

  /** @param picture N x 160 x 160 x 3 RGB in [0, 1] */
  run(picture: Tensor4D): Drawing {
    const centred = sub<Tensor4D>(mul(picture, 2), 1);

    // Identity Extraction: 40 x 40 x 64
    let identity = this.conv('identity.stem', centred, { stride: 2 });
    identity = this.bottlenecks('identity', 4, maxPool(identity, 2, 2, 'valid'));

    // Perturbation Block: 40 x 40 x 64. The noise is drawn in training only; what remains of it is a map that tells
    // the network where on the face it draws.
    let perturbation = this.bottlenecks('perturbation', 3, this.conv('perturbation.stem', identity));
    perturbation = add(perturbation, this.tensor('noise.offset'));

    // Feature Block: 40 x 40 x 64
    let features = this.conv('features.stem', centred, { stride: 2 });
    features = this.conv('features.down', features, { stride: 2 });
    features = this.bottlenecks('features', 5, this.conv('features.mix', features));

    // Cloaking Block: 40 x 40 x 128, from which it draws paint, then ever coarser fields
    const cloak = this.bottlenecks('cloak', 2, concat([mul<Tensor4D>(perturbation, this.tensor('gamma')), features], 3));
    const maps = this.conv('paint', cloak, { activation: 'linear' });
    const middle = this.bottlenecks('middle', 1, this.conv('middle.down', cloak, { stride: 2 }));
    const detail = this.conv('detail.last', this.conv('detail.first', middle, { border: 0 }), { border: 0, activation: 'linear' });
    const coarse = this.bottlenecks('coarse', 2, this.conv('coarse.down', middle, { stride: 2 }));
    const [shade, tint] = split(this.conv('light', coarse, { activation: 'linear' }), [1, 2], 3) as [Tensor4D, Tensor4D];
    const warp = this.conv('warp.last', this.conv('warp.first', coarse, { border: 0 }), { activation: 'linear' });
    return { fields: { warp, shade, detail, tint }, maps };
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

  /** Convolution; its border is half the kernel on every side, as PyTorch has it, where not given. */
  private conv(
    name: string,
    x: Tensor4D,
    { stride = 1, border, activation = 'relu' }: { stride?: number; border?: number; activation?: 'relu' | 'linear' | 'sigmoid' } = {},
  ): Tensor4D {
    const filter = this.tensor<Tensor4D>(`${name}.kernel`);
    const bias = this.tensor<Tensor1D>(`${name}.bias`);
    const pad = border ?? Math.floor(filter.shape[0] / 2);
    return fused.conv2d({ x, filter, bias, strides: stride, pad, activation, ...(pad && { dimRoundingMode: 'floor' }) });
  }

  private tensor<T extends Tensor>(name: string): T {
    const found = this.tensors.get(name);
    if (!found) throw new Error(`The network file has no tensor ${name}.`);
    return found as T;
  }
}
