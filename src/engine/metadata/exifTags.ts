/** The tags of EXIF that a cloaked file may have (EXIF 3.0, TIFF 6.0, Microsoft's XP tags), and from which policy on. */
import type { Stays } from './scrub';

/** How a value is written: numbers or a few bytes; text; text after eight bytes that tell its encoding; UTF-16. */
export type TagForm = 'numbers' | 'text' | 'coded text' | 'wide text';

export interface Tag {
  form: TagForm;
  stays: Stays;
}

export type Tags = ReadonlyMap<number, Tag>;

function tags(...lists: [form: TagForm, stays: Stays, numbers: number[]][]): Tags {
  return new Map(lists.flatMap(([form, stays, numbers]) => numbers.map((number): [number, Tag] => [number, { form, stays }])));
}

/** Links to other directories, and the orientation, are written by whoever writes the directory. */
export const MAIN_TAGS = tags(
  // size, resolution, transfer function's white and primaries, luma's coefficients and position, reference of black and white, rating
  ['numbers', 'private', [0x100, 0x101, 0x11a, 0x11b, 0x128, 0x13e, 0x13f, 0x211, 0x213, 0x214, 0x4746, 0x4749]],
  // description, maker, model, software, date, author, rights
  ['text', 'private', [0x10e, 0x10f, 0x110, 0x131, 0x132, 0x13b, 0x8298]],
  // host computer: often its owner's name for it
  ['text', 'all', [0x13c]],
  // title, comment, author, keywords, subject
  ['wide text', 'private', [0x9c9b, 0x9c9c, 0x9c9d, 0x9c9e, 0x9c9f]],
  // serial of the camera (DNG)
  ['text', 'all', [0xc62f]],
);

export const EXIF_TAGS = tags(
  ['numbers', 'private', [
    ...[0x829a, 0x829d, 0x8822, 0x8827, 0x882a, 0x8830, 0x8831, 0x8832, 0x8833, 0x8834, 0x8835], // exposure and sensitivity
    ...[0x9000, 0x9101, 0x9102, 0x9201, 0x9202, 0x9203, 0x9204, 0x9205, 0x9206, 0x9207, 0x9208, 0x9209, 0x920a, 0x9214],
    ...[0xa000, 0xa001, 0xa002, 0xa003, 0xa20b, 0xa20e, 0xa20f, 0xa210, 0xa214, 0xa215, 0xa217, 0xa300, 0xa301, 0xa302],
    ...[0xa401, 0xa402, 0xa403, 0xa404, 0xa405, 0xa406, 0xa407, 0xa408, 0xa409, 0xa40a, 0xa40c, 0xa432, 0xa460, 0xa461, 0xa500],
  ]],
  // dates with their fractions and offsets, maker and model of the lens, title, authors, firmware and software of EXIF 3.0
  ['text', 'private', [0x9003, 0x9004, 0x9010, 0x9011, 0x9012, 0x9290, 0x9291, 0x9292, 0xa433, 0xa434, 0xa436, 0xa437, 0xa438, 0xa439, 0xa43a, 0xa43b, 0xa43c]],
  ['coded text', 'private', [0x9286]],
  // number of the picture, owner, serials of body and lens
  ['text', 'all', [0xa420, 0xa430, 0xa431, 0xa435]],
);

export const GPS_TAGS = tags(
  ['numbers', 'all', [0, 2, 4, 5, 6, 7, 11, 13, 15, 17, 20, 22, 24, 26, 30, 31]],
  ['text', 'all', [1, 3, 8, 9, 10, 12, 14, 16, 18, 19, 21, 23, 25, 29]],
  ['coded text', 'all', [27, 28]],
);

/** Which colour space the camera means (DCF). */
export const INTEROPERABILITY_TAGS = tags(['text', 'private', [1]], ['numbers', 'private', [2]]);

/** Numbers that tell one device, lens or shot from all others, its owner's name, and what makers write of it. */
export const SERIALS = [0x13c, 0xa420, 0xa430, 0xa431, 0xa435, 0xc62f, 0xc65d, 0x927c];
/** Where pictures beside the picture are: directories, strips, tiles, JPEG data. */
export const PICTURES = [0x111, 0x117, 0x144, 0x145, 0x14a, 0x201, 0x202];
/** XMP, IPTC and Photoshop's resources in tags of their own, where nobody reads them in a photo. */
export const TUCKED_IN = [0x2bc, 0x83bb, 0x8649];
/** Room that programs leave for later: of no account. */
export const PADDING = [0xea1c, 0xea1d];
