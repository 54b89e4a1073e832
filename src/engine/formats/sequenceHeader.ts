/** Says in an AV1 picture itself what its numbers mean, for readers that do not ask the container (AV1 specification, section 5.5). */
import { type ColourCode, UnreadableAvif } from './avif';
import { concatenate } from './bytes';

/** First bytes of open bitstream units (section 5.3.2) that tell their length: the mark that begins a unit of a video, and the sequence header. */
const TEMPORAL_DELIMITER = 0x12;
const SEQUENCE_HEADER = 0x0a;
/** What a description of colours takes. */
const COLOUR_BYTES = 3;

/**
 * @param coded a still picture with a reduced header, as encoders of AVIF write it
 * @returns the same, beginning with its sequence header
 * Throws `UnreadableAvif` where it is another kind.
 */
export function withColour(coded: Uint8Array, colour: ColourCode): Uint8Array<ArrayBuffer> {
  const units = coded[0] === TEMPORAL_DELIMITER ? coded.subarray(2) : coded;
  const length = units[1]!;
  if (units[0] !== SEQUENCE_HEADER || length + COLOUR_BYTES > 0x7f) throw new UnreadableAvif('no sequence header');
  const header = described(units.subarray(2, 2 + length), colour);
  return concatenate([Uint8Array.of(SEQUENCE_HEADER, header.length), header, units.subarray(2 + length)]);
}

function described(header: Uint8Array, { primaries, transfer, matrix, fullRange }: ColourCode): Uint8Array {
  const bits = Array.from(header, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const read = (at: number, count: number): number => Number.parseInt(bits.slice(at, at + count), 2);
  const [profile, isReducedStill] = [read(0, 3), read(3, 2) === 3];
  if (!isReducedStill) throw new UnreadableAvif('sequence header');
  const [widthBits, heightBits] = [read(10, 4) + 1, read(14, 4) + 1];
  const depth = 18 + widthBits + heightBits + 6; // past the tools: superblocks, two of intra prediction, superres, CDEF, restoration
  const monochrome = depth + (profile === 2 && read(depth, 1) ? 2 : 1);
  const description = monochrome + (profile === 1 ? 0 : 1);
  const range = description + 1 + (read(description, 1) ? 8 * COLOUR_BYTES : 0);
  const codes = [primaries, transfer, matrix].map((code) => code.toString(2).padStart(8, '0')).join('');
  const said = `${bits.slice(0, description)}1${codes}${fullRange ? 1 : 0}${bits.slice(range + 1)}`;
  return Uint8Array.from({ length: said.length / 8 }, (_, i) => Number.parseInt(said.slice(8 * i, 8 * i + 8), 2));
}
