/**
 * What a cloaked file has of its colour profile (ICC.1): header, curves, matrices and tables that say how colours are shown, and its names.
 * All else of it, and what follows it, goes.
 */
import { latin1Text, view } from '../formats/bytes';
import { holdsPicture } from './scrub';

const HEADER_BYTES = 128;
const ENTRY_BYTES = 12;
const SIGNATURE = 'acsp';
/** Of the header: the profile's digest, which holds as long as nothing went; and what is not used. */
const [DIGEST, UNUSED] = [84, 100] as const;

/** Names and rights; curves; points, matrices and what a measurement was made in. */
const SIZES: [most: number, tags: string][] = [
  [4096, 'desc cprt dmnd dmdd vued'],
  [12 + 2 * 4096, 'rTRC gTRC bTRC kTRC'],
  [512, 'wtpt bkpt rXYZ gXYZ bXYZ lumi chad chrm cicp view meas tech'],
];
/** Tables, of which CMYK's take megabytes, begin with these types. */
const TABLE_TAGS = 'A2B0 A2B1 A2B2 A2B3 B2A0 B2A1 B2A2 B2A3 D2B0 D2B1 D2B2 D2B3 B2D0 B2D1 B2D2 B2D3 gamt'.split(' ');
const TABLE_TYPES = ['mft1', 'mft2', 'mAB ', 'mBA ', 'mpet'];

const MOST_BYTES: ReadonlyMap<string, number> = new Map(SIZES.flatMap(([most, tags]) => tags.split(' ').map((tag): [string, number] => [tag, most])));

/** As long as its header says; null where it is no profile. */
export function scrubProfile(source: Uint8Array): Uint8Array<ArrayBuffer> | null {
  if (source.length < HEADER_BYTES + 4) return null;
  const data = view(source);
  const [size, count] = [data.getUint32(0), data.getUint32(HEADER_BYTES)];
  const tableEnd = HEADER_BYTES + 4 + ENTRY_BYTES * count;
  if (size > source.length || tableEnd > size || latin1Text(source.subarray(36, 40)) !== SIGNATURE) return null;
  const result = new Uint8Array(size);
  result.set(source.subarray(0, HEADER_BYTES));
  result.fill(0, UNUSED, HEADER_BYTES);
  const kept = new Set<string>();
  for (let at = HEADER_BYTES + 4; at < tableEnd; at += ENTRY_BYTES) {
    const [offset, length] = [data.getUint32(at + 4), data.getUint32(at + 8)];
    if (offset < tableEnd || offset + length > size) return null;
    const [tag, content] = [latin1Text(source.subarray(at, at + 4)), source.subarray(offset, offset + length)];
    if (kept.has(tag) || !isKnown(tag, content)) continue;
    result.set(content, offset);
    result.set(source.subarray(at, at + ENTRY_BYTES), HEADER_BYTES + 4 + ENTRY_BYTES * kept.size);
    kept.add(tag);
  }
  view(result).setUint32(HEADER_BYTES, kept.size);
  if (result.some((byte, i) => byte !== source[i])) result.fill(0, DIGEST, UNUSED);
  return result;
}

function isKnown(tag: string, content: Uint8Array): boolean {
  const isTable = TABLE_TAGS.includes(tag) && TABLE_TYPES.includes(latin1Text(content.subarray(0, 4)));
  return (isTable || content.length <= (MOST_BYTES.get(tag) ?? -1)) && !holdsPicture(content);
}
