/**
 * Reads a scan: decodes its blocks, and says which of its bits can stay as they are where only some of its units change
 * (ITU-T T.81, annexes F.2 and G.2). Changes nothing.
 */
import { Unreadable } from '../unreadable';
import { BitReader, type EntropyCoded } from './bits';
import type { HuffmanDecoder, HuffmanTables } from './huffman';
import { type JpegImage, placeOf, type Scan, type UnitBlock, type Units } from './image';

/** Components in a scan. */
export const MOST_COMPONENTS = 4;

/** The Huffman tables of a component in a scan, as far as there are any. */
export interface Decoders {
  dc: HuffmanDecoder | undefined;
  ac: HuffmanDecoder | undefined;
}

/** Units of a scan one after another, and the bits that code them. */
export interface Piece {
  /** The first unit, and the one after the last. */
  first: number;
  end: number;
  /** Places of the first bit and of the one after the last. */
  from: number;
  to: number;
  /** What each component's first coefficient is told from, where the units may change; null where the bits can stay as they are. */
  predicted: number[] | null;
  /** Whether a restart marker follows. */
  restarts: boolean;
}

/** A scan as it stands in a file whose coefficients change in some pieces of it. */
export interface ScanSource {
  data: EntropyCoded;
  pieces: readonly Piece[];
  /** All that there were when it began. */
  tables: HuffmanTables;
  /** Of each of its components. */
  numbers: readonly TableNumbers[];
}

/** Of the Huffman tables of a component. */
export interface TableNumbers {
  dc: number;
  ac: number;
}

interface Job {
  image: JpegImage;
  scan: Scan;
  units: Units;
  /** Of the scan's components. */
  decoders: readonly Decoders[];
  source: EntropyCoded;
  /** Which units are to change; null: all blocks are kept, and no pieces are told. */
  touched: Uint8Array | null;
  /** Hears of each row of units that is begun. */
  onRow(row: number): void;
}

/**
 * Throws `Unreadable`, or a `RangeError`, where the data are damaged or cut off. Of a sequential scan only those blocks are kept that are in pieces
 * that may change; of others all, for later scans go by them.
 * @returns the scan from its first unit to its last
 */
export function readScan(job: Job): Piece[] {
  return new ScanReader(job).read();
}

class ScanReader {
  private readonly reader: BitReader;
  private readonly predicted = new Int32Array(MOST_COMPONENTS);
  /** Blocks still to come that have nothing more in this band. */
  private endOfBandRun = 0;
  private interval = 0;
  private readonly pieces: Piece[] = [];
  /** Where the piece begins that is being read, and whether it may change. */
  private start = { unit: 0, at: 0 };
  private isOpen = false;
  /** Where the next piece may begin: no run of blocks goes on there. */
  private border = { unit: 0, at: 0 };
  /** What was predicted where the piece begins that may change. */
  private opened: number[] = [];
  /** Whether first coefficients are told from those of the block before. */
  private readonly isPredicted: boolean;
  /** Bits that the scan leaves to later ones. */
  private readonly low: number;
  private readonly decodeBlock: (block: UnitBlock, values: Int16Array, at: number) => void;

  constructor(private readonly job: Job) {
    const { image: { progressive }, scan: { first, high, low } } = job;
    this.reader = new BitReader(job.source);
    this.isPredicted = !progressive || (first === 0 && high === 0);
    this.low = progressive ? low : 0;
    this.decodeBlock = this.methodFor(progressive, job.scan);
  }

  private methodFor(progressive: boolean, { first, high }: Scan): typeof this.decodeBlock {
    if (!progressive) return this.sequential;
    if (first === 0) return high === 0 ? this.dcFirst : this.dcRefine;
    return high === 0 ? this.acFirst : this.acRefine;
  }

  read(): Piece[] {
    const { units: { wide, high, blocks }, scan: { restartInterval }, source, onRow } = this.job;
    let end = 8 * source.intervals[0]!.end;
    for (let row = 0, unit = 0; row < high; row++) {
      onRow(row);
      for (let column = 0; column < wide; column++, unit++) {
        if (restartInterval && unit && unit % restartInterval === 0) end = this.restart(unit);
        this.divide(unit);
        for (const block of blocks) this.decodeBlock(block, block.component.coefficients, placeOf(block, column, row));
        if (this.reader.at > end) throw new Unreadable('cut off');
      }
    }
    this.endPiece(wide * high, this.reader.at);
    return this.pieces;
  }

  /** @returns where the data of the next interval end, bits */
  private restart(unit: number): number {
    const { intervals } = this.job.source;
    const { end, marker } = intervals[this.interval]!;
    if (marker !== (this.interval & 7)) throw new Unreadable('restart marker missing');
    this.endPiece(unit, this.reader.at);
    if (this.job.touched) this.pieces.at(-1)!.restarts = true;
    [this.isOpen, this.endOfBandRun, this.reader.at] = [false, 0, 8 * end];
    this.predicted.fill(0);
    this.start = { unit, at: 8 * end };
    this.interval++;
    return 8 * intervals[this.interval]!.end;
  }

