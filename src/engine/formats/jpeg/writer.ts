/**
 * Writes a JPEG from its quantised coefficients with the source's own tables, sampling, restart intervals and scans (ITU-T T.81, annexes F
 * and G). What the source's bits can say they say: they are copied, with the source's Huffman tables; all else gets tables that fit.
 */
import { concatenate, view } from '../bytes';
import { BitReader, BitWriter, type EntropyCoded } from './bits';
import { AC_TABLES, codesOf, type HuffmanCodes, HuffmanDecoder, type HuffmanTables, optimalTable, withSymbols } from './huffman';
import { type JpegImage, placeOf, type Scan, sizeOf, type UnitBlock, type Units, unitsOf } from './image';
import type { Piece, ScanSource, TableNumbers } from './scanReader';
import { MARKER, writeSegment } from './segments';

/** A run of blocks without anything in a band is written at the latest when it, or its correction bits, come to this. */
const LONGEST_RUN = 0x7fff;
const MOST_CORRECTIONS = 937;

/**
 * @param extras segments between the start of the image and its tables, as they are to stand in the file
 * @param sources of all scans; of a scan that has none every block is coded
 */
export function writeJpeg(image: JpegImage, extras: Uint8Array[], sources: readonly ScanSource[] = []): Uint8Array<ArrayBuffer>[] {
  const parts = [Uint8Array.of(0xff, MARKER.startOfImage), ...extras.map((extra) => extra as Uint8Array<ArrayBuffer>)];
  image.quantisation.forEach((table, number) => table && parts.push(quantisationSegment(table, number)));
  parts.push(writeSegment(image.frame.marker, image.frame.content));
  let restartInterval = 0;
  const written: HuffmanTables = [];
  image.scans.forEach((scan, i) => {
    if (scan.restartInterval !== restartInterval) {
      restartInterval = scan.restartInterval;
      parts.push(writeSegment(MARKER.restartInterval, Uint8Array.of(restartInterval >> 8, restartInterval & 0xff)));
    }
    const { tables, numbers, data } = writeScan(image, scan, sources[i]);
    const fresh = tables.flatMap((table, number) => (table && table !== written[number] ? [Uint8Array.of(((number >> 2) << 4) | (number & 3)), table.counts, table.symbols] : []));
    if (fresh.length) parts.push(writeSegment(MARKER.huffmanTables, concatenate(fresh)));
    tables.forEach((table, number) => table && (written[number] = table));
    const components = scan.components.flatMap((index, place) => [image.components[index]!.id, (numbers[place]!.dc << 4) | numbers[place]!.ac]);
    parts.push(writeSegment(MARKER.startOfScan, Uint8Array.of(scan.components.length, ...components, scan.first, scan.last, (scan.high << 4) | scan.low)), data);
  });
  parts.push(Uint8Array.of(0xff, MARKER.endOfImage));
  return parts;
}

function quantisationSegment(table: Uint16Array, number: number): Uint8Array<ArrayBuffer> {
  const wide = table.some((value) => value > 255);
  const content = new Uint8Array(1 + (wide ? 128 : 64));
  content[0] = (wide ? 16 : 0) | number;
  table.forEach((value, i) => (wide ? view(content).setUint16(1 + 2 * i, value) : (content[1 + i] = value)));
  return writeSegment(MARKER.quantisation, content);
}

interface WrittenScan {
  /** Those that it needs. */
  tables: HuffmanTables;
  numbers: readonly TableNumbers[];
  data: Uint8Array<ArrayBuffer>;
}

