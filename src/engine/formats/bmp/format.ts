/** BMP: its samples are changed under the faces. */
import { view } from '../bytes';
import { type Format, type ImageHeader, plainHeader } from '../format';
import { editBmp } from './edit';

/** The oldest of the headers (12 bytes) has sizes of 16 bits. */
function readHeader(bytes: Uint8Array): ImageHeader {
  const data = view(bytes);
  if (data.getUint32(14, true) === 12) return plainHeader(data.getUint16(18, true), data.getUint16(20, true));
  return plainHeader(Math.abs(data.getInt32(18, true)), Math.abs(data.getInt32(22, true)));
}

export const bmp: Format = {
  decodedBy: 'every',
  readHeader,
  still: { fidelity: () => 'edited', edit: (bytes, changes, metadata) => [editBmp(bytes, changes, metadata)] },
};