  /** Ends a piece before this unit and begins another, where that is what it takes. */
  private divide(unit: number): void {
    const { touched } = this.job;
    if (!touched || this.endOfBandRun) {
      // the run before a unit that changes has to end there
      if (touched?.[unit] && !this.isOpen) this.open();
      return;
    }
    const { at } = this.reader;
    if (this.isOpen && !touched[unit] && !(this.isPredicted && touched[unit - 1])) {
      this.endPiece(unit, at);
      this.isOpen = false;
    }
    [this.border.unit, this.border.at] = [unit, at];
    if (touched[unit] && !this.isOpen) this.open();
  }

  /** From the border on units may change. */
  private open(): void {
    this.endPiece(this.border.unit, this.border.at);
    this.isOpen = true;
    this.opened = this.isPredicted ? [...this.predicted] : [];
  }

  private endPiece(unit: number, at: number): void {
    const { start, isOpen, opened } = this;
    if (this.job.touched) this.pieces.push({ first: start.unit, end: unit, from: start.at, to: at, predicted: isOpen ? opened : null, restarts: false });
    this.start = { unit, at };
  }

  private tablesOf({ place }: UnitBlock): Decoders {
    return this.job.decoders[place]!;
  }

  private sequential(block: UnitBlock, values: Int16Array, at: number): void {
    const { reader } = this;
    const { ac } = this.tablesOf(block);
    if (!ac) throw new Unreadable('no table');
    if (this.job.touched && !this.isOpen) {
      this.predicted[block.place]! += this.difference(block);
      return reader.skipBlock(ac);
    }
    this.dcFirst(block, values, at);
    for (let k = 1; k < 64; k++) {
      const symbol = reader.symbol(ac);
      const size = symbol & 15;
      if (!size && symbol !== 0xf0) return;
      k += symbol >> 4;
      if (size) values[at + Math.min(k, 63)] = reader.signed(size); // beyond the last is the last, as in libjpeg
    }
  }

  private difference(block: UnitBlock): number {
    const { dc } = this.tablesOf(block);
    if (!dc) throw new Unreadable('no table');
    const size = this.reader.symbol(dc);
    if (size > 15) throw new Unreadable('no such size');
    return this.reader.signed(size);
  }

  private dcFirst(block: UnitBlock, values: Int16Array, at: number): void {
    this.predicted[block.place]! += this.difference(block);
    values[at] = this.predicted[block.place]! << this.low;
  }

  private dcRefine(_: UnitBlock, values: Int16Array, at: number): void {
    if (this.reader.bits(1)) values[at]! |= 1 << this.low;
  }

  private acFirst(block: UnitBlock, values: Int16Array, at: number): void {
    if (this.endOfBandRun > 0) {
      this.endOfBandRun--;
      return;
    }
    const { reader } = this;
    const { ac } = this.tablesOf(block);
    if (!ac) throw new Unreadable('no table');
    const { low, job: { scan: { first, last } } } = this;
    for (let k = first; k <= last; k++) {
      const symbol = reader.symbol(ac);
      const [run, size] = [symbol >> 4, symbol & 15];
      if (!size && run < 15) {
        this.endOfBandRun = (1 << run) - 1 + reader.bits(run);
        return;
      }
      k += run;
      if (size) values[at + Math.min(k, 63)] = reader.signed(size) << low;
    }
  }

  private acRefine(block: UnitBlock, values: Int16Array, at: number): void {
    const { reader } = this;
    const { ac } = this.tablesOf(block);
    if (!ac) throw new Unreadable('no table');
    const { low, job: { scan: { first, last } } } = this;
    let k = first;
    while (this.endOfBandRun === 0 && k <= last) {
      const symbol = reader.symbol(ac);
      let run = symbol >> 4;
      if (!(symbol & 15) && run < 15) {
        this.endOfBandRun = (1 << run) + reader.bits(run);
        break;
      }
      const value = symbol & 15 ? (reader.bits(1) ? 1 << low : -1 << low) : 0;
      // over as many zeros as the run says, refining what is not zero on the way
      for (; k <= last; k++) {
        if (values[at + k]) this.refine(values, at + k, low);
        else if (--run < 0) break;
      }
      if (value && k <= last) values[at + k] = value;
      k++;
    }
    if (this.endOfBandRun === 0) return;
    for (; k <= last; k++) if (values[at + k]) this.refine(values, at + k, low);
    this.endOfBandRun--;
  }

  private refine(values: Int16Array, at: number, low: number): void {
    if (this.reader.bits(1)) values[at]! += values[at]! > 0 ? 1 << low : -1 << low;
  }
}
