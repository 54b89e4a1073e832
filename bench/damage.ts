/** Damages files: cuts them off and flips bits, the same for the same seed. Runs in pages as well. */

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = (seed + 1) * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Where headers and tables are, which a flip among the pixels seldom meets. */
const HEAD = 700;

/** One in five is cut off; of the others one to eight bits are flipped, half of the time near the beginning. */
export function damaged(bytes: Uint8Array, seed: number): Uint8Array<ArrayBuffer> {
  const next = random(seed);
  if (seed % 5 === 0) return bytes.slice(0, 1 + Math.floor(next() * (bytes.length - 1)));
  const result = bytes.slice();
  const reach = next() < 0.5 ? Math.min(HEAD, bytes.length) : bytes.length;
  const flips = 2 ** Math.floor(next() * 4);
  for (let i = 0; i < flips; i++) result[Math.floor(next() * reach)]! ^= 1 << Math.floor(next() * 8);
  return result;
}
