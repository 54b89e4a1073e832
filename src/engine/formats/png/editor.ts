/**
 * Changes a PNG, still or animated, where its picture changes: the difference is added to the very samples of the file, 1 to 16
 * bits deep, and everything else – kind of pixels, palette, transparency, interlacing, filters – stays as it is.
 */
import { view } from '../bytes';
import { type Change, STEPS_PER_LEVEL } from '../change';
import { changeIndexed } from '../indexed';
import { behindEnd, type Chunk, END, isPictureChunk, keptContent, pngChunks, readPngHeader, SIGNATURE, writeChunk } from './chunks';
import { changeRows, channelsOf, type Layout, readRows, type Row } from './rows';
import type { MetadataEditor } from '../../metadata/metadata';
import type { Size } from '../../pixels';
import { Unreadable } from '../unreadable';

/** Throws `Unreadable` where it is damaged. */
export async function editPng(bytes: Uint8Array, changes: readonly Change[], metadata: MetadataEditor): Promise<BlobPart[]> {
  const editor = new PngEditor(bytes);
  await editor.change(0, changes);
  return editor.finish(metadata);
}

/** Pictures that nobody sees where nothing, or too late, says that it is an animation. */
const ANIMATION = ['acTL', 'fcTL', 'fdAT'];

interface Frame extends Size {
  /** In the whole picture. */
  x: number;
  y: number;
  /** Pieces of its zlib stream. */
  packed: Uint8Array[];
}

/** A PNG whose frames are changed one by one; a still picture is one frame. */
export class PngEditor {
  private readonly chunks: Chunk[];
  private readonly layout: Layout;
  private readonly frames: Frame[] = [];
  private readonly isAnimated: boolean;
  private palette: Uint8Array;
  /** Alpha of the palette's colours, or the colour that is transparent. */
  private transparency: Uint8Array | undefined;
  private readonly sourceTransparency: Uint8Array | undefined;

  constructor(private readonly bytes: Uint8Array) {
    this.isAnimated = readPngHeader(bytes).animated;
    this.chunks = [...pngChunks(bytes)].filter(({ type }) => this.isAnimated || !ANIMATION.includes(type));
    const header = this.first('IHDR');
    if (!header || header.length < 13) throw new Unreadable('no header');
    const size = { width: view(header).getUint32(0), height: view(header).getUint32(4) };
    this.layout = { ...size, depth: header[8]!, colourType: header[9]!, interlaced: header[12] === 1 };
    const palette = this.first('PLTE') ?? new Uint8Array();
    this.palette = palette.subarray(0, 3 * Math.floor(palette.length / 3));
    this.sourceTransparency = this.first('tRNS', this.layout.colourType === 3 ? 'PLTE' : 'IHDR');
    this.transparency = this.sourceTransparency;
    this.findFrames();
  }

  /** Of its frames. */
  get count(): number {
    return this.frames.length;
  }

  /** The first that counts: between the one it must follow and the picture's data. */
  private first(wanted: string, after = 'IHDR'): Uint8Array | undefined {
    const place = (type: string): number => this.chunks.findIndex((chunk) => chunk.type === type);
    const [start, end] = [place(after), place('IDAT')];
    return this.chunks.slice(Math.max(0, start), end < 0 ? undefined : end).find(({ type }) => type === wanted)?.content;
  }

  /** The frames in the order in which they are shown. */
  private findFrames(): void {
    for (const { type, content } of this.chunks) {
      const data = view(content);
      if (type === 'fcTL') {
        this.frames.push({ width: data.getUint32(4), height: data.getUint32(8), x: data.getUint32(12), y: data.getUint32(16), packed: [] });
      }
      if (type !== 'IDAT' && type !== 'fdAT') continue;
      if (!this.isAnimated && !this.frames.length) this.frames.push({ ...this.layout, x: 0, y: 0, packed: [] });
      // what only those see who do not know animations is a picture of its own, which nobody has looked at
      if (!this.frames.length) throw new Unreadable('hidden picture');
      this.frames.at(-1)!.packed.push(type === 'IDAT' ? content : content.subarray(4));
    }
  }

