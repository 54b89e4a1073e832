/** Changes a BMP where its picture changes: the bytes of its pixels; of what is beside them only what belongs to the picture stays. */
import { view } from '../bytes';
import { type Change, STEPS_PER_LEVEL } from '../change';
import type { MetadataEditor } from '../../metadata/metadata';
import { Unreadable } from '../unreadable';

/** Uncompressed, or with masks that must be the usual ones. */
const [PLAIN, MASKED] = [0, 3];
/** Bytes of the headers since Windows 3 and OS/2, of the file's before them, and of the masks that stand after the first of them. */
const HEADERS = [40, 52, 56, 64, 108, 124];
const [FILE_HEADER, PLAIN_HEADER, PROFILE_HEADER, MASKS] = [14, 40, 124, 12];
/** In the last of the headers: what kind of colours, and where the profile is, from the header on. */
const PROFILE = { kind: 70, offset: 126, size: 130 } as const;
/** "MBED", "LINK" (a name of a file on somebody's disk) and "sRGB". */
const [EMBEDDED, LINKED, STANDARD_RGB] = [0x4d424544, 0x4c494e4b, 0x73524742];

/**
 * Changes the file's own bytes, and makes zeros of what lies between its headers, its pixels and its colour profile. Throws `Unreadable`
 * before it has changed any.
 * @returns the file up to the end of what is left
 */
export function editBmp(bytes: Uint8Array<ArrayBuffer>, changes: readonly Change[], metadata: MetadataEditor): Uint8Array<ArrayBuffer> {
  const data = view(bytes);
  const [start, headerSize] = [data.getUint32(10, true), data.getUint32(14, true)];
  if (!HEADERS.includes(headerSize)) throw new Unreadable('header of another time');
  const [width, height] = [data.getInt32(18, true), data.getInt32(22, true)];
  const [bits, compression] = [data.getUint16(28, true), data.getUint32(30, true)];
  const isUsual = compression === PLAIN || (compression === MASKED && bits === 32 && data.getUint32(54, true) === 0xff0000 && data.getUint32(58, true) === 0xff00);
  if (!isUsual || (bits !== 24 && bits !== 32)) throw new Unreadable('kind of pixels');
  const stride = Math.ceil((width * bits) / 32) * 4;
  const masksEnd = FILE_HEADER + headerSize + (compression === MASKED && headerSize === PLAIN_HEADER ? MASKS : 0);
  const end = start + stride * Math.abs(height);
  if (end > bytes.length || start < masksEnd) throw new Unreadable('cut off');
  for (const change of changes) {
    for (let row = 0, from = 0; row < change.height; row++) {
      const y = change.y + row;
      const line = start + stride * (height < 0 ? y : height - 1 - y); // from the bottom, as a rule
      for (let at = line + (change.x * bits) / 8, column = 0; column < change.width; column++, at += bits / 8, from += 3) {
        for (let channel = 0; channel < 3; channel++) {
          const value = bytes[at + 2 - channel]! + change.difference[from + channel]! / STEPS_PER_LEVEL; // blue, green, red
          bytes[at + 2 - channel] = Math.min(255, Math.max(0, Math.round(value)));
        }
      }
    }
  }
  bytes.fill(0, masksEnd, start);
  const padding = stride - (width * bits) / 8;
  for (let line = start + stride; line <= end; line += stride) bytes.fill(0, line - padding, line);
  return withoutRest(bytes, end, metadata);
}

/** Of what follows the pixels the colour profile is left, where the last of the headers names one. */
function withoutRest(bytes: Uint8Array<ArrayBuffer>, end: number, metadata: MetadataEditor): Uint8Array<ArrayBuffer> {
  const data = view(bytes);
  data.setUint32(6, 0); // reserved
  let length = end;
  if (data.getUint32(14, true) === PROFILE_HEADER) {
    const at = FILE_HEADER + data.getUint32(PROFILE.offset, true);
    const isEmbedded = data.getUint32(PROFILE.kind, true) === EMBEDDED && at >= end;
    const profile = isEmbedded ? metadata.profile(bytes.slice(at, at + data.getUint32(PROFILE.size, true))) : null;
    if (profile) bytes.set(profile, end);
    length += profile?.length ?? 0;
    if (!profile && [EMBEDDED, LINKED].includes(data.getUint32(PROFILE.kind, true))) data.setUint32(PROFILE.kind, STANDARD_RGB, true);
    data.setUint32(PROFILE.offset, profile ? end - FILE_HEADER : 0, true);
    data.setUint32(PROFILE.size, profile?.length ?? 0, true);
  }
  if (bytes.length > length) metadata.unknown(bytes.subarray(length));
  bytes.fill(0, length);
  data.setUint32(2, length, true);
  return bytes.subarray(0, length);
}
