/** The cloak of a face: from its canonical crop to the residual that hides its identity. */
import { dispose, image, mean, tensor4d, tidy, tile, type Tensor4D } from '@tensorflow/tfjs-core';
import { CANONICAL_SIZE } from '../align';
import type { Crop } from '../crop';
import type { Strength } from '../../shared/strengths';
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

  /** The visibility a strength stands for (unit: models/MODEL_CARD.md); `maximum` shows no more than `standard`. */
  visibility(strength: Strength): number {
    return this.network.description.strengths[strength === 'maximum' ? 'standard' : strength];
  }

  /** The residual for a canonical crop, projected to `visibility`. */
  async residual(crop: Crop, visibility: number): Promise<Residual> {
    const { description } = this.network;
    const residual = tidy(() => {
      const small = this.toWorkingSize(crop);
      const mask = hidingMask(small, description.perception);
      const raw = touch(this.generator.run(small), small, mask, description.touch);
      return project(isGrey(crop) ? withoutColour(raw) : raw, mask, visibility, description);
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

/** Whether the three channels are the same everywhere: then the cloaked picture must be without colour, too. */
function isGrey(crop: Crop): boolean {
  for (let i = 0; i < crop.length; i += 3) {
    if (crop[i] !== crop[i + 1] || crop[i] !== crop[i + 2]) return false;
  }
  return true;
}

function withoutColour(residual: Tensor4D): Tensor4D {
  return tile(mean<Tensor4D>(residual, 3, true), [1, 1, 1, 3]);
}
