/**
 * Reads EXIF (a TIFF structure), and writes it anew from the tags that are known: whatever else lies in the block – directories of
 * small pictures, makers' notes, bytes that no tag leads to – is not copied.
 */
import { view } from '../formats/bytes';
import { type Entry, Tiff, TYPE, TYPE_BYTES } from '../formats/tiff/reader';
import { EXIF_TAGS, GPS_TAGS, INTEROPERABILITY_TAGS, MAIN_TAGS, PADDING, PICTURES, SERIALS, type Tag, type Tags, TUCKED_IN } from './exifTags';
import { decode, decodeText, isCoded, type Scrub } from './scrub';

const TAG = { orientation: 0x0112, exif: 0x8769, gps: 0x8825, interoperability: 0xa005 } as const;
const LINKS: readonly number[] = [TAG.exif, TAG.gps, TAG.interoperability];
/** More numbers no tag has, and no picture is so small. */
const MOST_NUMBERS = 64;
/** Bytes; how many characters of them may stay is the scrub's to say. */
const MOST_TEXT = 8192;

/**
 * EXIF's orientation, 1 to 8; 1 where it tells none. Exactly what browsers heed, of damaged blocks too (a test compares with Chromium): the first
 * that is one SHORT from 1 to 8, in the main directory or, where that is led to on the way, EXIF's own; of a directory that is cut off, what is left.
 */
export function readOrientation(tiff: Uint8Array): number {
  const data = view(tiff);
  const little = tiff[0] === 0x49;
  let [found, isInExif] = [0, false];
  const search = (directory: number): void => {
    if (directory + 2 > tiff.length) return;
    const count = Math.min(data.getUint16(directory, little), Math.floor((tiff.length - directory - 2) / 12));
    for (let at = directory + 2; at < directory + 2 + 12 * count && !found; at += 12) {
      const [tag, type, values] = [data.getUint16(at, little), data.getUint16(at + 2, little), data.getUint32(at + 4, little)];
      const value = data.getUint16(at + 8, little);
      if (tag === TAG.orientation && type === TYPE.short && values === 1 && value <= 8) found = value;
      if (tag !== TAG.exif || type !== TYPE.long || values !== 1 || isInExif) continue;
      isInExif = true;
      search(data.getUint32(at + 8, little));
    }
  };
  if (tiff.length >= 8 && tiff[0] === tiff[1] && (little || tiff[0] === 0x4d) && data.getUint16(2, little) === 42) search(data.getUint32(4, little));
  return found || 1;
}

/** A block of EXIF that says nothing but the orientation. */
export function orientationOnly(orientation: number): Uint8Array {
  return Uint8Array.of(0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0);
}

