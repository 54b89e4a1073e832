/** The coefficients of a block as tokens (RFC 6386, section 13): read, written and counted. */
import type { BooleanDecoder, BooleanEncoder } from './boolean';
import { BANDS, CATEGORIES, TOKEN_PROBABILITIES, TOKEN_PROBABILITY_UPDATES, ZIGZAG } from './tables';

/** Kinds of blocks, each with probabilities of its own (section 13.3). */
export const KIND = { lumaWithoutDc: 0, second: 1, chroma: 2, luma: 3 } as const;

/** Probabilities of a token. */
const NODES = 11;
const CONTEXTS = 3;
const BAND_SIZE = NODES * CONTEXTS;
const KIND_SIZE = 8 * BAND_SIZE;

/** Where the probabilities of a token are: by the block's kind, the place in it, and what was before. */
function nodesOf(kind: number, place: number, context: number): number {
  return kind * KIND_SIZE + BANDS[place]! * BAND_SIZE + context * NODES;
}

/**
 * Reads a block's levels into `levels`, which has zeros there.
 * @param context how many of the blocks to the left and above have coefficients
 * @param at where the block begins; its frequencies are in rows
 * @returns whether it has coefficients
 */
export function readBlock(decoder: BooleanDecoder, probabilities: Uint8Array, kind: number, context: number, levels: Int16Array, at: number): boolean {
  const first = kind === KIND.lumaWithoutDc ? 1 : 0;
  let nodes = nodesOf(kind, first, context);
  let place = first;
  let last = first;
  while (place < 16 && decoder.bit(probabilities[nodes]!)) {
    while (!decoder.bit(probabilities[nodes + 1]!)) {
      if (++place === 16) return last > first;
      nodes = nodesOf(kind, place, 0);
    }
    const magnitude = readMagnitude(decoder, probabilities, nodes);
    levels[at + ZIGZAG[place]!] = decoder.flag() ? -magnitude : magnitude;
    last = ++place;
    nodes = nodesOf(kind, place, magnitude > 1 ? 2 : 1);
  }
  return last > first;
}

function readMagnitude(decoder: BooleanDecoder, probabilities: Uint8Array, nodes: number): number {
  if (!decoder.bit(probabilities[nodes + 2]!)) return 1;
  if (!decoder.bit(probabilities[nodes + 3]!)) return decoder.bit(probabilities[nodes + 4]!) ? 3 + decoder.bit(probabilities[nodes + 5]!) : 2;
  const pair = decoder.bit(probabilities[nodes + 6]!) ? 1 + decoder.bit(probabilities[nodes + 8]!) : 0;
  const { first, probabilities: bits } = CATEGORIES[2 * pair + decoder.bit(probabilities[nodes + PAIR_NODES[pair]!]!)]!;
  let added = 0;
  for (const probability of bits) added = 2 * added + decoder.bit(probability);
  return first + added;
}

/** Categories come in pairs; where a token tells which of a pair it is. */
const PAIR_NODES = [7, 9, 10];

/** Takes the bits of tokens: an encoder, or one who counts. */
export interface TokenSink {
  /** @param node place in the token probabilities */
  token(bit: number, node: number): void;
  /** A bit whose probability is fixed. */
  extra(bit: number, probability: number): void;
}

/** Inverse of `readBlock`. */
export function writeBlock(sink: TokenSink, kind: number, context: number, levels: Int16Array, at: number): boolean {
  const first = kind === KIND.lumaWithoutDc ? 1 : 0;
  const end = endOf(levels, at, first);
  let nodes = nodesOf(kind, first, context);
  for (let place = first; place < end; ) {
    sink.token(1, nodes);
    while (!levels[at + ZIGZAG[place]!]) {
      sink.token(0, nodes + 1);
      nodes = nodesOf(kind, ++place, 0);
    }
    sink.token(1, nodes + 1);
    const level = levels[at + ZIGZAG[place]!]!;
    writeMagnitude(sink, nodes, Math.abs(level));
    sink.extra(level < 0 ? 1 : 0, 128);
    nodes = nodesOf(kind, ++place, Math.abs(level) > 1 ? 2 : 1);
  }
  if (end < 16) sink.token(0, nodes);
  return end > first;
}

/** The place after the last coefficient that is not zero; `first` where there is none. */
function endOf(levels: Int16Array, at: number, first: number): number {
  let end = 16;
  while (end > first && !levels[at + ZIGZAG[end - 1]!]) end--;
  return end;
}

function writeMagnitude(sink: TokenSink, nodes: number, magnitude: number): void {
  sink.token(magnitude > 1 ? 1 : 0, nodes + 2);
  if (magnitude === 1) return;
  sink.token(magnitude > 4 ? 1 : 0, nodes + 3);
  if (magnitude > 4) return writeCategory(sink, nodes, magnitude);
  sink.token(magnitude > 2 ? 1 : 0, nodes + 4);
  if (magnitude > 2) sink.token(magnitude - 3, nodes + 5);
}

function writeCategory(sink: TokenSink, nodes: number, magnitude: number): void {
  let category = CATEGORIES.length - 1;
  while (magnitude < CATEGORIES[category]!.first) category--;
  const { first, probabilities } = CATEGORIES[category]!;
  const pair = category >> 1;
  sink.token(pair ? 1 : 0, nodes + 6);
  if (pair) sink.token(pair - 1, nodes + 8);
  sink.token(category & 1, nodes + PAIR_NODES[pair]!);
  probabilities.forEach((probability, i) => sink.extra(((magnitude - first) >> (probabilities.length - 1 - i)) & 1, probability));
}

export class TokenEncoder implements TokenSink {
  constructor(
    private readonly encoder: BooleanEncoder,
    private readonly probabilities: Uint8Array,
  ) {}

  token(bit: number, node: number): void {
    this.encoder.bit(bit, this.probabilities[node]!);
  }

  extra(bit: number, probability: number): void {
    this.encoder.bit(bit, probability);
  }
}

/** Finds the probabilities that take the fewest bits. */
export class TokenCounter implements TokenSink {
  private readonly counts = [new Uint32Array(TOKEN_PROBABILITIES.length), new Uint32Array(TOKEN_PROBABILITIES.length)] as const;

  token(bit: number, node: number): void {
    this.counts[bit as 0 | 1][node]!++;
  }

  extra(): void {}

  /** Those that are not worth to be told stay as they are by default (section 13.4). */
  probabilities(): Uint8Array {
    return TOKEN_PROBABILITIES.map((usual, node) => {
      const [zeros, ones] = [this.counts[0][node]!, this.counts[1][node]!];
      if (!(zeros + ones)) return usual;
      const best = Math.min(255, Math.max(1, Math.round((256 * zeros) / (zeros + ones))));
      const update = TOKEN_PROBABILITY_UPDATES[node]!;
      const told = 8 + bitsOf(zeros, ones, best) + bitsOf(0, 1, update);
      return told < bitsOf(zeros, ones, usual) + bitsOf(1, 0, update) ? best : usual;
    });
  }
}

/** What so many zeros and ones take at a probability of a zero, of 256. */
function bitsOf(zeros: number, ones: number, probability: number): number {
  return -zeros * Math.log2(probability / 256) - ones * Math.log2(1 - probability / 256);
}
