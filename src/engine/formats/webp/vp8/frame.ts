/** A VP8 key frame as its macroblocks' modes and coefficients (RFC 6386): read and written. */
import { concatenate, view } from '../../bytes';
import { BooleanDecoder, BooleanEncoder } from './boolean';
import { type FrameHeader, readFrameHeader, writeFields } from './header';
import {
  CHROMA_MODE_PROBABILITIES, CHROMA_MODE_TREE, LUMA_MODE_PROBABILITIES, LUMA_MODE_TREE, MODE, SEGMENT_TREE, SUBBLOCK_MODE, SUBBLOCK_MODE_PROBABILITIES,
  SUBBLOCK_MODE_TREE,
} from './tables';
import { KIND, readBlock, TokenCounter, TokenEncoder, type TokenSink, writeBlock } from './tokens';
import { Unreadable } from '../../unreadable';

/** Of a macroblock: 16 luma blocks, 4 and 4 of chroma, and the second-order one of the luma blocks' first coefficients. */
export const BLOCKS = 25;
export const SECOND = 24;
/** Coefficients of a macroblock. */
export const LEVELS = 16 * BLOCKS;

export interface Vp8Frame {
  header: FrameHeader;
  /** In macroblocks. */
  wide: number;
  high: number;
  /** One for each macroblock, in rows. */
  segments: Uint8Array;
  lumaModes: Uint8Array;
  chromaModes: Uint8Array;
  /** 16 for each macroblock, whatever its mode. */
  subblockModes: Uint8Array;
  /** Quantised, `LEVELS` for each macroblock: blocks in the order of the file, but the second-order one last; frequencies in rows. */
  levels: Int16Array;
}

/** The subblock modes that a mode of the whole macroblock counts as for its neighbours. */
const AS_SUBBLOCK = Uint8Array.of(SUBBLOCK_MODE.dc, SUBBLOCK_MODE.vertical, SUBBLOCK_MODE.horizontal, SUBBLOCK_MODE.trueMotion);

/** @param frame content of a `VP8 ` chunk. Throws `Unreadable` where it is no key frame, damaged or cut off. */
export function readFrame(frame: Uint8Array): Vp8Frame {
  const { header, decoder, end } = readFrameHeader(frame);
  if (end > frame.length) throw new Unreadable('cut off');
  const [wide, high] = [(header.width + 15) >> 4, (header.height + 15) >> 4];
  const tokens = tokenPartitions(frame.subarray(end), header.tokenPartitions);
  if (wide * high > MOST_MACROBLOCKS_A_BYTE * frame.length) throw new Unreadable('cut off');
  const count = wide * high;
  const read: Vp8Frame = {
    header,
    wide,
    high,
    segments: new Uint8Array(count),
    lumaModes: new Uint8Array(count),
    chromaModes: new Uint8Array(count),
    subblockModes: new Uint8Array(16 * count),
    levels: new Int16Array(LEVELS * count),
  };
  const contexts = new BlockContexts(wide);
  for (let row = 0, at = 0; row < high; row++) {
    contexts.startRow();
    for (let column = 0; column < wide; column++, at++) {
      const isSkipped = readModes(decoder, read, column, at);
      const hasSecond = read.lumaModes[at] !== MODE.subblocks;
      if (isSkipped) contexts.skip(column, hasSecond);
      else contexts.blocks(column, hasSecond, (kind, context, block) => readBlock(tokens[row % tokens.length]!, header.tokenProbabilities, kind, context, read.levels, LEVELS * at + 16 * block));
    }
  }
  return read;
}

/** The modes of one take three bits at least. */
const MOST_MACROBLOCKS_A_BYTE = 4;

function tokenPartitions(bytes: Uint8Array, logarithm: number): BooleanDecoder[] {
  const count = 1 << logarithm;
  const sizes = 3 * (count - 1);
  if (sizes > bytes.length) throw new Unreadable('cut off');
  let at = sizes;
  return Array.from({ length: count }, (_, i) => {
    const size = i < count - 1 ? bytes[3 * i]! | (bytes[3 * i + 1]! << 8) | (bytes[3 * i + 2]! << 16) : bytes.length - at;
    if (at + size > bytes.length) throw new Unreadable('cut off');
    return new BooleanDecoder(bytes.subarray(at, (at += size)));
  });
}

