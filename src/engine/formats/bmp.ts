/** Changes a BMP where its picture changes: the bytes of its pixels, and no others. */
import { view } from './bytes';
import { type Change, STEPS_PER_LEVEL } from './change';

/** This writer does not take the file: fewer than 24 bits a pixel, compressed, or damaged. */
export class UnreadableBmp extends Error {}

/** Uncompressed, or with masks that must be the usual ones. */
const [PLAIN, MASKED] = [0, 3];

/** Changes the file's own bytes. Throws `UnreadableBmp` before it has changed any. */
export function editBmp(bytes: Uint8Array, changes: readonly Change[]): void {
  const data = view(bytes);
  const [start, headerSize] = [data.getUint32(10, true), data.getUint32(14, true)];
  if (headerSize < 40) throw new UnreadableBmp('header of another time');
  const [width, height] = [data.getInt32(18, true), data.getInt32(22, true)];
  const [bits, compression] = [data.getUint16(28, true), data.getUint32(30, true)];
  const isUsual = compression === PLAIN || (compression === MASKED && bits === 32 && data.getUint32(54, true) === 0xff0000 && data.getUint32(58, true) === 0xff00);
  if (!isUsual || (bits !== 24 && bits !== 32)) throw new UnreadableBmp('kind of pixels');
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (start + stride * Math.abs(height) > bytes.length) throw new UnreadableBmp('cut off');
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
}
