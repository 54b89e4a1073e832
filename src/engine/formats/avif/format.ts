/** AVIF: luma and chroma are changed under the faces and encoded again. Animations are not cloaked. */
import { latin1Text, view } from '../bytes';
import { type Format, type ImageHeader, plainHeader } from '../format';
import { readImageSpatialExtents } from '../heif/header';
import { avifOrientation } from './container';
import { editAvif } from './edit';
import { bareAvif, withEditedMetadata } from './metadata';

/** An animation need not say its size where a picture does: 0 x 0 then. */
function readHeader(bytes: Uint8Array): ImageHeader | null {
  const extents = readImageSpatialExtents(bytes);
  const picture = extents && { ...extents, orientation: avifOrientation(bytes) };
  const brands = latin1Text(bytes.subarray(8, view(bytes).getUint32(0)));
  return brands.includes('avis') ? { ...(picture ?? plainHeader(0, 0)), animated: true } : picture;
}

export const avif: Format = {
  decodedBy: 'most',
  readHeader,
  bare: (bytes) => [bareAvif(bytes)],
  still: { fidelity: () => 'encoded', edit: editAvif },
  withMetadata: (bytes, metadata) => [withEditedMetadata(bytes, metadata)],
};
