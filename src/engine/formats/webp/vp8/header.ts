/** The header of a VP8 key frame (RFC 6386, sections 9 and 19.2): read and written. */
import { view } from '../../bytes';
import { BooleanDecoder, type BooleanEncoder } from './boolean';
import { TOKEN_PROBABILITIES, TOKEN_PROBABILITY_UPDATES } from './tables';
import { Unreadable } from '../../unreadable';

/** Bytes in front of the first partition. */
export const TAG_LENGTH = 10;
export const SEGMENTS = 4;

export interface Segmentation {
  /** Each macroblock says which segment it is of. */
  hasMap: boolean;
  /** The values are themselves, else they are added to those of the frame. */
  isAbsolute: boolean;
  quantisers: number[];
  filterLevels: number[];
  treeProbabilities: Uint8Array;
}

/** Quantiser indices: of the first luma coefficients, and what is added to it for the other kinds. */
export interface Quantisers {
  base: number;
  lumaDc: number;
  secondDc: number;
  secondAc: number;
  chromaDc: number;
  chromaAc: number;
}

export interface FrameHeader {
  /** As in the file, the size of the first partition not counting. */
  tag: Uint8Array;
  width: number;
  height: number;
  colourSpace: number;
  clamping: number;
  segmentation: Segmentation | null;
  simpleFilter: number;
  filterLevel: number;
  sharpness: number;
  /** What is added to the filter level by reference frame and by mode; null where it stays. */
  filterDeltas: (number | null)[] | null;
  /** Binary logarithm of how many partitions the tokens are in. */
  tokenPartitions: number;
  quantisers: Quantisers;
  refreshEntropy: number;
  tokenProbabilities: Uint8Array;
  /** That a macroblock has coefficients, of 256; null where none says so. */
  skipProbability: number | null;
}

export interface ReadHeader {
  header: FrameHeader;
  /** Of the rest of the first partition. */
  decoder: BooleanDecoder;
  /** Where the first partition ends, whether or not there is so much. */
  end: number;
}

/** @param frame content of a `VP8 ` chunk. Throws `Unreadable`. */
export function readFrameHeader(frame: Uint8Array): ReadHeader {
  if (frame.length < TAG_LENGTH) throw new Unreadable('cut off');
  const tag = frame.slice(0, TAG_LENGTH);
  const bits = tag[0]! | (tag[1]! << 8) | (tag[2]! << 16);
  if (bits & 1 || tag[3] !== 0x9d || tag[4] !== 0x01 || tag[5] !== 0x2a) throw new Unreadable('no key frame');
  const [width, height] = [view(tag).getUint16(6, true) & 0x3fff, view(tag).getUint16(8, true) & 0x3fff];
  if (!width || !height) throw new Unreadable('no pixels');
  const end = TAG_LENGTH + (bits >> 5);
  const decoder = new BooleanDecoder(frame.subarray(TAG_LENGTH, end));
  return { header: { tag, width, height, ...readFields(decoder) }, decoder, end };
}

function readFields(decoder: BooleanDecoder): Omit<FrameHeader, 'tag' | 'width' | 'height'> {
  return {
    colourSpace: decoder.literal(1),
    clamping: decoder.literal(1),
    segmentation: decoder.flag() ? readSegmentation(decoder) : null,
    simpleFilter: decoder.literal(1),
    filterLevel: decoder.literal(6),
    sharpness: decoder.literal(3),
    filterDeltas: decoder.flag() ? readFilterDeltas(decoder) : null,
    tokenPartitions: decoder.literal(2),
    quantisers: readQuantisers(decoder),
    refreshEntropy: decoder.literal(1),
    tokenProbabilities: TOKEN_PROBABILITIES.map((usual, i) => (decoder.bit(TOKEN_PROBABILITY_UPDATES[i]!) ? decoder.literal(8) : usual)),
    skipProbability: optional(decoder, () => decoder.literal(8)),
  };
}

