/** How sure the on-device recogniser may be, by its similarity, that two photos show one person. */
import { middle, slope } from '../../models/certainty.json';

/**
 * A logistic curve, fitted by `npm run calibrate` as docs/statistics.md says.
 * @param similarity cosine, -1 to 1
 * @returns 0 to 1; one half where both are as likely
 */
export function sureness(similarity: number): number {
  return 1 / (1 + Math.exp(-slope * (similarity - middle)));
}

/** As it is told to people: no recogniser is ever quite sure, neither way. */
export function told(sureness: number): number {
  return Math.min(0.99, Math.max(0.01, sureness));
}
