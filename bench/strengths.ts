/** The strengths that a user can choose, and how the engine is asked for one. */
import type { CloakOptions } from '../src/engine/types';

export const STRENGTHS = ['gentle', 'standard', 'strong', 'maximum'] as const;
export type Strength = (typeof STRENGTHS)[number];

export function cloakOptions(strength: Strength): Partial<CloakOptions> {
  if (strength !== 'standard') throw new Error(`This engine knows one strength only: --strengths standard, not ${strength}.`);
  return {};
}
