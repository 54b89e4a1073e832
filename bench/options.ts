/** Reading the commands' options. */

/** Throws a sentence for anything but a whole number from `least`. */
export function count(name: string, text: string, least = 2): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw new Error(`--${name} ${text}: a whole number from ${least} is needed.`);
  return value;
}

/** The named ones, in the order of `known`. */
export function someOf<T extends string>(name: string, text: string, known: readonly T[]): T[] {
  const asked = text === 'none' ? [] : text.split(',');
  const unknown = asked.find((word) => !known.some((value) => value === word));
  if (unknown !== undefined) throw new Error(`--${name} ${unknown}: choose among ${known.join(', ')}, or none.`);
  return known.filter((value) => asked.includes(value));
}
