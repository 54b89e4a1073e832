/**
 * Small files that say how they are turned in every way that was seen in the wild, and some more: what their rows show, and how a browser turns
 * them. The unit tests hold our reading to this table, the engine's tests hold the table to Chromium.
 */
import sharp, { type Sharp } from 'sharp';
import { apngOf, pngWith, riffOf } from '../../../bench/writers';
import { latin1Bytes, view } from '../../../src/engine/formats/bytes';
import { webpChunks } from '../../../src/engine/formats/webp/chunks';
import type { ImageFormat } from '../../../src/shared/imageType';

export interface TurnedFile {
  name: string;
  format: ImageFormat;
  bytes: Buffer;
  /** As Chromium shows it, by EXIF's numbers. */
  orientation: number;
}

export const STORED = { width: 96, height: 64 };
/** Of the stored picture, from its left top quarter on, row by row. */
export const QUARTERS = { red: [200, 60, 60], green: [60, 150, 60], blue: [60, 60, 200], grey: [190, 190, 190] } as const;

function picture(): Sharp {
  const { width, height } = STORED;
  const colours = Object.values(QUARTERS);
  const pixels = Buffer.alloc(3 * width * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) pixels.set(colours[2 * Number(y >= height / 2) + Number(x >= width / 2)]!, 3 * (y * width + x));
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

type Tag = readonly [tag: number, type: number, count: number, value: number | Uint8Array];

const SHORT = 3;
const LONG = 4;
const BYTES: Partial<Record<number, number>> = { 3: 2, 4: 4, 8: 2, 9: 4, 11: 4, 13: 4 };
const turn = (value: number, type = SHORT, count = 1): Tag => [0x0112, type, count, value];
const maker: Tag = [0x010f, 2, 4, latin1Bytes('abc\0')];
const exifDirectory = (at: number, type = LONG, count = 1): Tag => [0x8769, type, count, at];

interface Layout {
  little?: boolean;
  magic?: number;
  /** Where the first directory is. */
  first?: number;
  /** What each directory says of the next; the truth where not given. */
  links?: number[];
}

/** Directories one after another; values of more than four bytes follow them. */
function tiff(directories: readonly (readonly Tag[])[], { little = true, magic = 42, first = 8, links }: Layout = {}): Buffer {
  const number = (value: number, bytes: number): Uint8Array => {
    const big = Uint8Array.from({ length: bytes }, (_, i) => (value >>> (8 * (bytes - 1 - i))) & 0xff);
    return little ? big.reverse() : big;
  };
  const starts = directories.map((_, i) => first + directories.slice(0, i).reduce((sum, tags) => sum + 6 + 12 * tags.length, 0));
  const tail = first + directories.reduce((sum, tags) => sum + 6 + 12 * tags.length, 0);
  const values: Uint8Array[] = [];
  const parts: Uint8Array[] = [latin1Bytes(little ? 'II' : 'MM'), number(magic, 2), number(first, 4), Buffer.alloc(Math.max(0, first - 8))];
  directories.forEach((tags, i) => {
    parts.push(number(tags.length, 2));
    for (const [tag, type, count, value] of tags) {
      const own = typeof value === 'number' ? number(value, BYTES[type] ?? 1) : value;
      const isFar = own.length > 4;
      const field = isFar ? number(tail + Buffer.concat(values).length, 4) : Buffer.concat([own, Buffer.alloc(4)]).subarray(0, 4);
      if (isFar) values.push(own);
      parts.push(number(tag, 2), number(type, 2), number(count, 4), field);
    }
    parts.push(number(links ? (links[i] ?? 0) : (starts[i + 1] ?? 0), 4));
  });
  return Buffer.concat([...parts, ...values]);
}

/** A little-endian block that says something else somewhere. */
function patched(block: Buffer, at: number, value: number, bytes: number): Buffer {
  const result = Buffer.from(block);
  result.writeUIntLE(value, at, bytes);
  return result;
}

const six = tiff([[turn(6)]]);
const sixAndMaker = tiff([[turn(6), maker]]);
/** Behind a main directory of so many entries. */
const behind = (entries: number): number => 8 + 6 + 12 * entries;

/** Blocks of EXIF, and the orientation that browsers read. */
const blocks: Record<string, readonly [block: Buffer, orientation: number]> = {
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].map((value) => [`orientation ${value}`, [tiff([[turn(value)]]), value] as const])),
  'big-endian': [tiff([[turn(6)]], { little: false }), 6],
  ...Object.fromEntries(
    Object.entries({ byte: 1, ascii: 2, long: 4, 'signed byte': 6, undefined: 7, 'signed short': 8, 'signed long': 9, float: 11, directory: 13, 'unknown type': 99 }).flatMap(([name, type]) => [
      [`as ${name}`, [tiff([[turn(6, type)]]), 1] as const],
      [`as ${name}, big-endian`, [tiff([[turn(6, type)]], { little: false }), 1] as const],
    ]),
  ),
  'no values': [tiff([[turn(6, SHORT, 0)]]), 1],
  'two values': [tiff([[[0x0112, SHORT, 2, Uint8Array.of(6, 0, 1, 0)]]]), 1],
  'four values': [tiff([[[0x0112, SHORT, 4, Uint8Array.of(6, 0, 1, 0, 1, 0, 1, 0)]]]), 1],
  ...Object.fromEntries([0, 9, 255, 262, 65535].map((value) => [`value ${value}`, [tiff([[turn(value)]]), 1] as const])),
  'something behind the value': [tiff([[[0x0112, SHORT, 1, Uint8Array.of(6, 0, 9, 9)]]]), 6],
  'twice, 1 first': [tiff([[turn(1), turn(6)]]), 1],
  'twice, 1 last': [tiff([[turn(6), turn(1)]]), 6],
  'twice, 0 first': [tiff([[turn(0), turn(6)]]), 6],
  'twice, 9 first': [tiff([[turn(9), turn(6)]]), 6],
  'twice, 9 last': [tiff([[turn(6), turn(9)]]), 6],
  'twice, a long first': [tiff([[turn(3, LONG), turn(6)]]), 6],
  "in the thumbnail's directory alone": [tiff([[maker], [turn(6)]]), 1],
  'of picture and thumbnail': [tiff([[turn(6)], [turn(1)]]), 6],
  "in EXIF's own directory": [tiff([[exifDirectory(behind(1))], [turn(6)]], { links: [] }), 6],
  "in EXIF's own directory first": [tiff([[exifDirectory(behind(2)), turn(3)], [turn(6)]], { links: [] }), 6],
  "in EXIF's own directory last": [tiff([[turn(3), exifDirectory(behind(2))], [turn(6)]], { links: [] }), 3],
  "9 in EXIF's own directory": [tiff([[exifDirectory(behind(2)), turn(6)], [turn(9)]], { links: [] }), 6],
  "in EXIF's own directory, cut off": [tiff([[exifDirectory(behind(1))], [turn(6), maker]], { links: [] }).subarray(0, behind(1) + 14), 6],
  "in EXIF's own directory, told by a short": [tiff([[exifDirectory(behind(1), SHORT)], [turn(6)]], { links: [] }), 1],
  "in EXIF's own directory, told twice": [tiff([[exifDirectory(behind(1), LONG, 2)], [turn(6)]], { links: [] }), 1],
  "in EXIF's second own directory": [tiff([[exifDirectory(behind(2)), exifDirectory(behind(2) + 18)], [maker], [turn(6)]], { links: [] }), 1],
  "in a directory of EXIF's own": [tiff([[exifDirectory(behind(1))], [exifDirectory(behind(1) + 18)], [turn(6)]], { links: [] }), 1],
  "in the place's directory": [tiff([[[0x8825, LONG, 1, behind(1)]], [turn(6)]], { links: [] }), 1],
  "EXIF's own directory beyond the end": [tiff([[exifDirectory(9999), turn(6)]]), 6],
  "EXIF's own directory is the main one": [tiff([[exifDirectory(8), turn(6)]]), 6],
  'a directory of more entries than there are': [patched(sixAndMaker, 8, 40, 2), 6],
  'a directory of one entry too many': [patched(sixAndMaker, 8, 3, 2), 6],
  'a directory of 65535 entries': [patched(sixAndMaker, 8, 65535, 2), 6],
  'a directory of no entries': [patched(sixAndMaker, 8, 0, 2), 1],
  'cut off in the next entry': [sixAndMaker.subarray(0, 28), 6],
  'cut off behind the entry': [six.subarray(0, 22), 6],
  'cut off in the entry': [six.subarray(0, 21), 1],
  'cut off in the link': [six.subarray(0, 24), 6],
  'cut off in the second entry': [tiff([[maker, turn(6)]]).subarray(0, 33), 1],
  'cut off in its head': [six.subarray(0, 7), 1],
  'nothing but its head': [six.subarray(0, 8), 1],
  ...Object.fromEntries([0, 43, 0x55, 0x2a00].map((magic) => [`of number ${magic}`, [tiff([[turn(6)]], { magic }), 1] as const])),
  'of two byte orders': [patched(six, 1, 0x4d, 1), 1],
  'of neither byte order': [patched(six, 0, 0x5858, 2), 1],
  'not sorted': [tiff([[[0x8298, 2, 4, latin1Bytes('abc\0')], turn(6)]]), 6],
  'behind a value beyond the end': [tiff([[[0x010e, 2, 9999, Uint8Array.of(255, 255, 255, 127)], turn(6)]]), 6],
  ...Object.fromEntries([9, 10, 4000].map((first) => [`a directory at ${first}`, [tiff([[turn(6)]], { first }), 6] as const])),
  'a directory in the head': [Buffer.concat([patched(six.subarray(0, 8), 4, 2, 4), Buffer.alloc(8), six.subarray(10, 22), Buffer.alloc(600)]), 6],
  ...Object.fromEntries([0, 9999, 0xffffffff].map((first) => [`a directory said to be at ${first}`, [patched(six, 4, first, 4), 1] as const])),
  'a link to itself': [tiff([[turn(6)]], { links: [8] }), 6],
  'a link beyond the end': [tiff([[turn(6)]], { links: [99999] }), 6],
  'zeros behind': [Buffer.concat([six, Buffer.alloc(50)]), 6],
  "behind JPEG's signature": [Buffer.concat([latin1Bytes('Exif\0\0'), six]), 1],
  empty: [Buffer.alloc(0), 1],
};

