/**
 * Reads a JPEG down to its quantised DCT coefficients, without decoding it to pixels: baseline, extended and progressive
 * Huffman files with 8 bits a sample (ITU-T T.81).
 */
import { view } from '../bytes';
import type { Change } from '../change';
import { isUnreadable, Unreadable } from '../unreadable';
import { entropyCoded } from './bits';
import { AC_TABLES, HuffmanDecoder, type HuffmanTable, type HuffmanTables } from './huffman';
import { type Component, type JpegImage, type Scan, touchedUnits, unitsOf } from './image';
import { MOST_COMPONENTS, readScan, type ScanSource } from './scanReader';
import { isFrameHeader, MARKER, nextSegment, type Segment } from './segments';

/** Throws `Unreadable`. */
export function readJpeg(bytes: Uint8Array): JpegImage {
  return whole(new JpegReader(bytes, null));
}

/** A JPEG as far as it takes to change it in places. */
export interface PartialJpeg {
  /** Has the coefficients of blocks that changes lie on, and of such others as come with them. */
  image: JpegImage;
  /** Empty where all of it was read, for none of its bits can stay as they are. */
  sources: ScanSource[];
}

/**
 * Throws `Unreadable`.
 * @param changes in pixels as stored
 * @param leastPixels all of a picture with fewer is read
 */
export function readParts(bytes: Uint8Array, changes: readonly Change[], leastPixels = 0): PartialJpeg {
  const reader = new JpegReader(bytes, changes, leastPixels);
  const image = whole(reader);
  return reader.isCodedTwice ? { image: readJpeg(bytes), sources: [] } : { image, sources: reader.sources };
}

function whole(reader: JpegReader): JpegImage {
  try {
    return reader.read();
  } catch (error) {
    if (error instanceof RangeError) throw new Unreadable('cut off', { cause: error });
    throw error;
  }
}

/** How much of a picture that may be damaged or cut off a page shows: any of it, which is a row of units at least, and all of it. */
export function extentOf(bytes: Uint8Array): 'none' | 'part' | 'whole' {
  const reader = new JpegReader(bytes, []);
  try {
    reader.read();
    return 'whole';
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return reader.hasRow ? 'part' : 'none';
  }
}

class JpegReader {
  /** Whether all blocks of a row of units were there, in any scan. */
  hasRow = false;
  private image: JpegImage | null = null;
  private readonly quantisation: (Uint16Array | undefined)[] = [];
  private readonly extras: Segment[] = [];
  private readonly tables: HuffmanTables = [];
  private readonly decoders: (HuffmanDecoder | undefined)[] = [];
  private restartInterval = 0;
  /** Components of sequential scans. */
  private readonly coded = new Set<number>();
  /** Whether a sequential scan codes what another one has coded before: what becomes of a block takes both. */
  isCodedTwice = false;
  readonly sources: ScanSource[] = [];

  /** @param changes null: all coefficients are kept, and no sources told */
  constructor(
    private readonly bytes: Uint8Array,
    private changes: readonly Change[] | null,
    private readonly leastPixels = 0,
  ) {}

  read(): JpegImage {
    let next = 0;
    for (let segment = nextSegment(this.bytes, 2); segment; segment = nextSegment(this.bytes, next)) {
      const { marker, content, end } = segment;
      next = end;
      if (isFrameHeader(marker)) this.image = this.readFrame(segment);
      else if (marker === MARKER.quantisation) this.readQuantisation(content);
      else if (marker === MARKER.huffmanTables) this.readHuffmanTables(content);
      else if (marker === MARKER.restartInterval) this.restartInterval = view(content).getUint16(0);
      else if (marker === MARKER.startOfScan) next = this.readScan(segment);
      else if (marker >= MARKER.app0) this.addExtra(segment);
      else throw new Unreadable(`marker ${marker.toString(16)}`);
    }
    if (!this.image?.scans.length) throw new Unreadable('no picture');
    return this.image;
  }

  /** What stands between scans tells nobody anything, and would do so where it is written. */
  private addExtra(extra: Segment): void {
    if (!this.image?.scans.length) this.extras.push(extra);
  }

