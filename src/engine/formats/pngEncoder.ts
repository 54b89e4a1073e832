/**
 * Writes PNG. The browser's own encoder is made for speed: it keeps an alpha channel that nobody needs, chooses no
 * filters and makes a photo half as large again as it was.
 */
import { readPixels, type Pixels } from '../pixels';
import type { Chunk } from './png';

type Context = OffscreenCanvasRenderingContext2D;

/** Rows held in memory at once. */
const STRIP = 256;
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** PNG's colour types with 8 bits a channel, by the number of channels; this writes no grey with alpha. */
const COLOUR_TYPES = { 1: 0, 3: 2, 4: 6 } as const;
type Channels = keyof typeof COLOUR_TYPES;

/**
 * What the canvas shows, as grey, RGB or RGBA, whichever is enough.
 * @param extras what stands in front of the pixels
 */
export async function encodePng(context: Context, extras: readonly Chunk[]): Promise<Blob> {
  const { width, height } = context.canvas;
  const channels = neededChannels(context);
  const header = new Uint8Array(13);
  const fields = new DataView(header.buffer);
  fields.setUint32(0, width);
  fields.setUint32(4, height);
  header.set([8, COLOUR_TYPES[channels]], 8); // bits a channel, colour type; deflate, adaptive filters, not interlaced
  const parts: BlobPart[] = [new Uint8Array(SIGNATURE), chunk('IHDR', header), ...extras.map(({ type, content }) => chunk(type, content))];
  const reader = streamOf(filteredStrips(context, channels)).pipeThrough(new CompressionStream('deflate')).getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) parts.push(chunk('IDAT', read.value));
  parts.push(chunk('IEND', new Uint8Array()));
  return new Blob(parts, { type: 'image/png' });
}

function streamOf<T>(items: Generator<T>): ReadableStream<T> {
  return new ReadableStream({
    pull(controller) {
      const { value, done } = items.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

function* strips(context: Context): Generator<Pixels> {
  const { width, height } = context.canvas;
  for (let y = 0; y < height; y += STRIP) yield readPixels(context, { x: 0, y, width, height: Math.min(STRIP, height - y) });
}

function neededChannels(context: Context): Channels {
  let channels: Channels = 1;
  for (const { data } of strips(context)) {
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 3] !== 255) return 4;
      if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) channels = 3;
    }
  }
  return channels;
}

/** Each row with the number of its filter in front. */
function* filteredStrips(context: Context, channels: Channels): Generator<Uint8Array<ArrayBuffer>> {
  const length = context.canvas.width * channels;
  let previous = new Uint8Array(length);
  let row = new Uint8Array(length);
  const candidates = Array.from({ length: FILTERS }, () => new Uint8Array(length));
  for (const { data, width, height } of strips(context)) {
    const output = new Uint8Array(height * (length + 1));
    for (let y = 0; y < height; y++) {
      copyRow(data, 4 * y * width, row, channels);
      const best = bestFilter(row, previous, channels, candidates);
      output[y * (length + 1)] = best;
      output.set(candidates[best]!, y * (length + 1) + 1);
      [row, previous] = [previous, row];
    }
    yield output;
  }
}

function copyRow(rgba: Uint8ClampedArray, from: number, row: Uint8Array, channels: Channels): void {
  for (let to = 0, at = from; to < row.length; at += 4) {
    for (let channel = 0; channel < channels; channel++, to++) row[to] = rgba[at + channel]!;
  }
}

/** Each of PNG's filters 0 to 4 stores a byte less what is to the left, above, the mean of both, or Paeth's choice. */
const FILTERS = 5;

/** Fills all candidates and returns the one with the least sum of absolute values, as libpng chooses. */
function bestFilter(row: Uint8Array, previous: Uint8Array, channels: number, candidates: Uint8Array[]): number {
  const [none, sub, up, average, paeth] = candidates as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  let [noneSum, subSum, upSum, averageSum, paethSum] = [0, 0, 0, 0, 0];
  for (let i = 0; i < row.length; i++) {
    const value = row[i]!;
    const above = previous[i]!;
    const left = i < channels ? 0 : row[i - channels]!;
    const corner = i < channels ? 0 : previous[i - channels]!;
    noneSum += magnitude((none[i] = value));
    subSum += magnitude((sub[i] = (value - left) & 0xff));
    upSum += magnitude((up[i] = (value - above) & 0xff));
    averageSum += magnitude((average[i] = (value - ((left + above) >> 1)) & 0xff));
    paethSum += magnitude((paeth[i] = (value - paethPrediction(left, above, corner)) & 0xff));
  }
  const sums = [noneSum, subSum, upSum, averageSum, paethSum];
  return sums.indexOf(Math.min(...sums));
}

/** Of a byte that stands for a signed difference. */
function magnitude(byte: number): number {
  return byte < 128 ? byte : 256 - byte;
}

function paethPrediction(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner);
  const toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/** Length, type, content and checksum. */
function chunk(type: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(content.length + 12);
  const fields = new DataView(result.buffer);
  fields.setUint32(0, content.length);
  for (let i = 0; i < 4; i++) result[4 + i] = type.charCodeAt(i);
  result.set(content, 8);
  fields.setUint32(content.length + 8, crc32(result.subarray(4, content.length + 8)));
  return result;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