const XMP = latin1Bytes(
  '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>',
);
const three = tiff([[turn(3)]]);
const one = tiff([[turn(1)]]);
const none = tiff([[maker]]);

function segment(marker: number, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Uint8Array.of(0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 0xff), body]);
}

const exif = (block: Uint8Array, signature = 'Exif\0\0'): Buffer => segment(0xe1, latin1Bytes(signature), block);

async function jpegs(): Promise<TurnedFile[]> {
  const plain = await picture().jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
  const progressive = await picture().jpeg({ quality: 95, progressive: true }).toBuffer();
  const behindJfif = 4 + plain.readUInt16BE(4);
  const startOfScan = Uint8Array.of(0xff, 0xda);
  const at = (jpeg: Buffer, place: number, ...segments: Uint8Array[]): Buffer => Buffer.concat([jpeg.subarray(0, place), ...segments, jpeg.subarray(place)]);
  const within = (...segments: Uint8Array[]): Buffer => at(plain, behindJfif, ...segments);
  const secondScan = progressive.indexOf(startOfScan, progressive.indexOf(startOfScan) + 2);
  const kinds: Record<string, readonly [Buffer, number]> = {
    ...Object.fromEntries(Object.entries(blocks).map(([name, [block, orientation]]) => [name, [within(exif(block)), orientation] as const])),
    'signature ended by ff': [within(exif(six, 'Exif\0\xff')), 6],
    'signature ended by a letter': [within(exif(six, 'Exif\0A')), 6],
    'signature in small letters': [within(exif(six, 'exif\0\0')), 1],
    'signature without a zero': [within(exif(six, 'Exif\xff\0')), 1],
    'signature one zero short': [within(exif(six, 'Exif\0')), 1],
    'signature one zero too long': [within(exif(six, 'Exif\0\0\0')), 1],
    'two blocks, 1 first': [within(exif(one), exif(six)), 1],
    'two blocks, 1 last': [within(exif(six), exif(one)), 6],
    'two blocks, the first of another': [within(exif(none), exif(six)), 1],
    'two blocks, the first damaged': [within(exif(latin1Bytes('XX*\0\x08\0\0\0\0\0')), exif(six)), 1],
    'two blocks, the first nothing but its signature': [within(segment(0xe1, latin1Bytes('Exif\0\0')), exif(six)), 6],
    'two blocks, the first half its signature': [within(segment(0xe1, latin1Bytes('Exif\0')), exif(six)), 6],
    'two blocks, the first a byte long': [within(exif(Uint8Array.of(73)), exif(six)), 1],
    'two blocks, the first of value 9': [within(exif(tiff([[turn(9)]])), exif(six)), 1],
    'two blocks, the first ended by ff': [within(exif(six, 'Exif\0\xff'), exif(three)), 6],
    'in XMP alone': [within(segment(0xe1, latin1Bytes('http://ns.adobe.com/xap/1.0/\0'), XMP)), 1],
    'behind XMP': [within(segment(0xe1, latin1Bytes('http://ns.adobe.com/xap/1.0/\0'), XMP), exif(three)), 3],
    'before JFIF': [at(plain, 2, exif(six)), 6],
    'in another segment': [within(segment(0xe2, latin1Bytes('Exif\0\0'), six)), 1],
    'behind fill bytes': [within(Uint8Array.of(255, 255, 255), exif(six)), 6],
    'behind markers without content': [within(Uint8Array.of(255, 1, 255, 0xd3), exif(six)), 6],
    'behind stuffing': [within(Uint8Array.of(255, 0), exif(six)), 6],
    'right before the scan': [at(plain, plain.indexOf(startOfScan), exif(six)), 6],
    'between scans': [at(progressive, secondScan, exif(six)), 1],
    'before and between scans': [at(at(progressive, secondScan, exif(six)), 4 + progressive.readUInt16BE(4), exif(three)), 3],
    'behind the picture': [Buffer.concat([plain, exif(six)]), 1],
    'cut off, of orientation 6': [within(exif(six)).subarray(0, -2), 6],
  };
  return Object.entries(kinds).map(([name, [bytes, orientation]]) => ({ name: `JPEG, ${name}`, format: 'jpeg', bytes, orientation }));
}

