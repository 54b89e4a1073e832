/** The cloak of a face: from its canonical crop to the residual that hides its identity. */
import { dispose, tidy } from '@tensorflow/tfjs-core';
import type { Strength } from '../../shared/strengths';
import type { Crop } from '../crop';
import type { Look } from './faceSize';
import { Generator } from './network';
import { Projection } from './projection';
import { touch } from './touch';
import { loadTrainedNetwork, type Allowance, type TrainedNetwork } from './weights';

/** RGB to add, in units of the [0, 1] range, on the canonical crop at `size` x `size` x 3. */
export interface Residual {
  size: number;
  values: Float32Array;
}

export class NullSwap {
  readonly projection: Projection;
  private readonly generator: Generator;

  private constructor(private readonly network: TrainedNetwork) {
    this.projection = new Projection(network.description);
    this.generator = new Generator(network.tensors);
  }

  /** Loads what `npm run assets` put under the directory `assets`, onto the current tf.js backend. */
  static async load(assets: URL): Promise<NullSwap> {
    return new NullSwap(await loadTrainedNetwork(new URL('models/nullswap/', assets)));
  }

  /** What a strength may draw on a small face. */
  allowance(strength: Strength): Allowance {
    return this.network.description.strengths[strength];
  }

  /** The residual for a canonical crop, as visible as `look` allows. */
  async residual(crop: Crop, look: Look): Promise<Residual> {
    const residual = tidy(() => {
      const ground = this.projection.ground(crop, look);
      const raw = touch(this.generator.run(ground.picture), ground, this.network.description.touch);
      return this.projection.project(raw, ground, look.visibility).residual;
    });
    const values = (await residual.data()) as Float32Array;
    residual.dispose();
    return { size: residual.shape[1], values };
  }

  dispose(): void {
    this.projection.dispose();
    dispose([...this.network.tensors.values()]);
  }
}