/** A block made anew of what may stay, in the byte order of the source; null where that is nothing, or the source no TIFF. */
export function scrubExif(source: Uint8Array, scrub: Scrub, orientation: number): Uint8Array | null {
  try {
    return rebuilt(new Tiff(source), scrub, orientation);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Four directories at most, each read once, whatever they say of others: no chain of them can be a loop. */
function rebuilt(file: Tiff, scrub: Scrub, orientation: number): Uint8Array | null {
  const main = file.entries(file.first);
  const exif = linked(file, main, TAG.exif);
  const gps = linked(file, main, TAG.gps);
  if (gps.length && !scrub.allows('all')) scrub.note('location');
  if (file.follows(file.first)) scrub.note('preview pictures'); // as a rule a small copy of the picture as it was
  const interoperability = kept(file, linked(file, exif, TAG.interoperability), INTEROPERABILITY_TAGS, scrub);
  const ownExif = [...kept(file, exif, EXIF_TAGS, scrub), ...link(TAG.interoperability, interoperability)];
  const ownGps = scrub.allows('all') ? kept(file, gps, GPS_TAGS, scrub) : [];
  const own = [...kept(file, main, MAIN_TAGS, scrub), ...link(TAG.exif, ownExif), ...link(TAG.gps, ownGps)];
  return own.length || orientation !== 1 ? writeTiff([...own, { tag: TAG.orientation, type: TYPE.short, bytes: short(orientation, file.little) }], file.little) : null;
}

/** Of the directory that a tag leads to; none where it leads nowhere. */
function linked(file: Tiff, entries: readonly Entry[], wanted: number): Entry[] {
  const link = entries.find(({ tag, type, length }) => tag === wanted && (type === TYPE.long || type === TYPE.directory) && length === 4);
  try {
    return link ? file.entries(file.u32(link.value)) : [];
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}

interface Value {
  tag: number;
  type: number;
  bytes: Uint8Array;
  /** The directory that it leads to. */
  to?: readonly Value[];
}

/** Of each tag the first. */
function kept(file: Tiff, entries: readonly Entry[], tags: Tags, scrub: Scrub): Value[] {
  const values: Value[] = [];
  const seen = new Set([TAG.orientation, ...LINKS, ...PADDING]);
  for (const { tag, type, value, length } of entries) {
    if (seen.has(tag)) continue;
    seen.add(tag);
    const known = tags.get(tag);
    const bytes = file.bytes.subarray(value, value + length);
    if (!bytes.length) continue;
    const isWhole = bytes.length === length && type in TYPE_BYTES;
    if (known && isWhole && scrub.allows(known.stays) && isSound(bytes, type, tag, known, scrub)) values.push({ tag, type, bytes });
    else noteDropped(tag, known, scrub);
  }
  return values;
}

function isSound(bytes: Uint8Array, type: number, tag: number, { form }: Tag, scrub: Scrub): boolean {
  if (form === 'numbers') return type !== TYPE.ascii && bytes.length <= MOST_NUMBERS;
  if (bytes.length > MOST_TEXT) return false;
  const name = `EXIF ${tag}`;
  if (form === 'text') return scrub.allowsText(decodeText(bytes), name);
  return form === 'wide text' ? isSoundWide(bytes, name, scrub) : isSoundCoded(bytes, name, scrub);
}

/** UTF-16 in either order, since writers heed the block's as little as the standard; read as what it is not, a text must not be coded bytes either. */
function isSoundWide(bytes: Uint8Array, name: string, scrub: Scrub): boolean {
  const text = decode('utf-16le', bytes) ?? decode('utf-16be', bytes);
  return text !== null && !isCoded(decodeText(bytes) ?? '') && scrub.allowsText(text.replaceAll('\0', '').trim(), name);
}

const ENCODING_BYTES = 8;

function isSoundCoded(bytes: Uint8Array, name: string, scrub: Scrub): boolean {
  const content = bytes.subarray(ENCODING_BYTES);
  return decodeText(bytes.subarray(0, ENCODING_BYTES)) === 'UNICODE' ? isSoundWide(content, name, scrub) : scrub.allowsText(decodeText(content), name);
}

function noteDropped(tag: number, known: Tag | undefined, scrub: Scrub): void {
  if (PICTURES.includes(tag)) scrub.note('preview pictures');
  else if (!scrub.allows('all') && SERIALS.includes(tag)) scrub.note('device serials');
  else scrub.note(TUCKED_IN.includes(tag) ? 'description' : known ? 'camera data' : 'other');
}

function link(tag: number, to: readonly Value[]): Value[] {
  return to.length ? [{ tag, type: TYPE.long, bytes: new Uint8Array(4), to }] : [];
}

function short(value: number, little: boolean): Uint8Array {
  const bytes = new Uint8Array(2);
  view(bytes).setUint16(0, value, little);
  return bytes;
}

const HEADER_BYTES = 8;
/** Of a directory and of each entry in it. */
const [DIRECTORY_BYTES, ENTRY_BYTES] = [6, 12];

/** @param first directory, from which links lead to all others; each has its values behind it */
function writeTiff(first: readonly Value[], little: boolean): Uint8Array {
  const directories = [first];
  const starts = new Map<readonly Value[], number>();
  let size = HEADER_BYTES;
  for (const directory of directories) {
    starts.set(directory, size);
    size += directory.reduce((sum, { bytes }) => sum + ENTRY_BYTES + outside(bytes), DIRECTORY_BYTES);
    directories.push(...directory.flatMap(({ to }) => (to ? [to] : []))); // to be gone through in their turn
  }
  const result = new Uint8Array(size);
  const data = view(result);
  result.set(little ? [0x49, 0x49] : [0x4d, 0x4d]);
  data.setUint16(2, 42, little);
  data.setUint32(4, HEADER_BYTES, little);
  for (const directory of directories) {
    const start = starts.get(directory)!;
    data.setUint16(start, directory.length, little);
    let [at, behind] = [start + 2, start + DIRECTORY_BYTES + ENTRY_BYTES * directory.length];
    for (const { tag, type, bytes, to } of [...directory].sort((a, b) => a.tag - b.tag)) {
      data.setUint16(at, tag, little);
      data.setUint16(at + 2, type, little);
      data.setUint32(at + 4, bytes.length / TYPE_BYTES[type]!, little);
      if (to) data.setUint32(at + 8, starts.get(to)!, little);
      else if (!outside(bytes)) result.set(bytes, at + 8);
      else {
        data.setUint32(at + 8, behind, little);
        result.set(bytes, behind);
        behind += outside(bytes);
      }
      at += ENTRY_BYTES;
    }
  }
  return result;
}

/** Bytes of a value that does not fit into its entry; even, as offsets are to be. */
function outside(bytes: Uint8Array): number {
  return bytes.length > 4 ? bytes.length + (bytes.length % 2) : 0;
}
