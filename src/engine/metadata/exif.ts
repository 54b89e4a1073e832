/**
 * Edits EXIF (a TIFF structure) in place: entries go and their values are overwritten with zeros, while everything else stays
 * where it was, so that offsets within opaque blocks stay true. Tags: EXIF 3.0 and TIFF 6.0.
 */
import type { MetadataPolicy } from '../../shared/metadataPolicies';
import { holdsJpeg, type MetadataKind } from './metadata';

const TAG = {
  orientation: 0x0112,
  exif: 0x8769,
  gps: 0x8825,
  interoperability: 0xa005,
  makerNote: 0x927c,
  subImages: 0x014a,
  previewOffset: 0x0201,
  previewLength: 0x0202,
  stripOffsets: 0x0111,
  stripLengths: 0x0117,
} as const;

/** Numbers that tell one device, lens or shot from all others, and its owner's name. */
const SERIALS = [0xa420, 0xa430, 0xa431, 0xa435, 0xc62f, 0xc65d, TAG.makerNote];
/** Other formats' metadata tucked into TIFF tags: XMP, IPTC, Photoshop's. Read by nobody in a photo; may hold a place. */
const TUCKED_IN = [0x02bc, 0x83bb, 0x8649];

const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

interface Entry {
  at: number;
  tag: number;
  /** Where the value lies, and how long it is. */
  value: number;
  length: number;
}

/**
 * EXIF's orientation, 1 to 8; 1 where it tells none. Exactly what browsers heed, of damaged blocks too (a test compares with Chromium): the first
 * that is one SHORT from 1 to 8, in the main directory or, where that is led to on the way, EXIF's own; of a directory that is cut off, what is left.
 */
export function readOrientation(tiff: Uint8Array): number {
  const data = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const little = tiff[0] === 0x49;
  let [found, isInExif] = [0, false];
  const search = (directory: number): void => {
    if (directory + 2 > tiff.length) return;
    const count = Math.min(data.getUint16(directory, little), Math.floor((tiff.length - directory - 2) / 12));
    for (let at = directory + 2; at < directory + 2 + 12 * count && !found; at += 12) {
      const [tag, type, values] = [data.getUint16(at, little), data.getUint16(at + 2, little), data.getUint32(at + 4, little)];
      const value = data.getUint16(at + 8, little);
      if (tag === 0x0112 && type === 3 && values === 1 && value <= 8) found = value;
      if (tag !== 0x8769 || type !== 4 || values !== 1 || isInExif) continue;
      isInExif = true;
      search(data.getUint32(at + 8, little));
    }
  };
  if (tiff.length >= 8 && tiff[0] === tiff[1] && (little || tiff[0] === 0x4d) && data.getUint16(2, little) === 42) search(data.getUint32(4, little));
  return found || 1;
}

/** Makes the orientation of a block that was read without error the usual one. */
export function setUpright(tiff: Uint8Array): void {
  const file = new Tiff(tiff);
  const entry = file.entries(file.first).find(({ tag }) => tag === TAG.orientation);
  if (entry) file.setU16(entry.value, 1);
}

/** A block of EXIF that says nothing but the orientation. */
export function orientationOnly(orientation: number): Uint8Array {
  return Uint8Array.of(0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0);
}

