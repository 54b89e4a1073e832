/** JPEG: its coefficients are changed under the faces. */
import type { Format } from '../format';
import { imageOf } from './bare';
import { extentOf } from './coefficients';
import { editJpeg, withMetadataOf } from './edit';
import { bareJpeg, mendedJpeg, readJpegHeader } from './header';

/** Where the source does not tell its quality. */
const USUAL_QUALITY = 90;

export const jpeg: Format = {
  decodedBy: 'every',
  readHeader: readJpegHeader,
  bare: bareJpeg,
  mended(bytes) {
    const extent = extentOf(bytes);
    return extent === 'none' ? [] : [{ parts: mendedJpeg(bytes), isCutOff: extent === 'part' }];
  },
  still: {
    fidelity: ({ isCmyk }) => (isCmyk ? 'inked' : 'edited'),
    edit: (bytes, changes, metadata) => editJpeg(bytes, changes, metadata),
    rewrite: (source, { isCmyk, quality }) =>
      isCmyk
        ? null // a canvas has no inks
        : {
            fidelity: 'encoded',
            async write(canvas, metadata) {
              const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: (quality ?? USUAL_QUALITY) / 100 });
              return withMetadataOf(source, new Uint8Array(await blob.arrayBuffer()), metadata);
            },
          },
  },
  withMetadata: (bytes, metadata) => withMetadataOf(bytes, imageOf(bytes, metadata), metadata),
};
