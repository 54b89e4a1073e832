/**
 * Writes Photoshop's image resources ("8BIM" blocks) anew from those that are known: the resolution, whether there is a copyright, and
 * IPTC (IIM 4.2), of which the data sets that are known.
 */
import { concatenate, view } from '../formats/bytes';
import { decodeText, holdsPicture, type Scrub, type Stays } from './scrub';

const RESOURCE = { iptc: 0x0404, thumbnails: [0x0409, 0x040c] } as const;
/** Bytes of resources that say one thing: resolution, copyright. */
const PLAIN_RESOURCES: Partial<Record<number, number>> = { 0x03ed: 16, 0x040a: 1 };
/** Digest of IPTC, which would no longer be right; copies of EXIF and XMP: of no account. */
const COPIES = [0x0422, 0x0423, 0x0424, 0x0425];

const SIGNATURE = 0x3842494d;

/** Null where nothing is left. What follows damage is not read. */
export function scrubPhotoshop(resources: Uint8Array, scrub: Scrub): Uint8Array | null {
  const parts: Uint8Array[] = [];
  const data = view(resources);
  let at = 0;
  while (at + 12 <= resources.length && data.getUint32(at) === SIGNATURE) {
    const nameLength = resources[at + 6]! + 1;
    const start = at + 6 + nameLength + (nameLength % 2);
    if (start + 4 > resources.length) break;
    const length = data.getUint32(start);
    const content = resources.subarray(start + 4, start + 4 + length);
    if (content.length < length) break;
    const id = data.getUint16(at + 4);
    const kept = keptContent(id, content, scrub);
    if (kept) parts.push(resource(id, kept));
    at = start + 4 + length + (length % 2);
  }
  const rest = resources.subarray(at);
  if (rest.some((byte) => byte !== 0)) scrub.note(holdsPicture(rest) ? 'preview pictures' : 'other');
  return parts.length ? concatenate(parts) : null;
}

function keptContent(id: number, content: Uint8Array, scrub: Scrub): Uint8Array | null {
  if (id === RESOURCE.iptc) return scrubIptc(content, scrub);
  if (PLAIN_RESOURCES[id] === content.length) return content;
  if ((RESOURCE.thumbnails as readonly number[]).includes(id) || holdsPicture(content)) scrub.note('preview pictures');
  else if (!COPIES.includes(id)) scrub.note('other');
  return null;
}

/** Without a name. */
function resource(id: number, content: Uint8Array): Uint8Array {
  const result = new Uint8Array(12 + content.length + (content.length % 2));
  const data = view(result);
  data.setUint32(0, SIGNATURE);
  data.setUint16(4, id);
  data.setUint32(8, content.length);
  result.set(content, 12);
  return result;
}

/** Of record 1: the encoding. Of record 2, the picture's: version, title, urgency, categories, keywords, instructions, dates, program, author, headline, credit, source, rights, caption. */
const STAYS: ReadonlyMap<number, Stays> = new Map([
  ...numbered('private', 1, [90]),
  ...numbered('private', 2, [0, 5, 10, 15, 20, 25, 40, 55, 60, 62, 63, 65, 70, 80, 85, 105, 110, 115, 116, 120]),
  // places, transmission reference, contact, writer of the caption
  ...numbered('all', 2, [26, 27, 90, 92, 95, 100, 101, 103, 118, 122]),
]);
/** Content location, city, sublocation, province, country. */
const PLACES = numbersOf(2, [26, 27, 90, 92, 95, 100, 101]);
/** Encoding and version, once each and in so many bytes. */
const NUMBERS = [...numbersOf(1, [90]), ...numbersOf(2, [0])];
const MOST_NUMBER = 4;

function numbered(stays: Stays, record: number, dataSets: number[]): [number, Stays][] {
  return numbersOf(record, dataSets).map((number) => [number, stays]);
}

function numbersOf(record: number, dataSets: number[]): number[] {
  return dataSets.map((dataSet) => (record << 8) | dataSet);
}

/** From a data set that cannot be read on, nothing is kept. */
function scrubIptc(iptc: Uint8Array, scrub: Scrub): Uint8Array | null {
  const parts: Uint8Array[] = [];
  const numbers = new Set<number>();
  let at = 0;
  while (at + 5 <= iptc.length && iptc[at] === 0x1c) {
    const length = view(iptc).getUint16(at + 3);
    if (length & 0x8000 || at + 5 + length > iptc.length) break;
    const number = view(iptc).getUint16(at + 1);
    const value = iptc.subarray(at + 5, at + 5 + length);
    if (!scrub.allows(STAYS.get(number))) scrub.note(PLACES.includes(number) ? 'location' : holdsPicture(value) ? 'preview pictures' : 'other');
    else if (NUMBERS.includes(number) ? length <= MOST_NUMBER && !numbers.has(number) : scrub.allowsText(decodeText(value), `IPTC ${number}`)) {
      numbers.add(number);
      parts.push(iptc.subarray(at, at + 5 + length));
    }
    at += 5 + length;
  }
  return parts.length ? concatenate(parts) : null;
}
