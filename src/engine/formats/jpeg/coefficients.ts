/**
 * Reads a JPEG down to its quantised DCT coefficients, without decoding it to pixels: baseline, extended and progressive
 * Huffman files with 8 bits a sample (ITU-T T.81).
 */
import { view } from '../bytes';
import { HuffmanDecoder, type HuffmanTable } from './huffman';
import { isFrameHeader, MARKER, nextSegment, type Segment } from './segments';
import { isUnreadable, Unreadable } from '../unreadable';

/** Of a coefficient, of either sign. */
export const LARGEST_COEFFICIENT = 1023;

/** Bits that a coefficient's value takes beside its Huffman code. */
export function sizeOf(value: number): number {
  return 32 - Math.clz32(Math.abs(value));
}

export interface Component {
  id: number;
  /** Sampling factors: blocks in an interleaved unit. */
  h: number;
  v: number;
  /** Number of its quantisation table. */
  table: number;
  /** Blocks that hold the picture. */
  blocksWide: number;
  blocksHigh: number;
  /** Blocks in a stored row: those, filled up to whole units. */
  stride: number;
  /** Block by block in rows of `stride`, each 64 in zigzag order. */
  coefficients: Int16Array;
}

/** Which coefficients a scan codes: of which components, from `first` to `last`, bits above `low` (below `high`, if not 0). */
export interface Scan {
  components: number[];
  first: number;
  last: number;
  high: number;
  low: number;
  restartInterval: number;
}

export interface JpegImage {
  width: number;
  height: number;
  /** Marker and content of the frame header. */
  frame: Segment;
  progressive: boolean;
  components: Component[];
  /** Units of an interleaved scan. */
  unitsWide: number;
  unitsHigh: number;
  scans: Scan[];
  /** By number, 64 in zigzag order. */
  quantisation: (Uint16Array | undefined)[];
  /** Application data and comments before the first scan, as they stand in the file. */
  extras: Segment[];
}

/** Throws `Unreadable`. */
export function readJpeg(bytes: Uint8Array): JpegImage {
  const reader = new JpegReader(bytes);
  try {
    return reader.read();
  } catch (error) {
    if (error instanceof RangeError) throw new Unreadable('cut off', { cause: error });
    throw error;
  }
}

/** How much of a picture that may be damaged or cut off a page shows: any of it, which is a row of units at least, and all of it. */
export function extentOf(bytes: Uint8Array): 'none' | 'part' | 'whole' {
  const reader = new JpegReader(bytes);
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
  private readonly decoders: { dc: HuffmanDecoder[]; ac: HuffmanDecoder[] } = { dc: [], ac: [] };
  private restartInterval = 0;

  constructor(private readonly bytes: Uint8Array) {}

  read(): JpegImage {
    for (let segment = nextSegment(this.bytes, 2); segment; segment = nextSegment(this.bytes, segment.end)) {
      const { marker, content } = segment;
      if (isFrameHeader(marker)) this.image = this.readFrame(segment);
      else if (marker === MARKER.quantisation) this.readQuantisation(content);
      else if (marker === MARKER.huffmanTables) this.readHuffmanTables(content);
      else if (marker === MARKER.restartInterval) this.restartInterval = view(content).getUint16(0);
      else if (marker === MARKER.startOfScan) this.readScan(segment);
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
      this.decoders[content[at]! >> 4 ? 'ac' : 'dc'][content[at]! & 15] = new HuffmanDecoder(table);
      at += 17 + total;
    }
  }

  private readScan({ content, end }: Segment): void {
    const { image } = this;
    if (!image) throw new Unreadable('scan before frame');
    const number = content[0]!;
    const chosen = Array.from({ length: number }, (_, i) => {
      const index = image.components.findIndex(({ id }) => id === content[1 + 2 * i]);
      if (index < 0) throw new Unreadable('unknown component');
      const tables = content[2 + 2 * i]!;
      return { index, dc: this.decoders.dc[tables >> 4], ac: this.decoders.ac[tables & 15] };
    });
    const [first, last, bits] = [...content.subarray(1 + 2 * number, 4 + 2 * number)] as [number, number, number];
    const scan: Scan = {
      components: chosen.map(({ index }) => index),
      first,
      last,
      high: bits >> 4,
      low: bits & 15,
      restartInterval: this.restartInterval,
    };
    if (last > 63 || first > last || (image.progressive && first > 0 && number > 1)) throw new Unreadable('odd scan');
    image.scans.push(scan);
    const decoder = new ScanDecoder(new BitReader(this.bytes, end), image.progressive, scan);
    eachBlock(image, scan, {
      restart: () => decoder.restart(),
      block: (component, at, place) => {
        const { dc, ac } = chosen[place]!;
        this.hasRow ||= at >= 64 * component.v * component.stride;
        decoder.block(component.coefficients, at, place, dc, ac);
      },
    });
  }
}

export interface BlockVisitor {
  /** Between two restart intervals. */
  restart(): void;
  /**
   * @param at where the block's coefficients begin
   * @param place of the component in the scan
   */
  block(component: Component, at: number, place: number): void;
}