/** Whether the macroblock has no coefficients. */
function readModes(decoder: BooleanDecoder, frame: Vp8Frame, column: number, at: number): boolean {
  const { header, wide } = frame;
  if (header.segmentation?.hasMap) frame.segments[at] = decoder.branch(SEGMENT_TREE, header.segmentation.treeProbabilities);
  const isSkipped = header.skipProbability !== null && decoder.bit(header.skipProbability) === 1;
  const mode = (frame.lumaModes[at] = decoder.branch(LUMA_MODE_TREE, LUMA_MODE_PROBABILITIES));
  const modes = frame.subblockModes;
  for (let block = 0; block < 16; block++) {
    const own = 16 * at + block;
    modes[own] = mode === MODE.subblocks ? decoder.branch(SUBBLOCK_MODE_TREE, SUBBLOCK_MODE_PROBABILITIES, subblockContext(modes, wide, column, own)) : AS_SUBBLOCK[mode]!;
  }
  frame.chromaModes[at] = decoder.branch(CHROMA_MODE_TREE, CHROMA_MODE_PROBABILITIES);
  return isSkipped;
}

/** Where the probabilities of a subblock's mode are, by those above and to the left; outside the picture they count as DC. */
function subblockContext(modes: Uint8Array, wide: number, column: number, own: number): number {
  const block = own & 15;
  const above = block > 3 ? modes[own - 4]! : (modes[own - 16 * wide + 12] ?? SUBBLOCK_MODE.dc);
  const left = block & 3 ? modes[own - 1]! : column ? modes[own - 16 + 3]! : SUBBLOCK_MODE.dc;
  return 9 * (10 * above + left);
}

/** Calls for each block with its kind, how many of its neighbours have coefficients, and its place; tells whether it has some itself. */
type Block = (kind: number, context: number, block: number) => boolean;

/** Which blocks have coefficients, to the left and above of where it is at (section 13.3). */
class BlockContexts {
  /** For each column of macroblocks: 4 of luma, 2 and 2 of chroma, one second-order. */
  private readonly above: Uint8Array;
  private readonly left = new Uint8Array(9);

  constructor(wide: number) {
    this.above = new Uint8Array(9 * wide);
  }

  startRow(): void {
    this.left.fill(0);
  }

  skip(column: number, hasSecond: boolean): void {
    const count = hasSecond ? 9 : 8;
    this.above.fill(0, 9 * column, 9 * column + count);
    this.left.fill(0, 0, count);
  }

  blocks(column: number, hasSecond: boolean, each: Block): void {
    const above = 9 * column;
    if (hasSecond) this.visit(KIND.second, above + 8, 8, SECOND, each);
    const luma = hasSecond ? KIND.lumaWithoutDc : KIND.luma;
    for (let block = 0; block < 16; block++) this.visit(luma, above + (block & 3), block >> 2, block, each);
    for (let block = 16; block < SECOND; block++) {
      const plane = block < 20 ? 4 : 6;
      this.visit(KIND.chroma, above + plane + (block & 1), plane + ((block >> 1) & 1), block, each);
    }
  }

  private visit(kind: number, above: number, left: number, block: number, each: Block): void {
    const has = each(kind, this.above[above]! + this.left[left]!, block) ? 1 : 0;
    this.above[above] = has;
    this.left[left] = has;
  }
}

/** Inverse of `readFrame`; the probabilities are those that suit the coefficients best. Throws `Unreadable` where a part would be larger than the format can tell. */
export function writeFrame(frame: Vp8Frame): Uint8Array<ArrayBuffer> {
  const counter = new TokenCounter();
  visitTokens(frame, () => counter);
  const tokenProbabilities = counter.probabilities();
  const header = { ...frame.header, tokenProbabilities, skipProbability: skipProbability(frame), segmentation: segmentationOf(frame) };
  const encoders = Array.from({ length: 1 << header.tokenPartitions }, () => new BooleanEncoder());
  const sinks = encoders.map((encoder) => new TokenEncoder(encoder, tokenProbabilities));
  visitTokens(frame, (row) => sinks[row % sinks.length]!);
  const first = writeFirstPartition({ ...frame, header });
  return assemble(header.tag, first, encoders.map((encoder) => encoder.finish()));
}

