/** Random numbers that are the same every time, so that the same picture gets the same cloak. */

export interface Random {
  /** From 0 to just below 1. */
  uniform(): number;
  /** Of mean 0 and variance 1. */
  normal(): number;
}

/** Mulberry32, and Box and Muller's way to the normal distribution. */
export function randomFrom(seed: number): Random {
  let state = seed;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}
