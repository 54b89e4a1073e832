/**
 * Writes a JPEG from its quantised coefficients with the source's own tables, sampling, restart intervals and scans, and
 * Huffman tables that fit (ITU-T T.81, annexes F and G).
 */
import { concatenate, view } from '../bytes';
import { type Component, eachBlock, type JpegImage, type Scan, sizeOf } from './coefficients';
import { codesOf, type HuffmanCodes, optimalTable } from './huffman';
import { MARKER, writeSegment } from './segments';

/** A run of blocks without anything in a band is written at the latest when it, or its correction bits, come to this. */
const LONGEST_RUN = 0x7fff;
const MOST_CORRECTIONS = 937;

/** @param extras segments between the start of the image and its tables, as they are to stand in the file */
export function writeJpeg(image: JpegImage, extras: Uint8Array[]): Uint8Array<ArrayBuffer>[] {
  const parts = [Uint8Array.of(0xff, MARKER.startOfImage), ...extras.map((extra) => extra as Uint8Array<ArrayBuffer>)];
  image.quantisation.forEach((table, number) => table && parts.push(quantisationSegment(table, number)));
  parts.push(writeSegment(image.frame.marker, image.frame.content));
  let restartInterval = 0;
  for (const scan of image.scans) {
    if (scan.restartInterval !== restartInterval) {
      restartInterval = scan.restartInterval;
      parts.push(writeSegment(MARKER.restartInterval, Uint8Array.of(restartInterval >> 8, restartInterval & 0xff)));
    }
    parts.push(...writeScan(image, scan));
  }
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

/** Luma's tables have number 0, those of all other components number 1. */
const tableOf = (component: number): 0 | 1 => (component === 0 ? 0 : 1);

function writeScan(image: JpegImage, scan: Scan): Uint8Array<ArrayBuffer>[] {
  const counter = new SymbolCounter();
  codeScan(image, scan, counter);
  const writer = new BitWriter();
  const tables: Uint8Array[] = [];
  counter.frequencies.forEach((frequencies, i) => {
    if (!frequencies.some((frequency) => frequency > 0)) return;
    const table = optimalTable(frequencies);
    writer.codes[i] = codesOf(table);
    tables.push(Uint8Array.of(((i >> 1) << 4) | (i & 1)), table.counts, table.symbols);
  });
  codeScan(image, scan, writer);
  const components = scan.components.flatMap((index) => [image.components[index]!.id, (tableOf(index) << 4) | tableOf(index)]);
  const head = [scan.components.length, ...components, scan.first, scan.last, (scan.high << 4) | scan.low];
  return [
    ...(tables.length ? [writeSegment(MARKER.huffmanTables, concatenate(tables))] : []),
    writeSegment(MARKER.startOfScan, Uint8Array.from(head)),
    ...writer.finish(),
  ];
}

/** Where symbols and bits go: first to be counted, then to be written. */
interface Sink {
  /** @param table 0 and 1: DC, 2 and 3: AC */
  symbol(table: number, symbol: number): void;
  bits(value: number, number: number): void;
  restart(): void;
}

class SymbolCounter implements Sink {
  readonly frequencies = Array.from({ length: 4 }, () => new Uint32Array(256));

  symbol(table: number, symbol: number): void {
    this.frequencies[table]![symbol]!++;
  }

  bits(): void {}

  restart(): void {}
}

/** Bytes held in one piece. */
const PIECE = 1 << 16;

class BitWriter implements Sink {
  readonly codes: HuffmanCodes[] = [];
  private readonly pieces: Uint8Array<ArrayBuffer>[] = [];
  private piece = new Uint8Array(PIECE);
  private at = 0;
  private buffer = 0;
  private count = 0;
  private restarts = 0;

  symbol(table: number, symbol: number): void {
    const { code, length } = this.codes[table]!;
    this.bits(code[symbol]!, length[symbol]!);
  }

  bits(value: number, number: number): void {
    this.buffer = (this.buffer << number) | (value & ((1 << number) - 1));
    this.count += number;
    while (this.count >= 8) {
      this.count -= 8;
      const byte = (this.buffer >>> this.count) & 0xff;
      this.byte(byte);
      if (byte === 0xff) this.byte(0);
    }
  }

  restart(): void {
    this.flush();
    this.byte(0xff);
    this.byte(0xd0 + (this.restarts++ & 7));
  }

  finish(): Uint8Array<ArrayBuffer>[] {
    this.flush();
    return [...this.pieces, this.piece.subarray(0, this.at)];
  }

  /** Fills the last byte with ones. */
  private flush(): void {
    if (this.count) this.bits(0xff, 8 - this.count);
  }

  private byte(value: number): void {
    if (this.at === PIECE) {
      this.pieces.push(this.piece);
      this.piece = new Uint8Array(PIECE);
      this.at = 0;
    }
    this.piece[this.at++] = value;
  }
}

function codeScan(image: JpegImage, scan: Scan, sink: Sink): void {
  const encoder = new ScanEncoder(image.progressive, scan, sink);
  eachBlock(image, scan, {
    restart: () => encoder.restart(),
    block: ({ coefficients }: Component, at, place) => encoder.block(coefficients, at, place),
  });
  encoder.finish();
}

class ScanEncoder {
  private readonly predicted = [0, 0, 0, 0];
  private endOfBandRun = 0;
  /** Bits that refine coefficients of the blocks in that run. */
  private corrections: number[] = [];

  constructor(
    private readonly progressive: boolean,
    private readonly scan: Scan,
    private readonly sink: Sink,
  ) {}

  restart(): void {
    this.finish();
    this.sink.restart();
    this.predicted.fill(0);
  }

  finish(): void {
    this.writeRun(2 + tableOf(this.scan.components[0]!));
  }

  block(values: Int16Array, at: number, place: number): void {
    const { first, high, low, components } = this.scan;
    const dc = tableOf(components[place]!);
    if (!this.progressive) {
      this.dcFirst(values[at]!, place, dc);
      this.acSequential(values, at, 2 + dc);
    } else if (first === 0) {
      if (high === 0) this.dcFirst(values[at]! >> low, place, dc);
      else this.sink.bits((values[at]! >> low) & 1, 1);
    } else if (high === 0) this.acFirst(values, at, 2 + dc);
    else this.acRefine(values, at, 2 + dc);
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