  /** @param changes in pixels of the whole picture; they count where this frame is what is seen of them */
  async change(number: number, changes: readonly Change[]): Promise<void> {
    const frame = this.frames[number];
    if (!frame) throw new Unreadable('frame missing');
    const own = changes.map((change): Change => ({ ...change, x: change.x - frame.x, y: change.y - frame.y }));
    if (!own.length) return;
    const layout = { ...this.layout, width: frame.width, height: frame.height };
    frame.packed = this.isIndexed ? await this.changeIndices(frame, layout, own) : await this.changeSamples(frame, layout, own);
  }

  /** Greys of less than 8 bits are too few to add to: they are dithered like colours of a palette that cannot change. */
  private get isIndexed(): boolean {
    return this.layout.colourType === 3 || this.layout.depth < 8;
  }

  private async changeIndices(frame: Frame, layout: Layout, changes: readonly Change[]): Promise<Uint8Array[]> {
    const indices = new Uint8Array(layout.width * layout.height);
    const eachPixel = (row: Row, use: (bit: number, pixel: number) => void): void => {
      for (let i = 0, x = row.x; i < row.length; i++, x += row.stepX) use(i * layout.depth, row.y * layout.width + x);
    };
    const mask = (1 << layout.depth) - 1;
    await readRows(frame.packed, layout, (row) =>
      eachPixel(row, (bit, pixel) => (indices[pixel] = (row.samples[bit >> 3]! >> (8 - layout.depth - (bit & 7))) & mask)),
    );
    const isGrey = layout.colourType === 0;
    const key = isGrey && this.transparency ? view(this.transparency).getUint16(0) : -1;
    const palette = isGrey ? greys(1 << layout.depth) : this.palette;
    const lastColour = palette.length / 3 - 1;
    indices.forEach((colour, pixel) => (indices[pixel] = Math.min(colour, lastColour))); // as browsers show what the palette lacks
    const changed = changeIndexed(
      {
        ...layout,
        indices,
        palette,
        mostColours: 1 << layout.depth,
        alphaOf: (colour) => (isGrey ? (colour === key ? 0 : 255) : (this.transparency?.[colour] ?? 255)),
        isFixed: isGrey || this.frames.length > 1, // all frames share one
      },
      changes,
    );
    if (!changed) return frame.packed;
    if (!isGrey) [this.palette, this.transparency] = [changed.palette, this.transparency && changed.alphas];
    return changeRows(frame.packed, layout, (row) => {
      row.samples.fill(0);
      eachPixel(row, (bit, pixel) => (row.samples[bit >> 3]! |= changed.indices[pixel]! << (8 - layout.depth - (bit & 7))));
    });
  }

  private async changeSamples({ packed }: Frame, layout: Layout, changes: readonly Change[]): Promise<Uint8Array[]> {
    const wide = layout.depth === 16 ? await widening(packed, layout) : null;
    const isTouched = (y: number): boolean => changes.some((change) => y >= change.y && y < change.y + change.height);
    return changeRows(packed, layout, (row) => this.addTo(row, changes, wide), isTouched);
  }

  /** @param wide what 16 bits are written for 8, where they tell no more; see `widening` */
  private addTo(row: Row, changes: readonly Change[], wide: Uint16Array | null): void {
    const channels = channelsOf(this.layout);
    const addToPixel = this.adderOf(row.samples, channels, wide);
    for (const { x: left, y: top, width, height, difference } of changes) {
      if (row.y < top || row.y >= top + height) continue;
      const first = Math.max(0, Math.ceil((left - row.x) / row.stepX));
      const end = Math.min(row.length, Math.ceil((left + width - row.x) / row.stepX));
      for (let i = first; i < end; i++) {
        const from = 3 * ((row.y - top) * width + row.x + i * row.stepX - left);
        const [red, green, blue] = [difference[from]! / STEPS_PER_LEVEL, difference[from + 1]! / STEPS_PER_LEVEL, difference[from + 2]! / STEPS_PER_LEVEL];
        if (red || green || blue) addToPixel(i * channels, red, green, blue);
      }
    }
  }

