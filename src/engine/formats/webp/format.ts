/** WebP, still or animated: the coefficients of lossy ones are changed under the faces, and the pixels of lossless ones. */
import type { Format } from '../format';
import { WebpAnimationEditor } from './animation';
import { bareWebp, readWebpHeader, withMetadataOf } from './chunks';
import { editWebp } from './edit';
import { encodeWebp } from './encode';

export const webp: Format = {
  decodedBy: 'every',
  readHeader: readWebpHeader,
  bare: (bytes) => [bareWebp(bytes)],
  still: {
    fidelity: ({ quality }) => (quality === null ? 'edited' : 'contained'),
    edit: async (bytes, changes, metadata, watch) => [await editWebp(bytes, changes, metadata, watch)],
    rewrite: (source, { quality }) => ({
      fidelity: quality === null ? 'edited' : 'encoded',
      write: async (canvas, metadata) => [withMetadataOf(source, await encodeWebp(canvas, quality, source.length), metadata)],
    }),
  },
  withMetadata: (bytes, metadata) => [withMetadataOf(bytes, bytes, metadata)],
  openAnimation: (bytes) => new WebpAnimationEditor(bytes),
  animationFidelity: 'contained',
};