/** An edited copy; null where the block is damaged. `note` is told what was there and went. */
export function scrubExif(source: Uint8Array, policy: MetadataPolicy, note: (kind: MetadataKind) => void): Uint8Array | null {
  const tiff = source.slice();
  try {
    new Scrubber(new Tiff(tiff), policy === 'private', note).run();
    return holdsJpeg(tiff) ? null : tiff; // a picture that no tag led to
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

class Scrubber {
  constructor(
    private readonly file: Tiff,
    private readonly isPrivate: boolean,
    private readonly note: (kind: MetadataKind) => void,
  ) {}

  run(): void {
    const { file } = this;
    this.dropThumbnail();
    const main = file.entries(file.first);
    const exif = main.find(({ tag }) => tag === TAG.exif);
    if (exif) this.scrub(file.u32(exif.value));
    if (this.isPrivate) {
      const gps = main.find(({ tag }) => tag === TAG.gps);
      if (gps) this.erase(file.u32(gps.value), 'location');
    }
    this.scrub(file.first);
  }

  private scrub(directory: number): void {
    const { file } = this;
    file.remove(directory, (entry) => {
      const kind = this.unwanted(entry);
      if (kind) this.note(kind);
      return kind !== null;
    });
  }

  private unwanted({ tag, value, length }: Entry): MetadataKind | null {
    if (tag === TAG.subImages) return 'preview pictures';
    if (tag === TAG.makerNote && holdsJpeg(this.file.bytes.subarray(value, value + length))) return 'preview pictures';
    if (!this.isPrivate) return null;
    if (tag === TAG.gps) return 'location';
    if (SERIALS.includes(tag)) return 'device serials';
    return TUCKED_IN.includes(tag) ? 'description' : null;
  }

  /** The second directory describes a small copy of the picture as it was. */
  private dropThumbnail(): void {
    const { file } = this;
    const link = file.link(file.first);
    const directory = file.u32(link);
    if (!directory || directory === file.first) return;
    const entries = file.entries(directory);
    const first = (tag: number): number => {
      const entry = entries.find((candidate) => candidate.tag === tag);
      return entry ? file.number(entry) : 0;
    };
    file.zero(first(TAG.previewOffset), first(TAG.previewLength));
    file.zero(first(TAG.stripOffsets), first(TAG.stripLengths));
    this.erase(directory, 'preview pictures');
    file.setU32(link, 0);
  }

  private erase(directory: number, kind: MetadataKind): void {
    if (this.file.entries(directory).length) this.note(kind);
    this.file.remove(directory, () => true);
  }
}

/** Byte order, directories and entries. Reading or writing beyond the end throws a RangeError. */
class Tiff {
  private readonly data: DataView;
  private readonly little: boolean;
  /** Where the first directory lies. */
  readonly first: number;

  constructor(readonly bytes: Uint8Array) {
    this.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const order = this.data.getUint16(0);
    if (order !== 0x4949 && order !== 0x4d4d) throw new RangeError('no TIFF');
    this.little = order === 0x4949;
    if (this.u16(2) !== 42) throw new RangeError('no TIFF');
    this.first = this.u32(4);
  }

  u16(at: number): number {
    return this.data.getUint16(at, this.little);
  }

  u32(at: number): number {
    return this.data.getUint32(at, this.little);
  }

  setU16(at: number, value: number): void {
    this.data.setUint16(at, value, this.little);
  }

  setU32(at: number, value: number): void {
    this.data.setUint32(at, value, this.little);
  }

  number({ at, value }: Entry): number {
    return this.u16(at + 2) === 3 ? this.u16(value) : this.u32(value);
  }

  entries(directory: number): Entry[] {
    return Array.from({ length: this.u16(directory) }, (_, i) => {
      const at = directory + 2 + 12 * i;
      const length = (TYPE_BYTES[this.u16(at + 2)] ?? 1) * this.u32(at + 4);
      return { at, tag: this.u16(at), value: length > 4 ? this.u32(at + 8) : at + 8, length };
    });
  }

  /** Where a directory holds the place of the next. */
  link(directory: number): number {
    return directory + 2 + 12 * this.u16(directory);
  }

  /** Takes entries out of a directory and overwrites what they held. */
  remove(directory: number, isUnwanted: (entry: Entry) => boolean): void {
    const entries = this.entries(directory);
    const unwanted = entries.filter(isUnwanted);
    if (!unwanted.length) return;
    for (const { value, length } of unwanted) this.zero(value, length);
    const kept = entries.filter((entry) => !unwanted.includes(entry)).map(({ at }) => this.bytes.slice(at, at + 12));
    const next = this.u32(this.link(directory));
    this.zero(directory + 2, 12 * entries.length + 4);
    this.setU16(directory, kept.length);
    kept.forEach((entry, i) => this.bytes.set(entry, directory + 2 + 12 * i));
    this.setU32(this.link(directory), next);
  }

  zero(at: number, length: number): void {
    if (at + length > this.bytes.length) throw new RangeError('beyond the end');
    this.bytes.fill(0, at, at + length);
  }
}