  /** For the samples of a row: adds levels of 255, with their fractions, to the pixel whose first sample has the number `at`. */
  private adderOf(samples: Uint8Array, channels: number, wide: Uint16Array | null): (at: number, red: number, green: number, blue: number) => void {
    const isDeep = this.layout.depth === 16;
    const data = view(samples);
    const read = (i: number): number => (isDeep ? data.getUint16(2 * i) : samples[i]!);
    const write = (i: number, value: number): void => {
      if (isDeep) data.setUint16(2 * i, value);
      else samples[i] = value;
    };
    const add = (i: number, value: number): void => {
      const before = read(i);
      if (wide) write(i, wide[clamped((before >> 8) + value, 255)]!);
      else write(i, isDeep ? clamped(before + 257 * value, 0xffff) : clamped(before + value, 255)); // 255 levels become 65535
    };
    const colours = channels < 3 ? 1 : 3;
    const hasAlpha = channels % 2 === 0;
    const key = !hasAlpha && this.transparency ? view(this.transparency) : null;
    const isKey = (at: number): boolean => {
      for (let i = 0; i < colours; i++) if (read(at + i) !== key!.getUint16(2 * i)) return false;
      return true;
    };
    return (at, red, green, blue) => {
      if (hasAlpha && read(at + channels - 1) === 0) return; // nothing of it is seen
      if (key && isKey(at)) return;
      if (colours === 1) add(at, 0.299 * red + 0.587 * green + 0.114 * blue);
      else {
        add(at, red);
        add(at + 1, green);
        add(at + 2, blue);
      }
      if (key && isKey(at)) write(at, read(at) + (read(at) ? -1 : 1)); // not to become transparent
    };
  }

  async finish(metadata: MetadataEditor): Promise<BlobPart[]> {
    const parts: BlobPart[] = [SIGNATURE];
    let [sequence, frame, isWritten] = [0, this.isAnimated ? -1 : 0, false];
    metadata.behind(behindEnd(this.bytes));
    const written = new Set<string>();
    for (const { type, content } of this.chunks) {
      if (type === 'fcTL') {
        [frame, isWritten] = [frame + 1, false];
        parts.push(...writeChunk({ type, content: numbered(sequence++, content.subarray(4, FRAME_CONTROL_BYTES)) }));
      } else if (type === 'IDAT' || type === 'fdAT') {
        const pieces = isWritten ? [] : this.frames[frame]!.packed;
        for (const piece of pieces) parts.push(...writeChunk({ type, content: type === 'IDAT' ? piece : numbered(sequence++, piece) }));
        isWritten = true;
      } else if (type === 'PLTE') {
        parts.push(...writeChunk({ type, content: this.palette }));
      } else if (type === 'tRNS') {
        if (content === this.sourceTransparency) parts.push(...writeChunk({ type, content: this.transparency! }));
      } else if (type !== 'IEND' && !(isPictureChunk(type) && written.has(type))) {
        written.add(type);
        const kept = await keptContent(type, content, metadata);
        if (kept) parts.push(...writeChunk({ type, content: kept }));
      }
    }
    return [...parts, ...writeChunk(END)];
  }
}

function greys(count: number): Uint8Array {
  return Uint8Array.from({ length: 3 * count }, (_, i) => Math.round((255 * Math.floor(i / 3)) / (count - 1)));
}

function clamped(value: number, most: number): number {
  return Math.min(most, Math.max(0, Math.round(value)));
}

/**
 * Many pictures of 16 bits were made from 8: the second byte repeats the first, or is zero, or follows from it in some other way. What it does
 * not tell need not be written into it: that would be seen by nobody, and take half as many bytes again.
 * @returns the 16 bits for each value of the first byte, null where samples tell more
 */
async function widening(packed: readonly Uint8Array[], layout: Layout): Promise<Uint16Array | null> {
  const second = new Int16Array(256).fill(-1);
  let isWidened = true;
  await readRows(packed, layout, ({ samples }) => {
    for (let i = 0; i < samples.length && isWidened; i += 2) {
      const first = samples[i]!;
      if (second[first]! < 0) second[first] = samples[i + 1]!;
      else isWidened = second[first] === samples[i + 1];
    }
  });
  return isWidened ? Uint16Array.from(second, (byte, first) => 256 * first + (byte < 0 ? first : byte)) : null;
}

/** What describes a frame, with its number. */
const FRAME_CONTROL_BYTES = 26;

/** Frames of an animation count their chunks. */
function numbered(sequence: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(content.length + 4);
  view(result).setUint32(0, sequence);
  result.set(content, 4);
  return result;
}
