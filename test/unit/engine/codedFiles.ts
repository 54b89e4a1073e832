/** One small picture in all kinds of PNG, in JPEGs whose markers disagree on its colours, and in files that are damaged or cut off: all as a page shows them. */
import { deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { pngOf, pngWith } from '../../../bench/writers';
import { concatenate, latin1Bytes } from '../../../src/engine/formats/bytes';
import { readJpeg } from '../../../src/engine/formats/jpeg/coefficients';
import { writeSegment } from '../../../src/engine/formats/jpeg/segments';
import { writeJpeg } from '../../../src/engine/formats/jpeg/writer';
import { type Chunk, pngChunks } from '../../../src/engine/formats/png/chunks';

export interface CodedFile {
  name: string;
  format: 'jpeg' | 'png';
  bytes: Buffer;
}

const [WIDTH, HEIGHT] = [96, 64];

/** Four colours with a fine grain on them. */
function rgb(): Buffer {
  const colours = [[200, 60, 60], [60, 150, 60], [60, 60, 200], [190, 190, 190]];
  const pixels = Buffer.alloc(3 * WIDTH * HEIGHT);
  for (let y = 0, at = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++, at += 3) pixels.set(colours[2 * Number(y >= HEIGHT / 2) + Number(x >= WIDTH / 2)]!.map((value, i) => value + ((7 * x + 13 * y + 5 * i) % 16)), at);
  }
  return pixels;
}

