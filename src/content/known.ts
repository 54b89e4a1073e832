/**
 * The files that were held on this page not long ago, and what the page got in their place. What comes by another way
 * later – read from a dropped entry, in the body of a request – is known again by its bytes. Originals are no copies: a File is
 * a reference to what the user picked.
 */
import { rememberGiven } from './givenPictures';
import { bytesOf } from './ownership';

export interface Outcome {
  /** What the page got; null: nothing, since the user said so. */
  file: File | null;
}

interface Known {
  original: File;
  outcome: Promise<Outcome>;
  /** As soon as it is decided. */
  passed?: File | null;
}

const KEPT = 200;
const KEPT_FOR_MS = 10 * 60_000;

const known: Known[] = [];

export function remember(original: File, outcome: Promise<Outcome>): void {
  const entry: Known = { original, outcome };
  known.unshift(entry);
  known.length = Math.min(known.length, KEPT);
  const forget = (): void => void (known.includes(entry) && known.splice(known.indexOf(entry), 1));
  void outcome.then(({ file }) => {
    entry.passed = file;
    if (file && file !== original) void rememberGiven(file).catch(() => {}); // else it is cloaked once more
    setTimeout(forget, KEPT_FOR_MS);
  }, forget);
}

export function knowsAny(): boolean {
  return known.some(isSwap);
}

/** By its size alone, hence at once. */
export function mayBeOriginal(blob: Blob): boolean {
  return known.some((entry) => isSwap(entry) && entry.original.size === blob.size);
}

/** By its bytes, at once. What cannot be read counts as one. */
export function isOriginal(blob: Blob): boolean {
  const alike = known.filter((entry) => isSwap(entry) && entry.original.size === blob.size);
  if (alike.length === 0) return false;
  const bytes = textNow(blob);
  return bytes === null || alike.some(({ original }) => (textNow(original) ?? bytes) === bytes);
}

/** A character a byte. No way but a request that blocks reads a file at once. */
function textNow(blob: Blob): string | null {
  const address = URL.createObjectURL(blob);
  try {
    const request = new XMLHttpRequest();
    request.open('GET', address, false);
    request.overrideMimeType('text/plain; charset=x-user-defined');
    request.send();
    return request.responseText;
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** Whether the page must not have the original, as far as is known. */
function isSwap({ original, passed }: Known): boolean {
  return passed !== original;
}

/** What the page got, or shall get, for these bytes; undefined where they were never held. Waits for what is held now. */
export async function outcomeFor(blob: Blob): Promise<Outcome | undefined> {
  for (const { original, passed, outcome } of [...known]) {
    if (await areSame(original, blob)) return outcome;
    if (passed && (await areSame(passed, blob))) return { file: passed };
  }
  return undefined;
}

async function areSame(a: Blob, b: Blob): Promise<boolean> {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  try {
    const [left, right] = await Promise.all([bytesOf(a), bytesOf(b)]);
    return left.every((value, index) => value === right[index]);
  } catch {
    return false; // changed or gone since
  }
}
