/** What an AV1 picture says itself of what its numbers mean, for readers that do not ask the container (AV1 specification, section 5.5). */
import { type ColourCode } from './container';
import { concatenate } from '../bytes';
import { Unreadable } from '../unreadable';

/** Type of the open bitstream unit (section 5.3.2) that is the sequence header. */
const SEQUENCE_HEADER = 1;
const WITH_SIZE = 2;
/** Colours that are said to be RGB of sRGB: their range and sampling are left out. */
const SRGB = { primaries: 1, transfer: 13, matrix: 0 };
/** Where a picture says nothing. */
const UNSAID = 2;
/** A size of one byte. */
const MOST_BYTES = 0x7f;

interface Sequence {
  /** The header's bits, without what fills it up to whole bytes. */
  bits: string;
  isMonochrome: boolean;
  /** Whether it says how colour is sampled: of 12 bits alone. */
  saysSampling: boolean;
  /** Number of the bit that says whether colours are described, and of the first behind their range. */
  description: number;
  end: number;
  colour: ColourCode;
}

/** Throws `Unreadable` where the picture has no sequence header. */
export function colourOf(coded: Uint8Array): ColourCode {
  return read(sequenceHeader(coded).content).colour;
}

/**
 * @param coded a picture of the same matrix, RGB or not, as `colour`
 * @returns the same, beginning with its sequence header
 * Throws `Unreadable` where it has none.
 */
export function withColour(coded: Uint8Array, colour: ColourCode): Uint8Array<ArrayBuffer> {
  const { content, rest } = sequenceHeader(coded);
  const { bits, saysSampling, isMonochrome, description, end, colour: was } = read(content);
  const codes = [colour.primaries, colour.transfer, colour.matrix].map((code) => code.toString(2).padStart(8, '0')).join('');
  const [before, after] = [was, colour].map((code) => !isMonochrome && isSrgb(code));
  if (after && !colour.fullRange) throw new Unreadable('sRGB of limited range');
  const sampling = saysSampling ? '0' : ''; // none, as RGB is
  const range = after ? '' : `${colour.fullRange ? 1 : 0}${before ? sampling : ''}`;
  const tail = bits.slice(end + (after && !before ? sampling.length : 0));
  const said = `${bits.slice(0, description)}1${codes}${range}${tail}1`;
  const bytes = said.padEnd(8 * Math.ceil(said.length / 8), '0').match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2));
  if (bytes.length > MOST_BYTES) throw new Unreadable('sequence header');
  return concatenate([Uint8Array.of((SEQUENCE_HEADER << 3) | WITH_SIZE, bytes.length), Uint8Array.from(bytes), rest]);
}

function isSrgb({ primaries, transfer, matrix }: ColourCode): boolean {
  return primaries === SRGB.primaries && transfer === SRGB.transfer && matrix === SRGB.matrix;
}

/** Its content, and the units behind it. */
function sequenceHeader(coded: Uint8Array): { content: Uint8Array; rest: Uint8Array } {
  for (let at = 0; at < coded.length; ) {
    const first = coded[at]!;
    at += first & 4 ? 2 : 1; // of layers there is another byte
    let length = coded.length - at;
    if (first & WITH_SIZE) {
      length = 0;
      for (let shift = 0; at < coded.length && shift < 35; shift += 7) {
        const byte = coded[at++]!;
        length += (byte & 0x7f) * 2 ** shift;
        if (!(byte & 0x80)) break;
      }
    }
    if (at + length > coded.length) break;
    if (((first >> 3) & 15) === SEQUENCE_HEADER) return { content: coded.subarray(at, at + length), rest: coded.subarray(at + length) };
    at += length;
  }
  throw new Unreadable('no sequence header');
}

function read(header: Uint8Array): Sequence {
  const all = Array.from(header, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const bits = all.slice(0, all.lastIndexOf('1'));
  let at = 0;
  const take = (count: number): number => {
    if (at + count > bits.length) throw new Unreadable('sequence header');
    return count ? Number.parseInt(bits.slice(at, (at += count)), 2) : 0;
  };
  const profile = take(3);
  take(1); // a still
  const isReduced = take(1) === 1;
  if (isReduced) take(5);
  else skipOperatingPoints(take);
  const [widthBits, heightBits] = [take(4) + 1, take(4) + 1];
  take(widthBits);
  take(heightBits);
  if (!isReduced && take(1)) take(7); // numbers of frames
  take(3); // superblocks, two tools of intra prediction
  if (!isReduced) skipInterTools(take);
  take(3); // superres, CDEF, restoration
  const isTwelve = take(1) === 1 && profile === 2 && take(1) === 1;
  const isMonochrome = profile !== 1 && take(1) === 1;
  const description = at;
  const [primaries, transfer, matrix] = take(1) ? [take(8), take(8), take(8)] : [UNSAID, UNSAID, UNSAID];
  const colour = { primaries: primaries!, transfer: transfer!, matrix: matrix!, fullRange: true };
  if (isMonochrome || !isSrgb(colour)) colour.fullRange = take(1) === 1;
  return { bits, saysSampling: isTwelve, isMonochrome, description, end: at, colour };
}

type Take = (count: number) => number;

function skipOperatingPoints(take: Take): void {
  let delayBits = 0;
  if (take(1)) {
    // timing
    take(32);
    take(32);
    if (take(1)) skipUvlc(take);
    if (take(1)) {
      delayBits = take(5) + 1;
      take(32);
      take(10);
    }
  }
  const hasDelays = take(1);
  for (let left = take(5) + 1; left > 0; left--) {
    take(12);
    if (take(5) > 7) take(1); // the level, and its tier
    if (delayBits && take(1)) {
      take(delayBits);
      take(delayBits);
      take(1);
    }
    if (hasDelays && take(1)) take(4);
  }
}

/** A number of as many bits as there are zeros before it, and one more. */
function skipUvlc(take: Take): void {
  let zeros = 0;
  while (!take(1)) zeros++;
  if (zeros < 32) take(zeros);
}

function skipInterTools(take: Take): void {
  take(4);
  const hasOrder = take(1);
  if (hasOrder) take(2);
  const screenContent = take(1) || take(1); // chosen by each frame, or said here
  if (screenContent && !take(1)) take(1); // whole motion vectors likewise
  if (hasOrder) take(3);
}
