/** Picks how finely to encode a picture so that it takes about as many bytes as it may, in few tries. */

/** Steps of fineness, from 0; the encoder's quantisers are these, backwards. */
export const FINENESSES = 63;
/** By how much a step makes a photo larger, mostly and at least: logarithms. */
const [GROWTH, LEAST_GROWTH] = [0.035, 0.02];
const TRIES = 3;
/** How much larger than what was encoded with care a draft is, about. */
const DRAFT_SURPLUS = 1.2;
/** Steps that a draft need not tell apart. */
const DRAFT_STEPS = 3;

/**
 * @param most bytes
 * @param draft sizes by the encoder at its fastest, in bytes: they tell about where to begin
 * @param encode at the speed that is wanted
 * @returns the largest that was tried and fits; the coarsest where not even that does
 */
export function encodeWithin(most: number, draft: (fineness: number) => number, encode: (fineness: number) => Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let [fits, tooLarge] = [-1, FINENESSES];
  let fineness = finest(most * DRAFT_SURPLUS, draft);
  let best: Uint8Array<ArrayBuffer> | null = null;
  for (let attempt = 1; ; attempt++) {
    const coded = encode(fineness);
    const spare = Math.log(most / coded.length);
    if (spare >= 0) [fits, best] = [fineness, coded];
    else tooLarge = fineness;
    if (fineness === 0 && !best) return coded;
    const isFull = spare >= 0 && spare < LEAST_GROWTH;
    if (best && (isFull || fits + 1 === tooLarge || attempt >= TRIES)) return best;
    fineness = Math.max(fits + 1, Math.min(tooLarge - 1, fineness + Math.floor(spare / GROWTH)));
  }
}

function finest(most: number, draft: (fineness: number) => number): number {
  let [fits, tooLarge] = [0, FINENESSES];
  while (tooLarge - fits > DRAFT_STEPS) {
    const middle = (fits + tooLarge) >> 1;
    if (draft(middle) > most) tooLarge = middle;
    else fits = middle;
  }
  return fits;
}
