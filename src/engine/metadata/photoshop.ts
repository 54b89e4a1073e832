/**
 * Edits Photoshop's image resources ("8BIM" blocks), of which one is IPTC: previews go, and by policy the places IPTC names.
 * IPTC-IIM 4.2, record 2.
 */
import type { MetadataPolicy } from '../../shared/metadataPolicies';
import { concatenate, view } from '../formats/bytes';
import type { MetadataKind } from './metadata';

const IPTC = 0x0404;
const PREVIEWS = [0x0409, 0x040c];
/** Copies of EXIF and XMP, which readers take from their own places; a digest of IPTC that would no longer be right. */
const COPIES = [0x0422, 0x0423, 0x0424, 0x0425];
/** Content location, city, sublocation, province, country. */
const PLACES = [26, 27, 90, 92, 95, 100, 101];

/** Null where the block is damaged or nothing is left. */
export function scrubPhotoshop(resources: Uint8Array, policy: MetadataPolicy, note: (kind: MetadataKind) => void): Uint8Array | null {
  const parts: Uint8Array[] = [];
  for (let at = 0; at + 12 <= resources.length; ) {
    const data = view(resources);
    if (data.getUint32(at) !== 0x3842494d) return null;
    const id = data.getUint16(at + 4);
    const nameLength = resources[at + 6]! + 1;
    const start = at + 6 + nameLength + (nameLength % 2);
    if (start + 4 > resources.length) return null;
    const length = data.getUint32(start);
    const end = start + 4 + length + (length % 2);
    if (start + 4 + length > resources.length) return null;
    const content = resources.subarray(start + 4, start + 4 + length);
    if (PREVIEWS.includes(id)) note('preview pictures');
    else if (id === IPTC && policy !== 'all') parts.push(resource(resources.subarray(at, start), withoutPlaces(content, note)));
    else if (!COPIES.includes(id)) parts.push(resource(resources.subarray(at, start), content));
    at = end;
  }
  return parts.length ? concatenate(parts) : null;
}

function resource(head: Uint8Array, content: Uint8Array): Uint8Array {
  const length = new Uint8Array(4);
  view(length).setUint32(0, content.length);
  return concatenate([head, length, content, new Uint8Array(content.length % 2)]);
}

/** From a data set that cannot be read on, nothing is kept. */
function withoutPlaces(iptc: Uint8Array, note: (kind: MetadataKind) => void): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at + 5 <= iptc.length && iptc[at] === 0x1c; ) {
    const length = view(iptc).getUint16(at + 3);
    if (length & 0x8000 || at + 5 + length > iptc.length) break;
    const isPlace = iptc[at + 1] === 2 && PLACES.includes(iptc[at + 2]!);
    if (isPlace) note('location');
    else parts.push(iptc.subarray(at, at + 5 + length));
    at += 5 + length;
  }
  return concatenate(parts);
}
