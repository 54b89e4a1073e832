/** The cloak of a face: from its canonical crop to the residual that hides its identity. */
import { dispose, image, tensor4d, tidy, type Tensor4D } from '@tensorflow/tfjs-core';
import { CANONICAL_SIZE } from '../align';
import type { Crop } from '../crop';
import type { Mode } from '../types';
import { Generator } from './network';
import { hidingMask, project } from './project';
import { touch } from './touch';
import { loadTrainedNetwork, type TrainedNetwork } from './weights';

/** RGB to add, in units of the [0, 1] range, on the canonical crop at `size` x `size` x 3. */
export interface Residual {
  size: number;
  values: Float32Array;
}

export class NullSwap {
  private readonly generator: Generator;

  private constructor(private readonly network: TrainedNetwork) {
    this.generator = new Generator(network.tensors);
  }

  /** Loads what `npm run assets` put under the directory `assets`, onto the current tf.js backend. */
  static async load(assets: URL): Promise<NullSwap> {
    return new NullSwap(await loadTrainedNetwork(new URL('models/nullswap/', assets)));
  }

  /** The visibility a mode stands for (unit: models/MODEL_CARD.md). */
  visibility(mode: Mode): number {
    const found = this.network.description.strengths[mode];
    if (!found) throw new Error(`The network file has no strength ${mode}.`);
    return found;
  }

  /** The residual for a canonical crop, projected to `visibility`. */
  async residual(crop: Crop, visibility: number): Promise<Residual> {
    const { description } = this.network;
    const residual = tidy(() => {
      const small = this.toWorkingSize(crop);
      const mask = hidingMask(small, description.perception);
      const raw = touch(this.generator.run(small), small, mask, description.touch);
      return project(raw, mask, visibility, description);
    });
    const values = (await residual.data()) as Float32Array;
    residual.dispose();
    return { size: description.input.working_size, values };
  }

  dispose(): void {
    dispose([...this.network.tensors.values()]);
  }

  /** The trainer's `to_working_size`: bilinear between pixel centres. */
  private toWorkingSize(crop: Crop): Tensor4D {
    const { working_size: size } = this.network.description.input;
    return image.resizeBilinear(tensor4d(crop, [1, CANONICAL_SIZE, CANONICAL_SIZE, 3]), [size, size], false, true);
  }
}