function visitTokens(frame: Vp8Frame, sinkOf: (row: number) => TokenSink): void {
  const contexts = new BlockContexts(frame.wide);
  for (let row = 0, at = 0; row < frame.high; row++) {
    contexts.startRow();
    const sink = sinkOf(row);
    for (let column = 0; column < frame.wide; column++, at++) {
      const hasSecond = frame.lumaModes[at] !== MODE.subblocks;
      if (isEmpty(frame, at)) contexts.skip(column, hasSecond);
      else contexts.blocks(column, hasSecond, (kind, context, block) => writeBlock(sink, kind, context, frame.levels, LEVELS * at + 16 * block));
    }
  }
}

/** No coefficients at all. */
export function isEmpty({ levels }: Vp8Frame, at: number): boolean {
  for (let i = LEVELS * at; i < LEVELS * (at + 1); i++) if (levels[i]) return false;
  return true;
}

function skipProbability(frame: Vp8Frame): number {
  let full = 0;
  for (let at = 0; at < frame.segments.length; at++) if (!isEmpty(frame, at)) full++;
  return probability(full, frame.segments.length - full);
}

/** Of the first, of 256. */
function probability(first: number, second: number): number {
  return Math.min(255, Math.max(1, Math.round((256 * first) / Math.max(1, first + second))));
}

function segmentationOf({ header: { segmentation }, segments }: Vp8Frame): FrameHeader['segmentation'] {
  if (!segmentation?.hasMap) return segmentation;
  const counts = [0, 0, 0, 0];
  for (const segment of segments) counts[segment]!++;
  const [a, b, c, d] = counts as [number, number, number, number];
  return { ...segmentation, treeProbabilities: Uint8Array.of(probability(a + b, c + d), probability(a, b), probability(c, d)) };
}

function writeFirstPartition(frame: Vp8Frame): Uint8Array {
  const { header, wide, subblockModes: modes } = frame;
  const encoder = new BooleanEncoder();
  writeFields(encoder, header);
  for (let at = 0; at < frame.segments.length; at++) {
    if (header.segmentation?.hasMap) encoder.branch(SEGMENT_TREE, header.segmentation.treeProbabilities, frame.segments[at]!);
    if (header.skipProbability !== null) encoder.bit(isEmpty(frame, at), header.skipProbability);
    const mode = frame.lumaModes[at]!;
    encoder.branch(LUMA_MODE_TREE, LUMA_MODE_PROBABILITIES, mode);
    for (let own = 16 * at; mode === MODE.subblocks && own < 16 * (at + 1); own++) {
      encoder.branch(SUBBLOCK_MODE_TREE, SUBBLOCK_MODE_PROBABILITIES, modes[own]!, subblockContext(modes, wide, at % wide, own));
    }
    encoder.branch(CHROMA_MODE_TREE, CHROMA_MODE_PROBABILITIES, frame.chromaModes[at]!);
  }
  return encoder.finish();
}

const MOST_BYTES_FIRST = 2 ** 19;
const MOST_BYTES = 2 ** 24;

function assemble(tag: Uint8Array, first: Uint8Array, tokens: Uint8Array[]): Uint8Array<ArrayBuffer> {
  if (first.length >= MOST_BYTES_FIRST || tokens.slice(0, -1).some(({ length }) => length >= MOST_BYTES)) throw new Unreadable('too large');
  const sizes = tokens.slice(0, -1).flatMap(({ length }) => [length & 0xff, (length >> 8) & 0xff, length >> 16]);
  const result = concatenate([tag, first, Uint8Array.from(sizes), ...tokens]);
  const bits = (tag[0]! & 0x1f) | (first.length << 5);
  view(result).setUint16(0, bits & 0xffff, true);
  result[2] = bits >> 16;
  return result;
}
