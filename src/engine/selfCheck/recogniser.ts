/** The on-device face recogniser: the dlib ResNet. */
import { matMul, mean, tensor2d, tensor4d, tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import type { Crop } from '../crop';
import { DlibTrunk, RECOGNISER_SIZE, type DlibWeights } from '../dlibResNet';

export class FaceRecogniser {
  private readonly trunk: DlibTrunk;
  private readonly classifier: Tensor2D;

  /** On the current tf.js backend. */
  constructor({ layers, classifier }: DlibWeights) {
    this.trunk = new DlibTrunk(layers);
    this.classifier = tensor2d(classifier.values, classifier.shape as [number, number]);
  }

  /** A crop of `recogniserBox` at 150 x 150 -> its embedding, 128 values, not normalised. */
  async embed(crop: Crop): Promise<Float32Array> {
    const embedding = tidy(() => {
      const features = this.trunk.run(tensor4d(crop, [1, RECOGNISER_SIZE, RECOGNISER_SIZE, 3]));
      return matMul(mean<Tensor2D>(features, [1, 2]), this.classifier);
    });
    const values = (await embedding.data()) as Float32Array;
    embedding.dispose();
    return values;
  }

  dispose(): void {
    this.trunk.dispose();
    this.classifier.dispose();
  }
}
