/**
 * What a cloaked file has of its colour profile (ICC.1): header, curves, matrices and tables that say how colours are shown, and its names.
 * All else of it, and what lies between and behind, goes.
 */
import { latin1Bytes, latin1Text, view } from '../formats/bytes';
import { holdsPicture } from './scrub';

/** Where the table of tags is, behind the header: their number first. */
const TABLE = 128;
const ENTRY_BYTES = 12;
const SIGNATURE = 'acsp';
/** Of the header: the profile's digest, which holds as long as nothing went; and what is not used. */
const [DIGEST, UNUSED] = [84, 100] as const;

/** Names and rights; curves; points, matrices and what a measurement was made in. */
const SIZES: [most: number, tags: string][] = [
  [4096, 'desc cprt dmnd dmdd vued'],
  [12 + 2 * 4096, 'rTRC gTRC bTRC kTRC'],
  [512, 'wtpt bkpt rXYZ gXYZ bXYZ lumi chad chrm clrt cicp view meas tech'],
];
/** Tables, of which CMYK's take megabytes, begin with these types. */
const TABLE_TAGS = 'A2B0 A2B1 A2B2 A2B3 B2A0 B2A1 B2A2 B2A3 D2B0 D2B1 D2B2 D2B3 B2D0 B2D1 B2D2 B2D3 gamt'.split(' ');
const TABLE_TYPES = ['mft1', 'mft2', 'mAB ', 'mBA ', 'mpet'];

const MOST_BYTES: ReadonlyMap<string, number> = new Map(SIZES.flatMap(([most, tags]) => tags.split(' ').map((tag): [string, number] => [tag, most])));

interface Tag {
  name: string;
  offset: number;
  length: number;
}

/** Null where it is no profile, so that browsers do not heed it either. */
export function scrubProfile(source: Uint8Array): Uint8Array<ArrayBuffer> | null {
  if (source.length < TABLE + 4) return null;
  const data = view(source);
  const [size, count] = [data.getUint32(0), data.getUint32(TABLE)];
  const tableEnd = TABLE + 4 + ENTRY_BYTES * count;
  if (size > source.length || tableEnd > size || latin1Text(source.subarray(36, 40)) !== SIGNATURE) return null;
  const tags = new Map<string, Tag>();
  for (let at = TABLE + 4; at < tableEnd; at += ENTRY_BYTES) {
    const tag = { name: latin1Text(source.subarray(at, at + 4)), offset: data.getUint32(at + 4), length: data.getUint32(at + 8) };
    if (tag.offset < tableEnd || tag.offset + tag.length > size) return null;
    if (!tags.has(tag.name) && isKnown(tag.name, source.subarray(tag.offset, tag.offset + tag.length))) tags.set(tag.name, tag);
  }
  return written(source, [...tags.values()]);
}

/** What lay in one place, for several tags, does so again. */
function written(source: Uint8Array, tags: readonly Tag[]): Uint8Array<ArrayBuffer> {
  const placeOf = ({ offset, length }: Tag): string => `${offset} ${length}`;
  const blocks = new Map([...tags].sort((a, b) => a.offset - b.offset).map((tag) => [placeOf(tag), tag]));
  let size = TABLE + 4 + ENTRY_BYTES * tags.length;
  const places = new Map<string, number>();
  for (const [place, { length }] of blocks) {
    places.set(place, (size = aligned(size)));
    size += length;
  }
  const result = new Uint8Array(aligned(size) <= source.length ? aligned(size) : size);
  const data = view(result);
  result.set(source.subarray(0, UNUSED));
  data.setUint32(0, result.length);
  data.setUint32(TABLE, tags.length);
  tags.forEach((tag, i) => {
    const at = TABLE + 4 + ENTRY_BYTES * i;
    result.set(latin1Bytes(tag.name), at);
    data.setUint32(at + 4, places.get(placeOf(tag))!);
    data.setUint32(at + 8, tag.length);
  });
  for (const [place, { offset, length }] of blocks) result.set(source.subarray(offset, offset + length), places.get(place));
  if (result.some((byte, i) => byte !== source[i])) result.fill(0, DIGEST, UNUSED);
  return result;
}

/** Each tag begins at a multiple of four. */
function aligned(at: number): number {
  return Math.ceil(at / 4) * 4;
}

function isKnown(tag: string, content: Uint8Array): boolean {
  const isTable = TABLE_TAGS.includes(tag) && TABLE_TYPES.includes(latin1Text(content.subarray(0, 4)));
  return (isTable || content.length <= (MOST_BYTES.get(tag) ?? -1)) && !holdsPicture(content);
}
