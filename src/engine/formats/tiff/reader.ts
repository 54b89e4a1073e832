/** The one reader of TIFF's structure, which EXIF has too: byte order, directories, entries (TIFF 6.0, EXIF 3.0). */
import { view } from '../bytes';

/** Of values. */
export const TYPE = { ascii: 2, short: 3, long: 4, directory: 13 } as const;
/** Bytes of a value by its type; 129 is text in UTF-8 (EXIF 3.0). */
export const TYPE_BYTES: Partial<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1 };

export interface Entry {
  tag: number;
  type: number;
  /** Where the value lies, and how long it is. */
  value: number;
  length: number;
}

/** Reading beyond the end throws a `RangeError`, as what is no TIFF does. */
export class Tiff {
  private readonly data: DataView;
  readonly little: boolean;
  /** Where the first directory lies. */
  readonly first: number;

  constructor(readonly bytes: Uint8Array) {
    this.data = view(bytes);
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

  entries(directory: number): Entry[] {
    return Array.from({ length: this.u16(directory) }, (_, i) => {
      const at = directory + 2 + 12 * i;
      const type = this.u16(at + 2);
      const length = (TYPE_BYTES[type] ?? 1) * this.u32(at + 4);
      return { tag: this.u16(at), type, value: length > 4 ? this.u32(at + 8) : at + 8, length };
    });
  }

  /** The first value of an entry that holds whole numbers. */
  number({ type, value }: Entry): number {
    return type === TYPE.short ? this.u16(value) : this.u32(value);
  }

  /** Whether a directory names one after it. */
  follows(directory: number): boolean {
    const at = directory + 2 + 12 * this.u16(directory);
    return at + 4 <= this.bytes.length && this.u32(at) !== 0;
  }
}
