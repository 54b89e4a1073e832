/** TIFF, and the raw files of many cameras: looked at where the browser decodes them, and not written. */
import { view } from '../bytes';
import { type Format, type ImageHeader, plainHeader } from '../format';

const TAG = { width: 256, height: 257 };
const SHORT = 3;

/** Of the first picture in the file. */
function readHeader(bytes: Uint8Array): ImageHeader | null {
  const data = view(bytes);
  const little = bytes[0] === 0x49; // "II"
  const directory = data.getUint32(4, little);
  const values = new Map<number, number>();
  for (let i = 0; i < data.getUint16(directory, little); i++) {
    const at = directory + 2 + 12 * i;
    const isShort = data.getUint16(at + 2, little) === SHORT;
    values.set(data.getUint16(at, little), isShort ? data.getUint16(at + 8, little) : data.getUint32(at + 8, little));
  }
  const [width, height] = [values.get(TAG.width), values.get(TAG.height)];
  return width && height ? plainHeader(width, height) : null;
}

export const tiff: Format = { decodedBy: 'some', readHeader };