async function pngs(): Promise<TurnedFile[]> {
  const plain = await picture().png().toBuffer();
  const before = (...chunks: [string, Uint8Array][]): Buffer => pngWith(plain, 'IDAT', ...chunks);
  const damaged = before(['eXIf', six]);
  damaged[damaged.indexOf('IDAT') - 5]! ^= 1; // its checksum
  const kinds: Record<string, readonly [Buffer, number]> = {
    ...Object.fromEntries(Object.entries(blocks).map(([name, [block, orientation]]) => [name, [before(['eXIf', block]), orientation] as const])),
    'behind the data': [pngWith(plain, 'IEND', ['eXIf', six]), 1],
    'before and behind the data': [pngWith(before(['eXIf', three]), 'IEND', ['eXIf', six]), 3],
    'behind the end': [Buffer.concat([plain, damaged.subarray(damaged.indexOf('eXIf') - 4, damaged.indexOf('IDAT') - 4)]), 1],
    'two chunks, 1 first': [before(['eXIf', one], ['eXIf', six]), 1],
    'two chunks, 1 last': [before(['eXIf', six], ['eXIf', one]), 6],
    'two chunks, the first of another': [before(['eXIf', none], ['eXIf', six]), 1],
    'two chunks, the first empty': [before(['eXIf', Buffer.alloc(0)], ['eXIf', six]), 1],
    'of a wrong checksum': [damaged, 1],
    'of a wrong checksum, then another': [pngWith(damaged, 'IDAT', ['eXIf', three]), 3],
    'as text': [before(['tEXt', latin1Bytes(`Raw profile type exif\0\nexif\n${String(six.length).padStart(8)}\n${six.toString('hex')}\n`)]), 1],
    'in XMP': [before(['iTXt', Buffer.concat([latin1Bytes('XML:com.adobe.xmp\0\0\0\0\0'), XMP])]), 1],
  };
  return Object.entries(kinds).map(([name, [bytes, orientation]]) => ({ name: `PNG, ${name}`, format: 'png', bytes, orientation }));
}

