/** Reads a JPEG's header: size, orientation, colour profile and the quality its quantisation tables tell. */
import { concatenate, startsWith, view } from '../bytes';
import type { ImageHeader } from '../format';
import { readOrientation } from '../../metadata/exif';
import { exifOf, headSegments, isFrameHeader, MARKER } from './segments';

/** Luminance table of the JPEG standard (annex K), rows from the top. */
const STANDARD_TABLE = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
  18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112,
  100, 103, 99,
];
const STANDARD_SUM = STANDARD_TABLE.reduce((sum, value) => sum + value, 0);

const ICC_MARKER = 0xe2;
const ICC_SIGNATURE = 'ICC_PROFILE\0';

export function readJpegHeader(bytes: Uint8Array): ImageHeader | null {
  let frame: { width: number; height: number; isCmyk: boolean } | null = null;
  let quality: number | null = null;
  let orientation: number | null = null;
  const profile: Uint8Array[] = [];
  for (const segment of headSegments(bytes)) {
    const { marker, content } = segment;
    const exif = exifOf(segment);
    if (exif) orientation ??= readOrientation(exif); // of the first block, even where another one knows better
    if (isFrameHeader(marker)) frame = { height: view(content).getUint16(1), width: view(content).getUint16(3), isCmyk: content[5] === 4 };
    if (marker === MARKER.quantisation) quality ??= qualityOfTables(content);
    if (marker === ICC_MARKER && startsWith(content, ICC_SIGNATURE)) profile.push(content.subarray(ICC_SIGNATURE.length + 2));
  }
  return frame && { ...frame, animated: false, quality, profile: profile.length ? concatenate(profile) : null, orientation: orientation ?? 1 };
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

/** The same picture without EXIF, as its rows are stored. */
export function bareJpeg(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let kept = 0;
  for (const segment of headSegments(bytes)) {
    if (!exifOf(segment)) continue;
    parts.push(bytes.subarray(kept, segment.end - segment.content.length - 4));
    kept = segment.end;
  }
  return parts.length ? [...parts, bytes.subarray(kept)] : [bytes];
}

/** The same with an end, which browsers miss where a file was cut off. */
export function mendedJpeg(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  return [...bareJpeg(bytes), Uint8Array.of(0xff, MARKER.endOfImage)];
}