  private readFrame(frame: Segment): JpegImage {
    const { marker, content } = frame;
    if (this.image || marker > 0xc2 || content[0] !== 8) throw new Unreadable('another kind of JPEG');
    const [height, width] = [view(content).getUint16(1), view(content).getUint16(3)];
    if (!width || !height) throw new Unreadable('no size');
    if (width * height < this.leastPixels) this.changes = null;
    const factors = Array.from({ length: content[5]! }, (_, i) => {
      const at = 6 + 3 * i;
      return { id: content[at]!, h: content[at + 1]! >> 4, v: content[at + 1]! & 15, table: content[at + 2]! };
    });
    const [mostH, mostV] = [Math.max(...factors.map(({ h }) => h)), Math.max(...factors.map(({ v }) => v))];
    if (factors.some(({ h, v }) => !h || !v || mostH % h || mostV % v)) throw new Unreadable('odd sampling');
    const [unitsWide, unitsHigh] = [Math.ceil(width / (8 * mostH)), Math.ceil(height / (8 * mostV))];
    const components = factors.map((factor): Component => ({
      ...factor,
      blocksWide: Math.ceil((width * factor.h) / (8 * mostH)),
      blocksHigh: Math.ceil((height * factor.v) / (8 * mostV)),
      stride: unitsWide * factor.h,
      coefficients: new Int16Array(64 * unitsWide * factor.h * unitsHigh * factor.v),
    }));
    const { quantisation, extras } = this;
    return { width, height, frame, progressive: marker === 0xc2, components, unitsWide, unitsHigh, scans: [], quantisation, extras };
  }

  private readQuantisation(content: Uint8Array): void {
    if (this.image?.scans.length) throw new Unreadable('quantisation changes between scans');
    for (let at = 0; at < content.length; ) {
      const wide = content[at]! >> 4;
      const values = content.subarray(at + 1, at + 1 + 64 * (1 + wide));
      const table = Uint16Array.from({ length: 64 }, (_, i) => (wide ? view(values).getUint16(2 * i) : values[i]!));
      if (values.length < 64 || table.includes(0)) throw new Unreadable('quantisation');
      this.quantisation[content[at]! & 15] = table;
      at += 1 + values.length;
    }
  }

  private readHuffmanTables(content: Uint8Array): void {
    for (let at = 0; at + 17 <= content.length; ) {
      const counts = content.subarray(at + 1, at + 17);
      const total = counts.reduce((sum, count) => sum + count, 0);
      const table: HuffmanTable = { counts, symbols: content.subarray(at + 17, at + 17 + total) };
      const place = (content[at]! >> 4 ? AC_TABLES : 0) + (content[at]! & 15);
      if (total > 256 || table.symbols.length < total || (content[at]! & 15) >= AC_TABLES) throw new Unreadable('Huffman table');
      [this.tables[place], this.decoders[place]] = [table, new HuffmanDecoder(table)];
      at += 17 + total;
    }
  }

  /** @returns where what follows its data begins */
  private readScan({ content, end }: Segment): number {
    const { image, changes } = this;
    if (!image) throw new Unreadable('scan before frame');
    const number = content[0]!;
    if (!number || number > MOST_COMPONENTS || content.length < 4 + 2 * number) throw new Unreadable('odd scan');
    const components = Array.from({ length: number }, (_, i) => image.components.findIndex(({ id }) => id === content[1 + 2 * i]));
    if (components.includes(-1)) throw new Unreadable('unknown component');
    const numbers = components.map((_, i) => ({ dc: content[2 + 2 * i]! >> 4, ac: content[2 + 2 * i]! & 15 }));
    if (numbers.some(({ dc, ac }) => dc >= AC_TABLES || ac >= AC_TABLES)) throw new Unreadable('no such table');
    const [first, last, bits] = [...content.subarray(1 + 2 * number, 4 + 2 * number)] as [number, number, number];
    const scan: Scan = { components, first, last, high: bits >> 4, low: bits & 15, restartInterval: this.restartInterval };
    if (last > 63 || first > last || (image.progressive && first > 0 && number > 1)) throw new Unreadable('odd scan');
    if (!image.progressive) components.forEach((component) => ((this.isCodedTwice ||= this.coded.has(component)), this.coded.add(component)));
    image.scans.push(scan);
    const units = unitsOf(image, scan);
    const data = entropyCoded(this.bytes, end);
    const wholeRow = number === 1 ? units.blocks[0]!.component.v : 1;
    const pieces = readScan({
      image,
      scan,
      units,
      decoders: numbers.map(({ dc, ac }) => ({ dc: this.decoders[dc], ac: this.decoders[AC_TABLES + ac] })),
      source: data,
      touched: changes && touchedUnits(image, units, changes),
      onRow: (row) => (this.hasRow ||= row >= wholeRow),
    });
    if (changes) this.sources.push({ data, pieces, tables: [...this.tables], numbers });
    return data.next;
  }
}
