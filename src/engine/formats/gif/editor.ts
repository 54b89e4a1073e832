/**
 * Changes a GIF, still or animated, where its picture changes. Each frame is an image block of its own; those that do not
 * change stay as they are, byte for byte, and so does what is between them: delays, repetitions, transparency.
 */
import { concatenate, latin1Text, startsWith, view } from '../bytes';
import type { Change } from '../change';
import { changeIndexed } from '../indexed';
import { packLzw, unpackLzw } from './lzw';
import type { MetadataEditor } from '../../metadata/metadata';
import type { Box } from '../../types';
import { Unreadable } from '../unreadable';

interface Frame extends Box {
  palette: Uint8Array;
  transparent: number;
  interlaced: boolean;
  /** Bits of a value in the compressed data. */
  bits: number;
  /** Compressed, without the lengths of blocks. */
  data: Uint8Array;
  /** Number of its part. */
  part: number;
}

interface Part {
  /** Label of an extension; null where it is a frame or the head. */
  extension: number | null;
  bytes: Uint8Array;
}

const EXTENSION = { graphicControl: 0xf9, comment: 0xfe, application: 0xff } as const;

/** Throws `Unreadable` where it is damaged. */
export class GifEditor {
  /** The file in pieces; those of frames are replaced as they change. */
  private readonly parts: Part[] = [];
  private readonly frames: Frame[] = [];
  /** Where what ends the file stands. */
  private end = 0;

  constructor(private readonly bytes: Uint8Array) {
    try {
      this.read();
    } catch (error) {
      if (error instanceof RangeError) throw new Unreadable('cut off', { cause: error });
      throw error;
    }
  }

  /** Of its frames. */
  get count(): number {
    return this.frames.length;
  }

  private read(): void {
    const { bytes } = this;
    const globalPalette = paletteAt(bytes, 13, bytes[10]!);
    let at = 13 + globalPalette.length;
    this.parts.push({ extension: null, bytes: bytes.subarray(0, at) });
    for (let transparent = -1; at < bytes.length && bytes[at] !== 0x3b; ) {
      const start = at;
      if (bytes[at] === 0x21) {
        if (bytes[at + 1] === 0xf9) transparent = bytes[at + 3]! & 1 ? bytes[at + 6]! : -1;
        at = blocksFrom(bytes, at + 2).end;
        this.parts.push({ extension: bytes[start + 1]!, bytes: bytes.subarray(start, at) });
      } else if (bytes[at] === 0x2c) {
        at = this.readFrame(at, globalPalette, transparent);
        transparent = -1;
      } else throw new Unreadable('block');
    }
    if (!this.frames.length) throw new Unreadable('no picture');
    this.end = at;
  }

  private readFrame(at: number, globalPalette: Uint8Array, transparent: number): number {
    const { bytes } = this;
    const data = view(bytes);
    const [x, y, width, height] = [1, 3, 5, 7].map((offset) => data.getUint16(at + offset, true)) as [number, number, number, number];
    const flags = bytes[at + 9]!;
    const local = paletteAt(bytes, at + 10, flags);
    const bits = bytes[at + 10 + local.length]!;
    const palette = local.length ? local : globalPalette;
    const { content, end } = blocksFrom(bytes, at + 11 + local.length);
    if (!palette.length || bits < 2 || bits > 8) throw new Unreadable('colours');
    this.frames.push({ x, y, width, height, palette, transparent, interlaced: Boolean(flags & 0x40), bits, data: content, part: this.parts.length });
    this.parts.push({ extension: null, bytes: bytes.subarray(at, end) });
    return end;
  }

  /** @param changes in pixels of the whole picture; they count where this frame is what is seen of them */
  async change(number: number, changes: readonly Change[]): Promise<void> {
    const frame = this.frames[number];
    if (!frame) throw new Unreadable('frame missing');
    const { x, y, width, height } = frame;
    const own = changes.map((change): Change => ({ ...change, x: change.x - x, y: change.y - y }));
    const stored = unpackLzw(frame.data, frame.bits, width * height);
    const indices = frame.interlaced ? inOrder(stored, width, (from, to) => [to, from]) : stored;
    const alphaOf = (colour: number): number => (colour === frame.transparent ? 0 : 255);
    const changed = changeIndexed({ width, height, indices, palette: frame.palette, alphaOf, mostColours: 256 }, own);
    if (!changed) return;
    const again = frame.interlaced ? inOrder(changed.indices, width, (from, to) => [from, to]) : changed.indices;
    this.parts[frame.part] = { extension: null, bytes: writeFrame(frame, changed.palette, again) };
  }

  /** What ends the file is written anew, what follows its end goes. */
  finish(metadata: MetadataEditor): BlobPart[] {
    metadata.behind(this.bytes.subarray(this.end + 1));
    const kept = this.parts.flatMap(({ extension, bytes }) => (extension === null ? bytes : (keptExtension(extension, bytes, metadata) ?? [])));
    return [...kept.map((part) => part.slice()), Uint8Array.of(0x3b)];
  }
}

