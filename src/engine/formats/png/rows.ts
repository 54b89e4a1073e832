/**
 * The pixels of a PNG as its rows of samples: unpacked and packed again row by row, so that no more than a row of them is in
 * memory at a time; a row that does not change, under one that does not, is packed as it was filtered. The browser's own encoder knows 8 bits and RGBA alone, and packs for speed.
 */
import { concatenate } from '../bytes';
import { Unreadable } from '../unreadable';

/** What the header (IHDR) says of the samples. */
export interface Layout {
  width: number;
  height: number;
  /** Bits a sample. */
  depth: number;
  colourType: number;
  interlaced: boolean;
}

/** Samples a pixel, by colour type: grey, RGB, number of a colour, grey with alpha, RGB with alpha. */
const CHANNELS: Partial<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

export function channelsOf({ colourType }: Layout): number {
  const channels = CHANNELS[colourType];
  if (!channels) throw new Unreadable('colour type');
  return channels;
}

/** Which of the picture's pixels are in a pass: all, or a grid of Adam7. */
interface Pass {
  x: number;
  y: number;
  stepX: number;
  stepY: number;
}

const WHOLE: readonly Pass[] = [{ x: 0, y: 0, stepX: 1, stepY: 1 }];
const ADAM7: readonly Pass[] = [
  { x: 0, y: 0, stepX: 8, stepY: 8 },
  { x: 4, y: 0, stepX: 8, stepY: 8 },
  { x: 0, y: 4, stepX: 4, stepY: 8 },
  { x: 2, y: 0, stepX: 4, stepY: 4 },
  { x: 0, y: 2, stepX: 2, stepY: 4 },
  { x: 1, y: 0, stepX: 2, stepY: 2 },
  { x: 0, y: 1, stepX: 1, stepY: 2 },
];

/** What goes through zlib does so in pieces of about this many bytes. */
const PIECE = 1 << 16;

export interface Row {
  /** As packed in the file. To be changed in place; may not be looked at in a row that does not change. */
  samples: Uint8Array;
  /** Those, behind as many zeros as bytes of a pixel. */
  padded: Uint8Array;
  /** What they were packed as. */
  filtered: Uint8Array;
  /** Whether they are to change. */
  isTouched: boolean;
  /** Pixels in it. */
  length: number;
  /** In the picture: of the first pixel, and the step from one to the next. */
  x: number;
  y: number;
  stepX: number;
  /** Number of the filter that it was packed with. */
  filter: number;
  /** Number of its pass. */
  pass: number;
}

/**
 * Unpacks, lets `change` have each row that is to change, and packs again. Throws `Unreadable` where the data are damaged.
 * @param packed pieces of the zlib stream
 * @param isTouched whether a row of the picture is to change; all unless told
 * @returns pieces of the new one
 */
export async function changeRows(
  packed: readonly Uint8Array[],
  layout: Layout,
  change: (row: Row) => void,
  isTouched: (y: number) => boolean = () => true,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const rows = filterAgain(changed(unpack(packed, layout, isTouched), change), layout);
  const reader = streamOf(rows).pipeThrough(new CompressionStream('deflate')).getReader();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (let read = await reader.read(); !read.done; read = await reader.read()) pieces.push(read.value);
  return pieces;
}

/** Calls `use` with each row. */
export async function readRows(packed: readonly Uint8Array[], layout: Layout, use: (row: Row) => void): Promise<void> {
  for await (const row of unpack(packed, layout, () => true)) use(row);
}

async function* changed(rows: AsyncIterable<Row>, change: (row: Row) => void): AsyncGenerator<Row> {
  for await (const row of rows) {
    if (row.isTouched) change(row);
    yield row;
  }
}

