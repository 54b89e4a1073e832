/** One small picture in the kinds of JPEG that there are, as cameras, programs and damage make them. */
import sharp, { type JpegOptions, type Sharp } from 'sharp';
import { concatenate } from '../../../src/engine/formats/bytes';
import { readJpeg, readParts } from '../../../src/engine/formats/jpeg/coefficients';
import { AC_TABLES, type HuffmanTables, optimalTable } from '../../../src/engine/formats/jpeg/huffman';
import type { JpegImage, Scan } from '../../../src/engine/formats/jpeg/image';
import type { ScanSource } from '../../../src/engine/formats/jpeg/scanReader';
import { nextSegment, writeSegment } from '../../../src/engine/formats/jpeg/segments';
import { writeJpeg } from '../../../src/engine/formats/jpeg/writer';

export interface JpegKind {
  name: string;
  bytes: Buffer;
}

/** Waves of many sizes and directions on a slope, in three colours, with edges: deterministic, and rich in every frequency. */
export function texture(width: number, height: number): Buffer {
  const pixels = Buffer.alloc(3 * width * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      const fine = 18 * Math.sin(0.9 * x + 0.3 * y) * Math.sin(0.5 * y - 0.02 * x) + 8 * Math.sin(1.9 * x - 1.3 * y + 9 * Math.sin(0.07 * x));
      const edge = (x + 2 * y) % 97 < 40 ? 22 : -22;
      for (let channel = 0; channel < 3; channel++) pixels[at + channel] = 100 + (60 * (x + channel * y)) / width / (1 + channel) + fine + edge + 10 * Math.sin(0.06 * x + channel);
    }
  }
  return pixels;
}

function picture(width: number, height: number): Sharp {
  return sharp(texture(width, height), { raw: { width, height, channels: 3 } });
}

/** Written by the way that codes every block. */
export function rewritten(image: JpegImage, sources: readonly ScanSource[] = []): Buffer {
  return Buffer.from(concatenate(writeJpeg(image, image.extras.map(({ marker, content }) => writeSegment(marker, content)), sources)));
}

function withScans(bytes: Buffer, edit: (scans: Scan[]) => Scan[]): Buffer {
  const image = readJpeg(bytes);
  image.scans = edit(image.scans);
  return rewritten(image);
}

const restarting = (bytes: Buffer, restartInterval: number): Buffer => withScans(bytes, (scans) => scans.map((scan) => ({ ...scan, restartInterval })));

/** Each component in a scan of its own, or as `groups` says. */
const apart = (bytes: Buffer, groups: number[][], restartInterval = 0): Buffer =>
  withScans(bytes, ([scan]) => groups.map((components) => ({ ...scan!, components, restartInterval })));

/** Colour at half the width, or the height. */
async function withHalvedColour(width: number, height: number, h: 1 | 2, v: 1 | 2): Promise<Buffer> {
  const image = readJpeg(await picture(width, height).jpeg({ quality: 90, chromaSubsampling: '4:4:4' }).toBuffer());
  const small = readJpeg(await picture(width, height).resize(width / h, height / v, { fit: 'fill' }).jpeg({ quality: 90, chromaSubsampling: '4:4:4' }).toBuffer());
  image.frame.content[7] = 16 * h + v;
  image.components = image.components.map((component, i) => (i ? small.components[i]! : { ...component, h, v }));
  [image.unitsWide, image.unitsHigh] = [image.unitsWide / h, image.unitsHigh / v];
  return rewritten(image);
}

/** The last byte before each marker of the entropy-coded data ends in zeros instead of ones, as far as it is filled up. */
function paddedWithZeros(bytes: Buffer): Buffer {
  const result = Buffer.from(bytes);
  const { sources } = readParts(bytes, [{ x: 0, y: 0, width: 1, height: 1, difference: new Int16Array(3) }]);
  let from = 0;
  for (const { data, pieces } of sources) {
    from = result.indexOf(Buffer.from([0xff, 0xda]), from) + 2;
    const ends = pieces.filter(({ restarts }, i) => restarts || i === pieces.length - 1).map(({ to }) => to);
    data.intervals.forEach(({ end }, i) => {
      const used = ends[i]! & 7;
      let at = nextMarker(result, from);
      while (i && result[at] === 0xff && at < from) at++;
      if (used && end) result[at - 1]! &= ~((1 << (8 - used)) - 1);
      from = at + 2;
    });
  }
  return result;
}

function nextMarker(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); ; at = bytes.indexOf(0xff, at + 1)) if (bytes[at + 1] !== 0 && bytes[at + 1] !== 0xff) return at;
}

/** More bytes of ones before every marker from the first scan's data on, as programs may fill with. */
function filled(bytes: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let [start, at] = [0, bytes.indexOf(Buffer.from([0xff, 0xda])) + 2];
  for (at = nextMarker(bytes, at); ; at = nextMarker(bytes, at)) {
    pieces.push(bytes.subarray(start, at), Buffer.of(0xff, 0xff, 0xff));
    start = at;
    if (bytes[at + 1] === 0xd9) break;
    const isRestart = bytes[at + 1]! >= 0xd0 && bytes[at + 1]! <= 0xd7;
    at += isRestart ? 2 : 2 + bytes.readUInt16BE(at + 2);
  }
  return Buffer.concat([...pieces, bytes.subarray(start)]);
}