function writeScan(image: JpegImage, scan: Scan, source: ScanSource | undefined): WrittenScan {
  const copied = source && copyScan(image, scan, source);
  if (copied) return copied;
  // luma's tables have number 0, those of all other components number 1
  const numbers = scan.components.map((index): TableNumbers => (index === 0 ? { dc: 0, ac: 0 } : { dc: 1, ac: 1 }));
  const encoder = new ScanEncoder(image, scan, numbers);
  const pieces = intervalsOf(encoder.units, scan);
  const tables = encoder.frequenciesOf(pieces).map((frequencies) => (frequencies.some((frequency) => frequency > 0) ? optimalTable(frequencies) : undefined));
  const writer = new BitWriter(image.width * image.height >> 2);
  encoder.encode(pieces, new CodeWriter(writer, tables));
  return { tables, numbers, data: writer.finish() };
}

/** All units of a scan, to be coded. */
function intervalsOf({ wide, high }: Units, { restartInterval, components }: Scan): Piece[] {
  const count = wide * high;
  const length = restartInterval || count;
  return Array.from({ length: Math.ceil(count / length) }, (_, i): Piece => {
    const end = Math.min(count, (i + 1) * length);
    return { first: i * length, end, from: 0, to: 0, predicted: components.map(() => 0), restarts: end < count };
  });
}

/** Null where the whole scan is better coded anew: its tables lack what has to be written. */
function copyScan(image: JpegImage, scan: Scan, { data, pieces, tables, numbers }: ScanSource): WrittenScan | null {
  const encoder = new ScanEncoder(image, scan, numbers);
  const used = tablesUsed(image, scan, numbers);
  const frequencies = encoder.frequenciesOf(pieces);
  const moved: (readonly number[])[] = [];
  const own = tables.map((table, number) => {
    if (!table || !used.has(number)) return undefined;
    const { length } = codesOf(table);
    const lacking = [...frequencies[number]!.keys()].filter((symbol) => frequencies[number]![symbol] && !length[symbol]);
    if (!lacking.length) return table;
    const extended = withSymbols(table, lacking);
    moved[number] = extended.moved;
    return extended.table;
  });
  const isMoved = moved.some(({ length }) => length > 0);
  if (isMoved && image.progressive) return null;
  const writer = new BitWriter(Math.round(1.1 * data.data.length));
  encoder.encode(pieces, isMoved ? new RecodingWriter(writer, own, data, tables, moved, encoder.units, numbers) : new CopyingWriter(writer, own, data));
  return { tables: own, numbers, data: writer.finish() };
}

function tablesUsed({ progressive }: JpegImage, { first, high }: Scan, numbers: readonly TableNumbers[]): Set<number> {
  const [hasDc, hasAc] = [!progressive || (first === 0 && high === 0), !progressive || first > 0];
  return new Set(numbers.flatMap(({ dc, ac }) => [...(hasDc ? [dc] : []), ...(hasAc ? [AC_TABLES + ac] : [])]));
}

/** Where symbols and bits go: first to be counted, then to be written. */
interface Sink {
  /** @param table its place among `HuffmanTables` */
  symbol(table: number, symbol: number): void;
  bits(value: number, number: number): void;
  /** The source's bits. */
  copy(piece: Piece): void;
  restart(): void;
}

class SymbolCounter implements Sink {
  readonly frequencies = Array.from({ length: 2 * AC_TABLES }, () => new Uint32Array(256));

  symbol(table: number, symbol: number): void {
    this.frequencies[table]![symbol]!++;
  }

  bits(): void {}

  copy(): void {}

  restart(): void {}
}

/** Writes what is coded. */
class CodeWriter implements Sink {
  protected readonly codes: (HuffmanCodes | undefined)[];

  constructor(
    protected readonly writer: BitWriter,
    tables: HuffmanTables,
  ) {
    this.codes = tables.map((table) => table && codesOf(table));
  }

  symbol(table: number, symbol: number): void {
    this.writer.symbol(this.codes[table]!, symbol);
  }

  bits(value: number, number: number): void {
    this.writer.bits(value, number);
  }

  copy(_: Piece): void {}

  restart(): void {
    this.writer.restart();
  }
}

/** Takes the source's bits as they are. */
class CopyingWriter extends CodeWriter {
  constructor(
    writer: BitWriter,
    tables: HuffmanTables,
    private readonly source: EntropyCoded,
  ) {
    super(writer, tables);
  }