function streamOf(items: Iterator<Uint8Array<ArrayBuffer>> | AsyncIterator<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await items.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

function passesOf({ width, height, interlaced }: Layout): (Pass & { length: number; rows: number })[] {
  const passes = (interlaced ? ADAM7 : WHOLE).map((pass) => {
    return { ...pass, length: Math.ceil((width - pass.x) / pass.stepX), rows: Math.ceil((height - pass.y) / pass.stepY) };
  });
  return passes.filter(({ length, rows }) => length > 0 && rows > 0);
}

/** Bytes from a sample to the one that its filter looks back to. */
function distanceOf(layout: Layout): number {
  return Math.max(1, (channelsOf(layout) * layout.depth) >> 3);
}

const LAST_FILTER = 4;

async function* unpack(packed: readonly Uint8Array[], layout: Layout, isTouched: (y: number) => boolean): AsyncGenerator<Row> {
  const inflated = new Inflated(packed);
  const distance = distanceOf(layout);
  for (const [pass, { x, y, stepX, stepY, length, rows }] of passesOf(layout).entries()) {
    const size = Math.ceil((length * channelsOf(layout) * layout.depth) / 8);
    const touched = Array.from({ length: rows }, (_, row) => isTouched(y + row * stepY));
    const needed = touched.lastIndexOf(true) + 1; // the row below one that changes is filtered again
    let previous: Uint8Array = new Uint8Array(distance + size);
    for (let row = 0; row < rows; row++) {
      const filter = (await inflated.take(1))[0]!;
      const filtered = (await inflated.take(size)).slice();
      if (filter > LAST_FILTER) throw new Unreadable('filter');
      const padded = new Uint8Array(distance + size);
      padded.set(filtered, distance);
      if (row <= needed) unfilter(filter, padded, previous, distance);
      previous = padded.slice(); // the caller changes its own
      yield { samples: padded.subarray(distance), padded, filtered, isTouched: touched[row]!, length, x, y: y + row * stepY, stepX, filter, pass };
    }
  }
  inflated.close();
}

/** A Blob's stream would cut them as well, from a copy of them all. */
function* inPieces(packed: readonly Uint8Array[]): Generator<Uint8Array<ArrayBuffer>> {
  for (const part of packed) for (let at = 0; at < part.length; at += PIECE) yield part.subarray(at, at + PIECE) as Uint8Array<ArrayBuffer>;
}

/** A zlib stream, as many bytes at a time as are wanted. */
class Inflated {
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private rest: Uint8Array = new Uint8Array();

  constructor(packed: readonly Uint8Array[]) {
    this.reader = streamOf(inPieces(packed)).pipeThrough(new DecompressionStream('deflate')).getReader();
  }

  async take(length: number): Promise<Uint8Array> {
    if (this.rest.length < length) await this.fill(length);
    const taken = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(length);
    return taken;
  }

  private async fill(length: number): Promise<void> {
    const pieces = [this.rest];
    for (let have = this.rest.length; have < length; ) {
      const { value, done } = await this.reader.read().catch((cause: unknown) => {
        throw new Unreadable('damaged', { cause });
      });
      if (done) throw new Unreadable('cut off');
      pieces.push(value);
      have += value.length;
    }
    this.rest = concatenate(pieces);
  }

  close(): void {
    void this.reader.cancel().catch(() => undefined);
  }
}

/** Each row with the number of its filter in front: the one that the source's encoder chose for it. */
async function* filterAgain(rows: AsyncIterable<Row>, layout: Layout): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const distance = distanceOf(layout);
  let [piece, used] = [new Uint8Array(PIECE), 0];
  let above: Row | null = null;
  for await (const row of rows) {
    const { filtered, padded, filter, pass, isTouched } = row;
    const size = filtered.length;
    if (used + size + 1 > piece.length) {
      if (used) yield piece.subarray(0, used);
      [piece, used] = [new Uint8Array(Math.max(PIECE, size + 1)), 0];
    }
    piece[used] = filter;
    const own = piece.subarray(used + 1, used + 1 + size);
    if (above?.pass !== pass) above = null;
    if (isTouched || above?.isTouched) filterRow(filter, padded, above?.padded ?? new Uint8Array(padded.length), distance, own);
    else own.set(filtered);
    used += size + 1;
    above = row;
  }
  yield piece.subarray(0, used);
}

/** PNG's filters 1 to 4 take a byte for the one to the left, above, the mean of both, or Paeth's choice. @param row, previous behind zeros */
function filterRow(filter: number, row: Uint8Array, previous: Uint8Array, distance: number, output: Uint8Array): void {
  const { length } = output;
  if (filter === 0) output.set(row.subarray(distance));
  else if (filter === 1) for (let i = 0; i < length; i++) output[i] = row[i + distance]! - row[i]!;
  else if (filter === 2) for (let i = 0; i < length; i++) output[i] = row[i + distance]! - previous[i + distance]!;
  else if (filter === 3) for (let i = 0; i < length; i++) output[i] = row[i + distance]! - ((row[i]! + previous[i + distance]!) >> 1);
  else for (let i = 0; i < length; i++) output[i] = row[i + distance]! - paethPrediction(row[i]!, previous[i + distance]!, previous[i]!);
}

/** In place. @param row, previous behind zeros */
function unfilter(filter: number, row: Uint8Array, previous: Uint8Array, distance: number): void {
  const { length } = row;
  if (filter === 1) for (let i = distance; i < length; i++) row[i]! += row[i - distance]!;
  else if (filter === 2) for (let i = distance; i < length; i++) row[i]! += previous[i]!;
  else if (filter === 3) for (let i = distance; i < length; i++) row[i]! += (row[i - distance]! + previous[i]!) >> 1;
  else if (filter === 4) for (let i = distance; i < length; i++) row[i]! += paethPrediction(row[i - distance]!, previous[i]!, previous[i - distance]!);
}

function paethPrediction(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}
