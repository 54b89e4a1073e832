/**
 * Asks the on-device recogniser whether it still knows a cloaked face. The mirrored original stands for "another photo of
 * the same person", so that a face compared with itself does not score a perfect 1.
 */
import type { Similarity } from '../align';
import { crop, cropSource, type Crop } from '../crop';
import { readPixels, type Size } from '../pixels';
import { RECOGNISER_SIZE, recogniserBox, type FaceRecogniser } from './recogniser';
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

  /** To be called while the canvas shows the original picture. */
  async references(context: OffscreenCanvasRenderingContext2D, transforms: Similarity[]): Promise<Reference[]> {
    const crops = transforms.map((transform) => recogniserCrop(context, transform));
    const embeddings = await this.recogniser.embed([...crops, ...crops.map(mirror)]);
    return transforms.map((transform, i) => {
      const mirrored = embeddings[transforms.length + i]!;
      return { transform, mirrored, similarity: cosineSimilarity(embeddings[i]!, mirrored) };
    });
  }

  /** To be called when the canvas shows the cloaked picture. */
  async similaritiesAfter(context: OffscreenCanvasRenderingContext2D, references: Reference[]): Promise<number[]> {
    const embeddings = await this.recogniser.embed(references.map(({ transform }) => recogniserCrop(context, transform)));
    return references.map(({ mirrored }, i) => cosineSimilarity(embeddings[i]!, mirrored));
  }
}

function recogniserCrop(context: OffscreenCanvasRenderingContext2D, transform: Similarity): Crop {
  return cropFrom(context, transform, recogniserBox, RECOGNISER_SIZE);
}

/** The crop of what a canvas shows; black where the face lies outside. */
export function cropFrom(
  context: OffscreenCanvasRenderingContext2D,
  transform: Similarity,
  box: Parameters<typeof crop>[3],
  size: number,
): Crop {
  const picture: Size = context.canvas;
  const source = cropSource(transform, box, size, picture);
  return source ? crop(readPixels(context, source), picture, transform, box, size) : new Float32Array(size * size * 3);
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