  override copy({ from, to }: Piece): void {
    this.writer.copy(this.source.data, from, to);
  }
}

/** What some symbols are coded by before and after. */
interface Recoding {
  before: HuffmanDecoder;
  after: HuffmanCodes;
  /** By symbol: 1 where the code is another. */
  isMoved: Uint8Array;
}

/** Takes the source's bits but for codes that have become others: of a sequential scan. */
class RecodingWriter extends CodeWriter {
  private readonly blocks: { dc: Recoding; ac: Recoding }[];
  /** Place of the first bit that is still to be copied. */
  private start = 0;

  /**
   * @param before the source's tables
   * @param moved by table, the symbols that have other codes by now
   */
  constructor(
    writer: BitWriter,
    tables: HuffmanTables,
    private readonly source: EntropyCoded,
    before: HuffmanTables,
    moved: readonly (readonly number[])[],
    units: Units,
    numbers: readonly TableNumbers[],
  ) {
    super(writer, tables);
    const recodings = this.codes.map((after, number): Recoding | undefined => {
      if (!after) return undefined;
      const isMoved = new Uint8Array(256);
      for (const symbol of moved[number] ?? []) isMoved[symbol] = 1;
      return { before: new HuffmanDecoder(before[number]!), after, isMoved };
    });
    this.blocks = units.blocks.map(({ place }) => ({ dc: recodings[numbers[place]!.dc]!, ac: recodings[AC_TABLES + numbers[place]!.ac]! }));
  }

  override copy({ first, end, from, to }: Piece): void {
    const reader = new BitReader(this.source);
    reader.at = this.start = from;
    for (let unit = first; unit < end; unit++) {
      for (const { dc, ac } of this.blocks) {
        this.pass(reader, dc);
        for (let k = 1; k < 64; ) {
          const symbol = this.pass(reader, ac);
          if (!(symbol & 15) && symbol !== 0xf0) break;
          k += (symbol >> 4) + 1;
        }
      }
    }
    this.writer.copy(this.source.data, this.start, to);
  }

  /** Goes on behind a symbol and the bits that belong to it. */
  private pass(reader: BitReader, { before, after, isMoved }: Recoding): number {
    const { at } = reader;
    const symbol = reader.symbol(before);
    if (isMoved[symbol]) {
      this.writer.copy(this.source.data, this.start, at);
      this.writer.symbol(after, symbol);
      this.start = reader.at;
    }
    reader.at += symbol & 15;
    return symbol;
  }
}

class ScanEncoder {
  readonly units: Units;
  private predicted: number[] = [];
  private endOfBandRun = 0;
  /** Bits that refine coefficients of the blocks in that run. */
  private corrections: number[] = [];
  private sink: Sink = new SymbolCounter();

  constructor(
    private readonly image: JpegImage,
    private readonly scan: Scan,
    private readonly numbers: readonly TableNumbers[],
  ) {
    this.units = unitsOf(image, scan);
  }

  frequenciesOf(pieces: readonly Piece[]): Uint32Array[] {
    const counter = new SymbolCounter();
    this.encode(pieces, counter);
    return counter.frequencies;
  }

  encode(pieces: readonly Piece[], sink: Sink): void {
    this.sink = sink;
    for (const piece of pieces) {
      if (piece.predicted) this.code(piece, piece.predicted);
      else sink.copy(piece);
      if (piece.restarts) sink.restart();
    }
  }

  private code({ first, end }: Piece, predicted: readonly number[]): void {
    this.predicted = [...predicted];
    const { wide, blocks } = this.units;
    for (let unit = first; unit < end; unit++) {
      const row = Math.floor(unit / wide);
      for (const block of blocks) this.block(block.component.coefficients, placeOf(block, unit - row * wide, row), block);
    }
    this.writeRun(AC_TABLES + this.numbers[0]!.ac);
  }

