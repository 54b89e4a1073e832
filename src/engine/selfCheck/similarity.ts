/** How alike two faces are to the on-device recogniser, and from where on they count as one person's. */

/** Similarity at which the recogniser takes one of a thousand pairs of different people of LFW for the same. */
export const TARGET_SIMILARITY = 0.924;

/** Cosine of the angle between two embeddings, -1 to 1. */
export function cosineSimilarity(a: Float32Array, b: Float32Array): number {
  let [product, aa, bb] = [0, 0, 0];
  a.forEach((value, i) => {
    product += value * b[i]!;
    aa += value * value;
    bb += b[i]! * b[i]!;
  });
  return product / Math.sqrt(aa * bb);
}
