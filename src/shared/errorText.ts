/** Tells a person, in their language, what went wrong and what to do. */
import { CloakError } from '../engine/types';
import { number, text } from './text';

/** Takes whatever was thrown. */
export function errorText(error: unknown): string {
  const { reason, values } = error instanceof CloakError ? error : new CloakError('unexpected');
  return text(`errors_${reason}`, ...values.map((value) => (typeof value === 'number' ? number(value) : value)));
}