  private block(values: Int16Array, at: number, { place }: UnitBlock): void {
    const { first, high, low } = this.scan;
    const { dc, ac } = this.numbers[place]!;
    if (!this.image.progressive) {
      this.dcFirst(values[at]!, place, dc);
      this.acSequential(values, at, AC_TABLES + ac);
    } else if (first === 0) {
      if (high === 0) this.dcFirst(values[at]! >> low, place, dc);
      else this.sink.bits((values[at]! >> low) & 1, 1);
    } else if (high === 0) this.acFirst(values, at, AC_TABLES + ac);
    else this.acRefine(values, at, AC_TABLES + ac);
  }

  private dcFirst(value: number, place: number, table: number): void {
    const difference = value - this.predicted[place]!;
    this.predicted[place] = value;
    this.value(table, 0, difference);
  }

  /** Run of zeros and size of the value as one symbol, then the value's bits. */
  private value(table: number, run: number, value: number): void {
    const size = sizeOf(value);
    this.sink.symbol(table, (run << 4) | size);
    this.sink.bits(value < 0 ? value - 1 : value, size);
  }

  private acSequential(values: Int16Array, at: number, table: number): void {
    let run = 0;
    for (let k = 1; k < 64; k++) {
      const value = values[at + k]!;
      if (!value) {
        run++;
        continue;
      }
      for (; run > 15; run -= 16) this.sink.symbol(table, 0xf0);
      this.value(table, run, value);
      run = 0;
    }
    if (run) this.sink.symbol(table, 0);
  }

  private acFirst(values: Int16Array, at: number, table: number): void {
    const { first, last, low } = this.scan;
    let run = 0;
    for (let k = first; k <= last; k++) {
      const value = towardsZero(values[at + k]!, low);
      if (!value) {
        run++;
        continue;
      }
      this.writeRun(table);
      for (; run > 15; run -= 16) this.sink.symbol(table, 0xf0);
      this.value(table, run, value);
      run = 0;
    }
    if (run && ++this.endOfBandRun === LONGEST_RUN) this.writeRun(table);
  }

  private acRefine(values: Int16Array, at: number, table: number): void {
    const { first, last, low } = this.scan;
    let lastNew = 0;
    for (let k = first; k <= last; k++) if (Math.abs(values[at + k]!) >> low === 1) lastNew = k;
    let run = 0;
    let corrections: number[] = [];
    for (let k = first; k <= last; k++) {
      const size = Math.abs(values[at + k]!) >> low;
      if (!size) {
        run++;
        continue;
      }
      for (; run > 15 && k <= lastNew; run -= 16) {
        this.writeRun(table);
        this.sink.symbol(table, 0xf0);
        this.writeCorrections(corrections);
        corrections = [];
      }
      if (size > 1) {
        corrections.push(size & 1);
        continue;
      }
      this.writeRun(table);
      this.sink.symbol(table, (run << 4) | 1);
      this.sink.bits(values[at + k]! < 0 ? 0 : 1, 1);
      this.writeCorrections(corrections);
      [corrections, run] = [[], 0];
    }
    if (!run && !corrections.length) return;
    this.endOfBandRun++;
    this.corrections.push(...corrections);
    if (this.endOfBandRun === LONGEST_RUN || this.corrections.length > MOST_CORRECTIONS) this.writeRun(table);
  }

  private writeRun(table: number): void {
    if (!this.endOfBandRun) return;
    const size = 31 - Math.clz32(this.endOfBandRun);
    this.sink.symbol(table, size << 4);
    this.sink.bits(this.endOfBandRun, size);
    this.writeCorrections(this.corrections);
    this.endOfBandRun = 0;
    this.corrections = [];
  }

  private writeCorrections(corrections: number[]): void {
    for (const bit of corrections) this.sink.bits(bit, 1);
  }
}

function towardsZero(value: number, low: number): number {
  return value < 0 ? -(-value >> low) : value >> low;
}
