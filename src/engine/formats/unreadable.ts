/** What the readers and editors of all formats throw. */

/** A format's own program does not take the file: it is damaged, or of a kind that the program does not know. */
export class Unreadable extends Error {}

/** Whether it is the file's fault, which may end anywhere and name places beyond its end. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof Unreadable || error instanceof RangeError;
}
