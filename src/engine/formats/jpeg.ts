/** Reads a JPEG's header: size, colour profile and the quality its quantisation tables tell. */
import { type ImageHeader, view } from './imageHeader';

/** Luminance table of the JPEG standard (annex K), rows from the top. */
const STANDARD_TABLE = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
  18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112,
  100, 103, 99,
];
const STANDARD_SUM = STANDARD_TABLE.reduce((sum, value) => sum + value, 0);

const MARKER = { startOfScan: 0xda, endOfImage: 0xd9, quantisation: 0xdb, icc: 0xe2 };
const ICC_SIGNATURE = 'ICC_PROFILE\0';

export function readJpegHeader(bytes: Uint8Array): ImageHeader | null {
  let size: { width: number; height: number } | null = null;
  let quality: number | null = null;
  const profile: Uint8Array[] = [];
  for (const { marker, segment } of segments(bytes)) {
    if (isFrameHeader(marker)) size = { height: view(segment).getUint16(1), width: view(segment).getUint16(3) };
    if (marker === MARKER.quantisation) quality ??= qualityOfTables(segment);
    if (marker === MARKER.icc && startsWith(segment, ICC_SIGNATURE)) profile.push(segment.subarray(ICC_SIGNATURE.length + 2));
  }
  return size && { ...size, animated: false, quality, profile: profile.length ? concatenate(profile) : null };
}

/** The segments up to the first scan, without marker and length. */
function* segments(bytes: Uint8Array): Generator<{ marker: number; segment: Uint8Array }> {
  const data = view(bytes);
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++; // fill byte
      continue;
    }
    if (marker === MARKER.startOfScan || marker === MARKER.endOfImage) return;
    const length = data.getUint16(at + 2);
    yield { marker, segment: bytes.subarray(at + 4, at + 2 + length) };
    at += 2 + length;
  }
}

/** SOF0 to SOF15; C4, C8 and CC in between are something else. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** Quality of the luminance table (number 0), or null when the segment does not hold it. */
function qualityOfTables(segment: Uint8Array): number | null {
  for (let at = 0; at < segment.length; ) {
    const wide = segment[at]! >> 4 ? 2 : 1; // bytes a value
    const id = segment[at]! & 0xf;
    const table = segment.subarray(at + 1, at + 1 + 64 * wide);
    if (id === 0 && table.length === 64 * wide) return quality(sumOf(table, wide));
    at += 1 + 64 * wide;
  }
  return null;
}

function sumOf(table: Uint8Array, wide: number): number {
  let sum = 0;
  for (let i = 0; i < 64; i++) sum += wide === 2 ? view(table).getUint16(2 * i) : table[i]!;
  return sum;
}

/**
 * The quality, 1 to 100, at which the Independent JPEG Group's library makes a table of this sum. Other encoders'
 * tables get the quality at which that library quantises as coarsely.
 */
function quality(sum: number): number {
  let [best, difference] = [100, Infinity];
  for (let candidate = 1; candidate <= 100; candidate++) {
    const off = Math.abs(sumAtQuality(candidate) - sum);
    if (off < difference) [best, difference] = [candidate, off];
  }
  return best;
}

function sumAtQuality(candidate: number): number {
  const percent = candidate < 50 ? Math.floor(5000 / candidate) : 200 - 2 * candidate;
  if (percent === 100) return STANDARD_SUM;
  return STANDARD_TABLE.reduce((sum, value) => sum + Math.min(255, Math.max(1, Math.floor((value * percent + 50) / 100))), 0);
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return [...text].every((character, i) => bytes[i] === character.charCodeAt(0));
}

function concatenate(parts: Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