/** With tables that have a code for each symbol that is there, and no code left. */
function withFullTables(bytes: Buffer): Buffer {
  const image = readJpeg(bytes);
  const { sources } = readParts(bytes, [{ x: 0, y: 0, width: image.width, height: image.height, difference: new Int16Array(3 * image.width * image.height) }]);
  const full = (tables: HuffmanTables): HuffmanTables =>
    tables.map((table) => {
      if (!table || table.symbols.length < 16) return table;
      const frequencies = new Uint32Array(256);
      let [a, b] = [1, 1];
      for (const symbol of [...table.symbols].reverse()) {
        frequencies[symbol] = a;
        [a, b] = [b, Math.min(a + b, 2 ** 24)];
      }
      return optimalTable(frequencies);
    });
  return rewritten(image, sources.map((source) => ({ ...source, tables: full(source.tables) })));
}

/** Of luma's. */
export function longestCode(bytes: Buffer): number {
  const { sources } = readParts(bytes, []);
  return sources[0]!.tables[AC_TABLES]!.counts.findLastIndex((count) => count > 0) + 1;
}

/** Tables in a segment each, and each a second time before the data. */
function withTablesTwice(bytes: Buffer): Buffer {
  const parts: Uint8Array[] = [bytes.subarray(0, 2)];
  for (let segment = nextSegment(bytes, 2); segment; segment = nextSegment(bytes, segment.end)) {
    const written = writeSegment(segment.marker, segment.content);
    parts.push(written, ...(segment.marker === 0xc4 ? [written] : []));
    if (segment.marker !== 0xda) continue;
    parts.push(bytes.subarray(segment.end));
    break;
  }
  return Buffer.from(concatenate(parts));
}

const made: [string, JpegOptions][] = [
  ['4:2:0', { quality: 85 }],
  ['4:4:4', { quality: 92, chromaSubsampling: '4:4:4' }],
  ['with the tables of the standard', { quality: 85, optimiseCoding: false }],
  ['coarse', { quality: 15 }],
  ['at quality 100', { quality: 100, chromaSubsampling: '4:4:4' }],
  ['progressive', { quality: 85, progressive: true }],
  ['progressive, 4:4:4', { quality: 75, progressive: true, chromaSubsampling: '4:4:4' }],
  ['by mozjpeg', { quality: 80, mozjpeg: true }],
];

/** All can be read. */
export async function jpegKinds(width: number, height: number): Promise<JpegKind[]> {
  const kinds: [string, Buffer][] = [];
  for (const [name, options] of made) kinds.push([name, await picture(width, height).jpeg(options).toBuffer()]);
  const [plain, whole, standard, , , progressive] = kinds.map(([, bytes]) => bytes) as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
  for (const interval of [1, 3, Math.ceil(width / 16), 1000]) {
    kinds.push([`restarting every ${interval}`, restarting(plain, interval)], [`progressive, restarting every ${interval}`, restarting(progressive, interval)]);
  }
  kinds.push(['grey', await picture(width, height).toColourspace('b-w').jpeg({ quality: 90 }).toBuffer()]);
  kinds.push(['grey, progressive', await picture(width, height).toColourspace('b-w').jpeg({ quality: 90, progressive: true }).toBuffer()]);
  kinds.push(['of four inks', await picture(width, height).toColourspace('cmyk').jpeg({ quality: 90 }).toBuffer()]);
  if (width % 16 === 0 && height % 16 === 0) {
    kinds.push(['4:2:2', await withHalvedColour(width, height, 2, 1)], ['4:4:0', await withHalvedColour(width, height, 1, 2)]);
  }
  kinds.push(['a scan a component', apart(plain, [[0], [1], [2]])], ['a scan a component, restarting', apart(plain, [[0], [1], [2]], 5)]);
  kinds.push(['colour in a scan of its own', apart(plain, [[0], [1, 2]])], ['colour first', apart(whole, [[2], [0, 1]])]);
  kinds.push(['padded with zeros', paddedWithZeros(plain)], ['restarting, padded with zeros', paddedWithZeros(restarting(plain, 3))]);
  kinds.push(['filled up before markers', filled(plain)], ['restarting, filled up before markers', filled(restarting(plain, 3))], ['progressive, filled up before markers', filled(progressive)]);
  kinds.push(['without an end', plain.subarray(0, -2)], ['progressive, without an end', progressive.subarray(0, -2)]);
  kinds.push(['with more behind the end', Buffer.concat([plain, Buffer.from('more and more')])]);
  kinds.push(['with tables twice', withTablesTwice(standard)]);
  kinds.push(['with tables that have no code left', withFullTables(plain)], ['coarser, with tables that have no code left', withFullTables(await picture(width, height).jpeg({ quality: 45 }).toBuffer())], ['progressive, with tables that have no code left', withFullTables(progressive)]);
  kinds.push(['with a component in two scans', apart(plain, [[0], [0, 1, 2]])]);
  return kinds.map(([name, bytes]) => ({ name, bytes }));
}
