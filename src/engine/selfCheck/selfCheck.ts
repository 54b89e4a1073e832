/**
 * Asks the on-device recogniser whether it still knows a cloaked face. The mirrored original stands for "another photo of
 * the same person", so that a face compared with itself does not score a perfect 1.
 */
import type { Similarity } from '../align';
import { cropFrom, type Crop } from '../crop';
import { RECOGNISER_SIZE, recogniserBox } from '../dlibResNet';
import type { FaceRecogniser } from './recogniser';
import { cosineSimilarity } from './similarity';

/** What `similarityAfter` compares with. */
export interface Reference {
  transform: Similarity;
  mirrored: Float32Array;
  /** Of the original face to its mirror image. */
  similarity: number;
}

type Context = OffscreenCanvasRenderingContext2D;

export class SelfCheck {
  constructor(private readonly recogniser: FaceRecogniser) {}

  /** To be called while the canvas shows the original picture. */
  async reference(context: Context, transform: Similarity): Promise<Reference> {
    const original = recogniserCrop(context, transform);
    const mirrored = await this.recogniser.embed(mirror(original));
    return { transform, mirrored, similarity: cosineSimilarity(await this.recogniser.embed(original), mirrored) };
  }

  /** To be called when the canvas shows the cloaked picture. */
  async similarityAfter(context: Context, { transform, mirrored }: Reference): Promise<number> {
    return cosineSimilarity(await this.recogniser.embed(recogniserCrop(context, transform)), mirrored);
  }
}

function recogniserCrop(context: Context, transform: Similarity): Crop {
  return cropFrom(context, transform, recogniserBox, RECOGNISER_SIZE);
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
