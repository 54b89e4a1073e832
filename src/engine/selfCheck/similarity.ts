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
