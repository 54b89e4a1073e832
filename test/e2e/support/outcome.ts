/** What became of a picture on its way to the server, and the list of it that docs/routes.md is made from. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import sharp from 'sharp';
import { inject } from 'vitest';

/** `other`: neither the picture that was sent nor that picture with its face changed a little. */
export type Outcome = 'original' | 'cloaked' | 'other';

/** Cases are played without the extension, which shows that they do what they say, and with it. */
export const STATES = [
  { state: 'without', extension: false, expected: 'original' },
  { state: 'with', extension: true, expected: 'cloaked' },
] as const;

/** Mean absolute differences of the values, 0 to 255: a face that is cloaked differs, no more than one that is a little bent, and what is beside it does not. */
const LEAST_IN_FACE = 0.6;
const MOST_IN_FACE = 25;
const MOST_BESIDE_IT = 1;

/** The face of the small portraits is in their middle. */
export async function outcomeOf(sent: Buffer, received: Buffer): Promise<Outcome> {
  if (received.equals(sent)) return 'original';
  try {
    const [a, b] = await Promise.all([sent, received].map((bytes) => sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true })));
    if (a!.info.width !== b!.info.width || a!.info.height !== b!.info.height) return 'other';
    if (a!.data.equals(b!.data)) return 'original'; // the clipboard encodes anew
    const inFace = differenceWithin(a!.data, b!.data, a!.info, [0.3, 0.7], [0.3, 0.7]);
    const beside = Math.max(...([[0, 0.1], [0.9, 1]] as const).map((columns) => differenceWithin(a!.data, b!.data, a!.info, columns, [0, 1])));
    return inFace > LEAST_IN_FACE && inFace < MOST_IN_FACE && beside < MOST_BESIDE_IT ? 'cloaked' : 'other';
  } catch {
    return 'other';
  }
}

/** One by one. */
export async function outcomesOf(sent: Buffer[], received: Buffer[]): Promise<Outcome[]> {
  return Promise.all(sent.map((bytes, index) => (received[index] ? outcomeOf(bytes, received[index]) : 'other')));
}

/** Puts what came in any order beside what it comes from. */
export async function inOrder(sent: Buffer[], received: Buffer[]): Promise<Buffer[]> {
  const rest = [...received];
  const sorted: Buffer[] = [];
  for (const bytes of sent) {
    const verdicts = await Promise.all(rest.map((candidate) => outcomeOf(bytes, candidate)));
    const found = verdicts.findIndex((verdict) => verdict !== 'other');
    sorted.push(...rest.splice(Math.max(found, 0), 1));
  }
  return [...sorted, ...rest];
}

/** Mean over the columns and rows from the one share of the sides to the other. */
function differenceWithin(
  a: Buffer,
  b: Buffer,
  { width, height }: { width: number; height: number },
  [left, right]: readonly [number, number],
  [top, bottom]: readonly [number, number],
): number {
  let sum = 0;
  let count = 0;
  for (let y = Math.floor(height * top); y < Math.floor(height * bottom); y += 1) {
    for (let at = (y * width + Math.floor(width * left)) * 3; at < (y * width + Math.floor(width * right)) * 3; at += 1) {
      sum += Math.abs(a[at]! - b[at]!);
      count += 1;
    }
  }
  return sum / count;
}

export interface Row {
  table: 'routes' | 'atOnce' | 'uploaders' | 'fixtures' | 'tricks';
  /** Left column. */
  name: string;
  /** Right columns, by heading. */
  column: string;
  outcome: string;
}

/** To be called when everything about the case was found right. */
export function record(row: Row): void {
  const outcomes = inject('outcomes');
  mkdirSync(dirname(outcomes), { recursive: true });
  appendFileSync(outcomes, `${JSON.stringify(row)}\n`);
}