/** Empty where the flags say that there is none. */
function paletteAt(bytes: Uint8Array, at: number, flags: number): Uint8Array {
  return flags & 0x80 ? bytes.subarray(at, at + 3 * (2 << (flags & 7))) : new Uint8Array();
}

function blocksFrom(bytes: Uint8Array, from: number): { content: Uint8Array; end: number } {
  const blocks: Uint8Array[] = [];
  let at = from;
  for (; bytes[at]; at += 1 + bytes[at]!) blocks.push(bytes.subarray(at + 1, at + 1 + bytes[at]!));
  return { content: concatenate(blocks), end: Math.min(bytes.length, at + 1) };
}

const MOST_IN_BLOCK = 255;
const INTERLACE = [[0, 8], [4, 8], [2, 4], [1, 2]] as const;

/** @param way of the stored row's number and the shown one's, which to read and which to write */
function inOrder(rows: Uint8Array, width: number, way: (stored: number, shown: number) => [to: number, from: number]): Uint8Array {
  const result = new Uint8Array(rows.length);
  let stored = 0;
  for (const [first, step] of INTERLACE) {
    for (let shown = first; shown < rows.length / width; shown += step, stored++) {
      const [to, from] = way(stored, shown);
      result.set(rows.subarray(width * from, width * (from + 1)), width * to);
    }
  }
  return result;
}

/** With a palette of its own. */
function writeFrame({ x, y, width, height, interlaced }: Frame, palette: Uint8Array, indices: Uint8Array): Uint8Array {
  const sizeBits = Math.max(1, Math.ceil(Math.log2(palette.length / 3)));
  const table = new Uint8Array(3 << sizeBits);
  table.set(palette);
  const head = new Uint8Array(10);
  head[0] = 0x2c;
  [x, y, width, height].forEach((value, i) => view(head).setUint16(1 + 2 * i, value, true));
  head[9] = 0x80 | (interlaced ? 0x40 : 0) | (sizeBits - 1);
  const bits = Math.max(2, sizeBits);
  const packed = packLzw(indices, bits);
  const blocks = blocksOf(packed).flatMap((block) => [Uint8Array.of(block.length), block]);
  return concatenate([head, table, Uint8Array.of(bits), ...blocks, Uint8Array.of(0)]);
}

/** What is known, made anew: how frames are shown, how often, a comment, XMP and a colour profile. */
function keptExtension(label: number, bytes: Uint8Array, metadata: MetadataEditor): Uint8Array | null {
  const { content } = blocksFrom(bytes, 2);
  if (label === EXTENSION.graphicControl && content.length >= CONTROL_BYTES) return extension(label, content.subarray(0, CONTROL_BYTES));
  if (label === EXTENSION.comment) return rewritten(label, null, metadata.text(content));
  if (label !== EXTENSION.application) return metadata.unknown(content);
  const application = content.subarray(0, APPLICATION_BYTES);
  const [name, own] = [latin1Text(application), content.subarray(APPLICATION_BYTES)];
  if (REPETITIONS.includes(name) && own[0] === 1 && own.length >= REPETITIONS_BYTES) return extension(label, application, own.subarray(0, REPETITIONS_BYTES));
  if (name === PROFILE) return rewritten(label, application, metadata.profile(own));
  if (name === XMP) return keptXmp(bytes, metadata);
  if (startsWith(application, 'C2PA')) return metadata.drop('content credentials');
  return metadata.unknown(content);
}

const [CONTROL_BYTES, APPLICATION_BYTES, REPETITIONS_BYTES] = [4, 11, 3];
const REPETITIONS = ['NETSCAPE2.0', 'ANIMEXTS1.0'];
const [PROFILE, XMP] = ['ICCRGBG1012', 'XMP DataXMP'];

function rewritten(label: number, application: Uint8Array | null, content: Uint8Array | null): Uint8Array | null {
  return content && extension(label, ...(application ? [application] : []), ...blocksOf(content));
}

function extension(label: number, ...blocks: Uint8Array[]): Uint8Array {
  return concatenate([Uint8Array.of(0x21, label), ...blocks.flatMap((block) => [Uint8Array.of(block.length), block]), Uint8Array.of(0)]);
}

function blocksOf(content: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(content.length / MOST_IN_BLOCK) }, (_, i) => content.subarray(i * MOST_IN_BLOCK, (i + 1) * MOST_IN_BLOCK));
}

/** XMP stands there as plain text, as though its characters were the lengths of blocks; a trailer leads out of it. */
const XMP_TRAILER = Uint8Array.from({ length: 258 }, (_, i) => (i === 0 ? 1 : Math.max(0, 256 - i)));
const XMP_HEAD = 14;

function keptXmp(bytes: Uint8Array, metadata: MetadataEditor): Uint8Array | null {
  const packet = metadata.xmp(bytes.subarray(XMP_HEAD, bytes.length - XMP_TRAILER.length));
  return packet && concatenate([bytes.subarray(0, XMP_HEAD), packet, XMP_TRAILER]);
}
