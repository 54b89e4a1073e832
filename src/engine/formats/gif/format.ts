/** GIF: every file is an animation, maybe of one frame; its indices are changed under the faces. */
import { view } from '../bytes';
import { type Format, type ImageHeader, plainHeader } from '../format';
import { GifEditor } from './editor';

const BLOCK = { extension: 0x21, image: 0x2c };

/** The screen, or what it grows to when the first frame reaches beyond it, as browsers have it. */
function readHeader(bytes: Uint8Array): ImageHeader {
  const data = view(bytes);
  let [screenWidth, screenHeight] = [data.getUint16(6, true), data.getUint16(8, true)];
  const table = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  let at = 13 + table(data.getUint8(10));
  while (at < bytes.length && bytes[at] === BLOCK.extension) {
    for (at += 2; at < bytes.length && bytes[at] !== 0; at += 1 + bytes[at]!); // past the sub-blocks
    at++;
  }
  if (bytes[at] === BLOCK.image && at + 9 <= bytes.length) {
    const [left, top, width, height] = [1, 3, 5, 7].map((offset) => data.getUint16(at + offset, true)) as [number, number, number, number];
    [screenWidth, screenHeight] = [Math.max(screenWidth, left + width), Math.max(screenHeight, top + height)];
  }
  return { ...plainHeader(screenWidth, screenHeight), animated: true };
}

export const gif: Format = { decodedBy: 'every', readHeader, openAnimation: (bytes) => new GifEditor(bytes) };
