/** Reads the size from the header of a HEIF and its kin, AVIF among them. */
import { view } from '../bytes';
import { type ImageHeader, plainHeader } from '../format';
import { isoBoxes } from '../isoBoxes';

const SPATIAL_EXTENTS = 0x69737065; // ispe

/** The largest of the spatial extents in the metadata of an ISO media image. */
export function readImageSpatialExtents(bytes: Uint8Array): ImageHeader | null {
  const meta = isoBoxes(bytes).find(({ type }) => type === 'meta')?.content ?? new Uint8Array();
  const data = view(meta);
  let found: ImageHeader | null = null;
  for (let i = 4; i + 16 <= meta.length; i++) {
    if (data.getUint32(i) !== SPATIAL_EXTENTS) continue;
    const [width, height] = [data.getUint32(i + 8), data.getUint32(i + 12)];
    if (!found || width * height > found.width * found.height) found = plainHeader(width, height);
  }
  return found;
}