function optional<T>(decoder: BooleanDecoder, read: () => T): T | null {
  return decoder.flag() ? read() : null;
}

function readSegmentation(decoder: BooleanDecoder): Segmentation {
  const hasMap = decoder.flag();
  if (!decoder.flag()) throw new Unreadable('segments of an earlier frame');
  const isAbsolute = decoder.flag();
  const values = (bits: number): number[] => Array.from({ length: SEGMENTS }, () => optional(decoder, () => decoder.signed(bits)) ?? 0);
  const [quantisers, filterLevels] = [values(7), values(6)];
  const treeProbabilities = new Uint8Array(3).fill(255);
  if (hasMap) treeProbabilities.forEach((usual, i) => (treeProbabilities[i] = optional(decoder, () => decoder.literal(8)) ?? usual));
  return { hasMap, isAbsolute, quantisers, filterLevels, treeProbabilities };
}

function readFilterDeltas(decoder: BooleanDecoder): (number | null)[] {
  if (!decoder.flag()) return [];
  return Array.from({ length: 8 }, () => optional(decoder, () => decoder.signed(6)));
}

function readQuantisers(decoder: BooleanDecoder): Quantisers {
  const delta = (): number => optional(decoder, () => decoder.signed(4)) ?? 0;
  return { base: decoder.literal(7), lumaDc: delta(), secondDc: delta(), secondAc: delta(), chromaDc: delta(), chromaAc: delta() };
}

/** Inverse of `readFrameHeader`, but for the tag. */
export function writeFields(encoder: BooleanEncoder, header: FrameHeader): void {
  encoder.literal(header.colourSpace, 1);
  encoder.literal(header.clamping, 1);
  encoder.literal(header.segmentation ? 1 : 0, 1);
  if (header.segmentation) writeSegmentation(encoder, header.segmentation);
  encoder.literal(header.simpleFilter, 1);
  encoder.literal(header.filterLevel, 6);
  encoder.literal(header.sharpness, 3);
  writeFilterDeltas(encoder, header.filterDeltas);
  encoder.literal(header.tokenPartitions, 2);
  const { base, ...deltas } = header.quantisers;
  encoder.literal(base, 7);
  for (const delta of Object.values(deltas)) writeOptional(encoder, delta || null, (value) => encoder.signed(value, 4));
  encoder.literal(header.refreshEntropy, 1);
  header.tokenProbabilities.forEach((probability, i) => {
    const isNew = probability !== TOKEN_PROBABILITIES[i];
    encoder.bit(isNew, TOKEN_PROBABILITY_UPDATES[i]!);
    if (isNew) encoder.literal(probability, 8);
  });
  writeOptional(encoder, header.skipProbability, (value) => encoder.literal(value, 8));
}

function writeOptional(encoder: BooleanEncoder, value: number | null, write: (value: number) => void): void {
  encoder.literal(value === null ? 0 : 1, 1);
  if (value !== null) write(value);
}

function writeSegmentation(encoder: BooleanEncoder, { hasMap, isAbsolute, quantisers, filterLevels, treeProbabilities }: Segmentation): void {
  encoder.literal(hasMap ? 1 : 0, 1);
  encoder.literal(1, 1);
  encoder.literal(isAbsolute ? 1 : 0, 1);
  for (const value of quantisers) writeOptional(encoder, value || null, () => encoder.signed(value, 7));
  for (const value of filterLevels) writeOptional(encoder, value || null, () => encoder.signed(value, 6));
  if (hasMap) for (const value of treeProbabilities) writeOptional(encoder, value === 255 ? null : value, () => encoder.literal(value, 8));
}

function writeFilterDeltas(encoder: BooleanEncoder, deltas: (number | null)[] | null): void {
  encoder.literal(deltas ? 1 : 0, 1);
  if (!deltas) return;
  encoder.literal(deltas.length ? 1 : 0, 1);
  for (const delta of deltas) writeOptional(encoder, delta, (value) => encoder.signed(value, 6));
}
