import * as v from 'valibot';

/** How much a cloak may show: the user's choice, from what nobody notices to what makes a little somebody else of a face. */
export const strengths = ['gentle', 'standard', 'strong'] as const;

export type Strength = (typeof strengths)[number];

export const defaultStrength: Strength = 'standard';

export function isStrength(value: unknown): value is Strength {
  return (strengths as readonly unknown[]).includes(value);
}

/** Settings, settings files and policies of earlier versions may say `maximum`. Whoever chose that wants the most there is. */
function renamed(value: unknown): unknown {
  return value === 'maximum' ? 'strong' : value;
}

/** A strength that was stored, saved to a file or laid down by an organisation, by this version or an earlier one. */
export const strengthSchema = v.pipe(v.unknown(), v.transform(renamed), v.picklist(strengths));
