/** PNG, still or animated: its samples are changed under the faces. */
import type { Format } from '../format';
import { barePng, mendedPng, readPngHeader, withMetadataOf } from './chunks';
import { editPng, PngEditor } from './editor';

export const png: Format = {
  decodedBy: 'every',
  readHeader: readPngHeader,
  bare: barePng,
  mended: (bytes) => [
    { parts: mendedPng(bytes), isCutOff: false },
    { parts: mendedPng(bytes, false), isCutOff: true, isEndless: true },
  ],
  still: {
    fidelity: () => 'edited',
    edit: editPng,
    rewrite: (source) => ({
      fidelity: 'encoded',
      async write(canvas, metadata) {
        const blob = await canvas.convertToBlob({ type: 'image/png' });
        return withMetadataOf(source, new Uint8Array(await blob.arrayBuffer()), metadata);
      },
    }),
  },
  withMetadata: (bytes, metadata) => editPng(bytes, [], metadata),
  openAnimation: (bytes) => new PngEditor(bytes),
};
