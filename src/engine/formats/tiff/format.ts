/** TIFF, and the raw files of many cameras: looked at where the browser decodes them, and not written. */
import { type Format, type ImageHeader, plainHeader } from '../format';
import { Tiff } from './reader';

const TAG = { width: 256, height: 257 };

/** Of the first picture in the file. */
function readHeader(bytes: Uint8Array): ImageHeader | null {
  const file = new Tiff(bytes);
  const entries = file.entries(file.first);
  const valueOf = (wanted: number): number => entries.filter(({ tag }) => tag === wanted).map((entry) => file.number(entry))[0] ?? 0;
  const [width, height] = [valueOf(TAG.width), valueOf(TAG.height)];
  return width && height ? plainHeader(width, height) : null;
}

export const tiff: Format = { decodedBy: 'some', readHeader };