/** Chromium heeds none of them. */
async function webps(): Promise<TurnedFile[]> {
  const made: TurnedFile[] = [];
  for (const [kind, lossless] of [['lossy', false], ['lossless', true]] as const) {
    const own = [...webpChunks(await picture().webp({ lossless, quality: 90 }).toBuffer())].filter(({ type }) => type !== 'VP8X').map(({ type, content }) => [type, content] as const);
    const extended = (flags: number): readonly [string, Buffer] => {
      const header = Buffer.alloc(10);
      header[0] = flags;
      header.writeUIntLE(STORED.width - 1, 4, 3);
      header.writeUIntLE(STORED.height - 1, 7, 3);
      return ['VP8X', header];
    };
    const kinds: Record<string, Buffer> = {
      ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].map((value) => [`orientation ${value}`, riffOf([extended(8), ...own, ['EXIF', tiff([[turn(value)]])]])])),
      'without its flag': riffOf([extended(0), ...own, ['EXIF', six]]),
      'before the picture': riffOf([extended(8), ['EXIF', six], ...own]),
      "behind JPEG's signature": riffOf([extended(8), ...own, ['EXIF', Buffer.concat([latin1Bytes('Exif\0\0'), six])]]),
    };
    for (const [name, bytes] of Object.entries(kinds)) made.push({ name: `WebP, ${kind}, ${name}`, format: 'webp', bytes, orientation: 1 });
  }
  return made;
}