/** The blocks of a scan in the order in which they are coded. */
export function eachBlock(image: JpegImage, { components, restartInterval }: Scan, visitor: BlockVisitor): void {
  const scanned = components.map((index) => image.components[index]!);
  const single = scanned.length === 1 ? scanned[0]! : null;
  const [wide, high] = single ? [single.blocksWide, single.blocksHigh] : [image.unitsWide, image.unitsHigh];
  for (let row = 0, unit = 0; row < high; row++) {
    for (let column = 0; column < wide; column++, unit++) {
      if (restartInterval && unit && unit % restartInterval === 0) visitor.restart();
      if (single) {
        visitor.block(single, 64 * (row * single.stride + column), 0);
        continue;
      }
      scanned.forEach((component, place) => {
        for (let y = row * component.v; y < (row + 1) * component.v; y++) {
          for (let x = column * component.h; x < (column + 1) * component.h; x++) {
            visitor.block(component, 64 * (y * component.stride + x), place);
          }
        }
      });
    }
  }
}

class ScanDecoder {
  private readonly predicted = [0, 0, 0, 0];
  /** Blocks still to come that have nothing more in this band. */
  private endOfBandRun = 0;

  constructor(
    private readonly reader: BitReader,
    private readonly progressive: boolean,
    private readonly scan: Scan,
  ) {}

  restart(): void {
    this.reader.restart();
    this.predicted.fill(0);
    this.endOfBandRun = 0;
  }

  block(values: Int16Array, at: number, place: number, dc: HuffmanDecoder | undefined, ac: HuffmanDecoder | undefined): void {
    const { first, high, low } = this.scan;
    if (!this.progressive) {
      this.dcFirst(values, at, place, dc, 0);
      this.acSequential(values, at, ac);
    } else if (first === 0) {
      if (high === 0) this.dcFirst(values, at, place, dc, low);
      else if (this.reader.bits(1)) values[at]! |= 1 << low;
    } else if (high === 0) this.acFirst(values, at, ac);
    else this.acRefine(values, at, ac);
  }

  private dcFirst(values: Int16Array, at: number, place: number, dc: HuffmanDecoder | undefined, low: number): void {
    this.predicted[place]! += this.reader.signed(this.reader.symbol(dc));
    values[at] = this.predicted[place]! << low;
  }

  private acSequential(values: Int16Array, at: number, ac: HuffmanDecoder | undefined): void {
    for (let k = 1; k < 64; k++) {
      const symbol = this.reader.symbol(ac);
      const size = symbol & 15;
      if (!size && symbol !== 0xf0) return;
      k += symbol >> 4;
      if (size && k < 64) values[at + k] = this.reader.signed(size);
    }
  }

  private acFirst(values: Int16Array, at: number, ac: HuffmanDecoder | undefined): void {
    if (this.endOfBandRun > 0) {
      this.endOfBandRun--;
      return;
    }
    const { first, last, low } = this.scan;
    for (let k = first; k <= last; k++) {
      const symbol = this.reader.symbol(ac);
      const [run, size] = [symbol >> 4, symbol & 15];
      if (!size && run < 15) {
        this.endOfBandRun = (1 << run) - 1 + this.reader.bits(run);
        return;
      }
      k += run;
      if (size && k < 64) values[at + k] = this.reader.signed(size) << low;
    }
  }

  private acRefine(values: Int16Array, at: number, ac: HuffmanDecoder | undefined): void {
    const { first, last, low } = this.scan;
    let k = first;
    while (this.endOfBandRun === 0 && k <= last) {
      const symbol = this.reader.symbol(ac);
      let run = symbol >> 4;
      if (!(symbol & 15) && run < 15) {
        this.endOfBandRun = (1 << run) + this.reader.bits(run);
        break;
      }
      const value = symbol & 15 ? (this.reader.bits(1) ? 1 << low : -1 << low) : 0;
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

/** Bits of entropy-coded data, highest first. */
class BitReader {
  private buffer = 0;
  private count = 0;
  /** Bits in the buffer that the data did not hold. */
  private invented = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
  ) {}

  symbol(decoder: HuffmanDecoder | undefined): number {
    this.fill();
    const found = decoder?.find((this.buffer >>> (this.count - 16)) & 0xffff);
    if (!found) throw new Unreadable('no such code');
    this.take(found >> 8);
    return found & 0xff;
  }

  /** @param number up to 16 */
  bits(number: number): number {
    if (!number) return 0;
    this.fill();
    const value = (this.buffer >>> (this.count - number)) & ((1 << number) - 1);
    this.take(number);
    return value;
  }

  /** A signed value of so many bits. */
  signed(size: number): number {
    const value = this.bits(size);
    return size && value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
  }

  /** Goes on behind the next restart marker. */
  restart(): void {
    [this.buffer, this.count, this.invented] = [0, 0, 0];
    while (this.bytes[this.at] === 0xff && this.bytes[this.at + 1] === 0xff) this.at++;
    const marker = this.bytes[this.at + 1]!;
    if (this.bytes[this.at] !== 0xff || marker < 0xd0 || marker > 0xd7) throw new Unreadable('restart marker missing');
    this.at += 2;
  }

  private take(number: number): void {
    this.count -= number;
    if (this.count < this.invented) throw new Unreadable('cut off');
  }

  /** At least 16 bits, with zeros beyond the data's end. */
  private fill(): void {
    while (this.count < 17) {
      const byte = this.bytes[this.at];
      if (byte === undefined || (byte === 0xff && this.bytes[this.at + 1] !== 0)) {
        this.buffer <<= 8;
        this.invented += 8;
      } else {
        this.buffer = (this.buffer << 8) | byte;
        this.at += byte === 0xff ? 2 : 1;
      }
      this.count += 8;
    }
  }
}