const picture = (): Sharp => sharp(rgb(), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
const grey = (): Promise<Buffer> => picture().toColourspace('b-w').raw().toBuffer();

/** Greys or numbers of colours, of any depth up to 8. */
function packed(samples: (x: number, y: number) => number, depth: number): Buffer {
  const stride = 1 + Math.ceil((WIDTH * depth) / 8);
  const rows = Buffer.alloc(stride * HEIGHT);
  for (let y = 0; y < HEIGHT; y++) for (let x = 0; x < WIDTH; x++) rows[y * stride + 1 + ((x * depth) >> 3)]! |= samples(x, y) << (8 - depth - ((x * depth) & 7));
  return deflateSync(rows);
}

function header(depth: number, colourType: number): Buffer {
  const content = Buffer.alloc(13);
  content.writeUInt32BE(WIDTH, 0);
  content.writeUInt32BE(HEIGHT, 4);
  content.set([depth, colourType], 8);
  return content;
}

const withChunks = (png: Buffer, edit: (chunks: Chunk[]) => Chunk[]): Buffer => pngOf(edit([...pngChunks(png)]).map(({ type, content }) => [type, content]));

function withWrongChecksum(png: Buffer, type: string): Buffer {
  const result = Buffer.from(png);
  const at = result.indexOf(type, 0, 'latin1');
  result[at + 4 + result.readUInt32BE(at - 4)]! ^= 1;
  return result;
}

/** All kinds of pixels; `shifts`: whether there are colours enough to show a change as it is. */
export async function pngKinds(): Promise<(CodedFile & { shifts: boolean })[]> {
  const greys = await grey();
  const made: [string, Buffer, boolean?][] = [];
  for (const interlaced of [false, true]) {
    const kind = interlaced ? ', interlaced' : '';
    const plain = { progressive: interlaced };
    made.push([`RGB${kind}`, await picture().png(plain).toBuffer()]);
    made.push([`RGB with alpha${kind}`, await picture().ensureAlpha(0.7).png(plain).toBuffer()]);
    made.push([`grey${kind}`, await picture().toColourspace('b-w').png(plain).toBuffer()]);
    made.push([`grey with alpha${kind}`, await picture().toColourspace('b-w').ensureAlpha(0.7).png(plain).toBuffer()]);
    made.push([`RGB of 16 bits${kind}`, await picture().toColourspace('rgb16').png(plain).toBuffer()]);
    made.push([`grey of 16 bits${kind}`, await picture().toColourspace('grey16').png(plain).toBuffer()]);
    for (const colours of [4, 16, 200]) made.push([`palette of ${colours}${kind}`, await picture().png({ ...plain, palette: true, colours, dither: 0 }).toBuffer(), colours > 4]);
  }
  for (const depth of [1, 2, 4]) {
    const data = packed((x, y) => Math.round((greys[y * WIDTH + x]! / 255) * (2 ** depth - 1)), depth);
    made.push([`grey of ${depth} bits`, pngOf([['IHDR', header(depth, 0)], ['IDAT', data], ['IEND', Buffer.alloc(0)]]), depth > 2]);
  }
  const palette = await picture().png({ palette: true, colours: 200, dither: 0 }).toBuffer();
  const few = await picture().png({ palette: true, colours: 16, dither: 0 }).toBuffer();
  const plainRgb = await picture().png().toBuffer();
  const alphas = (png: Buffer, alpha: (colour: number) => number): Buffer => {
    const count = [...pngChunks(png)].find(({ type }) => type === 'PLTE')!.content.length / 3;
    return Buffer.from(Array.from({ length: count }, (_, colour) => alpha(colour)));
  };
  made.push(['palette, all of alpha 250', pngWith(palette, 'IDAT', ['tRNS', alphas(palette, () => 250)])]);
  made.push(['palette of 4 bits, all of alpha 128', pngWith(few, 'IDAT', ['tRNS', alphas(few, () => 128)])]);
  made.push(['palette, alpha of a few colours told', pngWith(palette, 'IDAT', ['tRNS', Buffer.of(254, 254, 254)])]);
  made.push(['palette, every colour of another alpha', pngWith(palette, 'IDAT', ['tRNS', alphas(palette, (colour) => 255 - (colour % 128))])]);
  made.push(['palette, half of it not seen', pngWith(palette, 'IDAT', ['tRNS', alphas(palette, (colour) => (colour % 2 ? 255 : 0))]), false]);
  made.push(['palette, transparency said too soon', withChunks(palette, ([head, ...rest]) => [head!, { type: 'tRNS', content: alphas(palette, () => 0) }, ...rest])]);
  made.push(['palette, transparency said too late', pngWith(palette, 'IEND', ['tRNS', alphas(palette, () => 0)])]);
  made.push(['palette, transparency of a wrong checksum', withWrongChecksum(pngWith(palette, 'IDAT', ['tRNS', alphas(palette, () => 0)]), 'tRNS')]);
  made.push(['palette, transparency said twice', pngWith(palette, 'IDAT', ['tRNS', alphas(palette, () => 240)], ['tRNS', alphas(palette, () => 0)])]);
  made.push(['palette with fewer colours than are used', withChunks(palette, (chunks) => chunks.map((chunk) => (chunk.type === 'PLTE' ? { ...chunk, content: chunk.content.subarray(0, 3 * 150) } : chunk)))]);
  made.push(['palette with a broken last colour', withChunks(palette, (chunks) => chunks.map((chunk) => (chunk.type === 'PLTE' ? { ...chunk, content: concatenate([chunk.content, Uint8Array.of(9)]) } : chunk)))]);
  made.push(['RGB, one colour transparent', pngWith(plainRgb, 'IDAT', ['tRNS', Buffer.of(0, 200, 0, 65, 0, 70)])]);
  made.push(['RGB, an animation of no frames', pngWith(plainRgb, 'IDAT', ['acTL', Buffer.alloc(8)])]);
  made.push(['RGB, called an animation too late', pngWith(plainRgb, 'IEND', ['acTL', Buffer.of(0, 0, 0, 1, 0, 0, 0, 0)])]);
  return made.map(([name, bytes, shifts = true]) => ({ name: `PNG, ${name}`, format: 'png', bytes, shifts }));
}

/** Whole pictures in files that end oddly, and such of which a part is missing. */
export async function damagedFiles(): Promise<{ whole: CodedFile[]; cut: CodedFile[] }> {
  const png = await picture().png({ compressionLevel: 0 }).toBuffer();
  const palette = await picture().png({ palette: true, colours: 200, compressionLevel: 0 }).toBuffer();
  const end = png.length - 12;
  const replaced = (tail: Uint8Array): Buffer => Buffer.concat([png.subarray(0, end), tail]);
  const dataOf = (edit: (data: Uint8Array) => Uint8Array): Buffer =>
    withChunks(png, (chunks) => {
      const data = concatenate(chunks.filter(({ type }) => type === 'IDAT').map(({ content }) => content));
      return [chunks[0]!, { type: 'IDAT', content: edit(data) }, chunks.at(-1)!];
    });
  const jpeg = await picture().jpeg({ quality: 95 }).toBuffer();
  const progressive = await picture().jpeg({ quality: 95, progressive: true }).toBuffer();
  const whole: [string, CodedFile['format'], Buffer][] = [
    ['without an end', 'png', png.subarray(0, end)],
    ['with half an end', 'png', png.subarray(0, end + 6)],
    ['with an end without a checksum', 'png', png.subarray(0, end + 8)],
    ['with an end of a wrong checksum', 'png', withWrongChecksum(png, 'IEND')],
    ['with an end that has content', 'png', withChunks(png, (chunks) => chunks.map((chunk) => (chunk.type === 'IEND' ? { ...chunk, content: latin1Bytes('abc') } : chunk)))],
    ['with an end of another name', 'png', replaced(Buffer.from('\0\0\0\0IEnD\xae\x42\x60\x82', 'latin1'))],
    ['with an end far off', 'png', replaced(Buffer.from('\0\0\xff\xffIEND\xae\x42\x60\x82', 'latin1'))],
    ['with zeros for an end', 'png', replaced(Buffer.alloc(12))],
    ['with ones for an end', 'png', replaced(Buffer.alloc(12, 255))],
    ['with more behind the end', 'png', Buffer.concat([png, Buffer.from('more and more')])],
    ['with data of a wrong checksum', 'png', withWrongChecksum(png, 'IDAT')],
    ['with pixels of a wrong checksum', 'png', dataOf((data) => Buffer.concat([data.subarray(0, -1), Uint8Array.of(data.at(-1)! ^ 1)]))],
    ['with pixels without a checksum', 'png', dataOf((data) => data.subarray(0, -4))],
    ['with more behind its pixels', 'png', dataOf((data) => Buffer.concat([data, latin1Bytes('more')]))],
    ['without an end', 'jpeg', jpeg.subarray(0, -2)],
    ['with half an end', 'jpeg', jpeg.subarray(0, -1)],
    ['progressive, without an end', 'jpeg', progressive.subarray(0, -2)],
    ['with zeros behind the end', 'jpeg', Buffer.concat([jpeg, Buffer.alloc(500)])],
    ['with two ends', 'jpeg', Buffer.concat([jpeg, Buffer.of(0xff, 0xd9)])],
  ];
  const cut: [string, CodedFile['format'], Buffer][] = [0.6, 0.8, 0.95].flatMap((share): [string, CodedFile['format'], Buffer][] => {
    const part = (bytes: Buffer): Buffer => bytes.subarray(0, Math.floor(share * bytes.length));
    return [
      [`cut off at ${share}`, 'png', part(png)],
      [`palette, cut off at ${share}`, 'png', part(palette)],
      [`cut off at ${share}`, 'jpeg', part(jpeg)],
      [`progressive, cut off at ${share}`, 'jpeg', part(progressive)],
    ];
  });
  const named = ([name, format, bytes]: [string, CodedFile['format'], Buffer]): CodedFile => ({ name: `${format.toUpperCase()} ${name}`, format, bytes });
  return { whole: whole.map(named), cut: cut.map(named) };
}

const JFIF = Buffer.from('JFIF\0\x01\x01\0\0\x01\0\x01\0\0', 'latin1');
const adobe = (transform: number, length = 12): readonly [number, Uint8Array] => [0xee, Buffer.concat([Buffer.from('Adobe\0\x64\0\0\0\0', 'latin1'), Buffer.of(transform)]).subarray(0, length)];
const jfif = (length = 14): readonly [number, Uint8Array] => [0xe0, JFIF.subarray(0, length)];

/** Three components that are luma and chroma or red, green and blue, as markers and names have it that may disagree. */
export async function jpegColours(): Promise<CodedFile[]> {
  const source = readJpeg(await picture().jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer());
  const heads: Record<string, (readonly [number, Uint8Array])[]> = {
    'no marker': [],
    JFIF: [jfif()],
    ...Object.fromEntries([0, 1, 2, 7].map((transform) => [`Adobe ${transform}`, [adobe(transform)]])),
    'JFIF, Adobe 0': [jfif(), adobe(0)],
    'Adobe 0, JFIF': [adobe(0), jfif()],
    'JFIF, Adobe 1': [jfif(), adobe(1)],
    'Adobe 0, Adobe 1': [adobe(0), adobe(1)],
    'Adobe 1, Adobe 0': [adobe(1), adobe(0)],
    'short JFIF': [jfif(13)],
    'short JFIF, Adobe 0': [jfif(13), adobe(0)],
    'short Adobe 0': [adobe(0, 11)],
    'JFXX, Adobe 0': [[0xe0, latin1Bytes('JFXX\0\x10')], adobe(0)],
    'another, Adobe 0': [[0xe0, latin1Bytes('OTHER\0')], adobe(0)],
  };
  const names: Record<string, readonly number[]> = { '1 2 3': [1, 2, 3], 'R G B': [82, 71, 66], 'r g b': [114, 103, 98], '0 1 2': [0, 1, 2], 'of no order': [5, 9, 200] };
  return Object.entries(heads).flatMap(([head, segments]) =>
    Object.entries(names).map(([name, ids]): CodedFile => {
      const content = source.frame.content.slice();
      ids.forEach((id, i) => (content[6 + 3 * i] = id));
      const image = { ...source, frame: { ...source.frame, content }, components: source.components.map((component, i) => ({ ...component, id: ids[i]! })) };
      const bytes = Buffer.from(concatenate(writeJpeg(image, segments.map(([marker, content]) => writeSegment(marker, content)))));
      return { name: `JPEG, ${head}, components ${name}`, format: 'jpeg', bytes };
    }),
  );
}
