/** How much a cloak may show and how long it may take: the user's choice, from the least visible to the most thorough. */
export const strengths = ['gentle', 'standard', 'strong', 'maximum'] as const;

export type Strength = (typeof strengths)[number];

export const defaultStrength: Strength = 'standard';

export function isStrength(value: unknown): value is Strength {
  return (strengths as readonly unknown[]).includes(value);
}
