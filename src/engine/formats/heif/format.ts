/** HEIF and HEIC: looked at where the browser decodes them, and not written. */
import type { Format } from '../format';
import { readImageSpatialExtents } from './header';

export const heif: Format = { decodedBy: 'some', readHeader: readImageSpatialExtents };
