/**
 * Asks the on-device recogniser whether it still knows a cloaked face. The mirrored original stands for "another photo of
 * the same person", so that a face compared with itself does not score a perfect 1.
 */
import type { Similarity } from '../align';
import { cropFrom, type Crop } from '../crop';
import { RECOGNISER_SIZE, recogniserBox } from '../dlibResNet';
import type { PixelSource } from '../pixels';
import type { FaceRecogniser } from './recogniser';
import { cosineSimilarity } from './similarity';

/** What `similarityAfter` compares with. */
export interface Reference {
  transform: Similarity;
  mirrored: Float32Array;
  /** Of the original face to its mirror image. */
  similarity: number;
}

export class SelfCheck {
  constructor(private readonly recogniser: FaceRecogniser) {}

  /** @param picture the original one */
  async reference(picture: PixelSource, transform: Similarity): Promise<Reference> {
    const original = recogniserCrop(picture, transform);
    const mirrored = await this.recogniser.embed(mirror(original));
    return { transform, mirrored, similarity: cosineSimilarity(await this.recogniser.embed(original), mirrored) };
  }

  /** @param picture the cloaked one */
  async similarityAfter(picture: PixelSource, { transform, mirrored }: Reference): Promise<number> {
    return cosineSimilarity(await this.recogniser.embed(recogniserCrop(picture, transform)), mirrored);
  }
}

function recogniserCrop(picture: PixelSource, transform: Similarity): Crop {
  return cropFrom(picture, transform, recogniserBox, RECOGNISER_SIZE);
}

/** The crop with left and right exchanged. */
function mirror(original: Crop): Crop {
  const size = Math.sqrt(original.length / 3);
  const result = new Float32Array(original.length);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const from = 3 * (row * size + column);
      result.set(original.subarray(from, from + 3), 3 * (row * size + (size - 1 - column)));
    }
  }
  return result;
}