async function avifs(): Promise<TurnedFile[]> {
  const made: TurnedFile[] = [];
  for (const alpha of [1, 0.9]) {
    const turned = async (orientation: number): Promise<Buffer> => {
      const opaque = picture();
      return (alpha < 1 ? opaque.ensureAlpha(alpha) : opaque).withMetadata({ orientation }).avif({ effort: 0, quality: 90 }).toBuffer();
    };
    const kind = alpha < 1 ? 'with alpha, ' : '';
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const bytes = await turned(orientation);
      made.push({ name: `AVIF, ${kind}orientation ${orientation}`, format: 'avif', bytes, orientation });
      made.push({ name: `AVIF, ${kind}orientation ${orientation}, other by its EXIF`, format: 'avif', bytes: withExifTurn(bytes, orientation === 3 ? 6 : 3), orientation });
    }
  }
  return made;
}

/** What sharp's EXIF says of the orientation, changed in place. */
function withExifTurn(bytes: Buffer, value: number): Buffer {
  const result = Buffer.from(bytes);
  const data = view(result);
  const little = result.indexOf(Uint8Array.of(0x12, 0x01, 3, 0, 1, 0, 0, 0));
  const big = result.indexOf(Uint8Array.of(0x01, 0x12, 0, 3, 0, 0, 0, 1));
  if (little < 0 && big < 0) throw new Error('no orientation in EXIF');
  data.setUint16((little < 0 ? big : little) + 8, value, little >= 0);
  return result;
}

export async function turnedFiles(): Promise<TurnedFile[]> {
  return (await Promise.all([jpegs(), pngs(), webps(), avifs()])).flat();
}

/** Two frames, the second with its quarters where orientation 3 puts them. */
export async function turnedAnimations(): Promise<TurnedFile[]> {
  const frames = [await picture().png().toBuffer(), await picture().rotate(180).png().toBuffer()];
  const plain = apngOf(frames);
  const kinds: [string, Buffer, number][] = [
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((value): [string, Buffer, number] => [`orientation ${value}`, pngWith(plain, 'IDAT', ['eXIf', tiff([[turn(value)]])]), value]),
    ['before it is called an animation', pngWith(plain, 'acTL', ['eXIf', six]), 6],
    ['behind the data', pngWith(plain, 'IEND', ['eXIf', six]), 1],
  ];
  return kinds.map(([name, bytes, orientation]) => ({ name: `animated PNG, ${name}`, format: 'png', bytes, orientation }));
}
