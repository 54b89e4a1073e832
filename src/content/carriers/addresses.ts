/** Pictures that stand in a text as `data:` addresses or as bare base64, in drawings (SVG) that stand there so, too. */
import { base64At, dataAddresses, fromBase64, mayHoldDataAddress, notWithinWord, toBase64, type DataAddress } from '../../shared/dataAddress';
import { embeddedType, isPicture } from '../../shared/imageType';
import { holdsPicture, textOf } from '../../shared/svg';
import { inOrder, rewritten, type Picture, type Place } from './place';

/** No picture has less bytes. */
const LEAST_BYTES = 20;
/** Drawings within drawings are looked into so deep. */
const MOST_DEPTH = 5;
/**
 * What base64 of a picture begins with where no address says so: JPEG, PNG, GIF, WebP, TIFF, HEIF and AVIF, SVG. Beyond what their files begin
 * with, they are told by their content.
 */
const SLASH = '(?:/|\\\\{1,8}(?:/|u002f)|_|%(?:25)*2f|&#(?:47|x2f);)';
const BARE = new RegExp(`${notWithinWord('+/-')}(?:${SLASH}9j${SLASH}|iVBORw0KGgo|R0lGOD[dl]h|UklGR|SUkqA|TU0AK|AAAA[\\w+/-]{2}Z0eX|PHN2Zy|PD94bWw)`, 'gi');
/** Shorter ones hold nothing that could be seen. */
const LEAST_BARE = 120;

export function mayHoldAddress(text: string): boolean {
  BARE.lastIndex = 0;
  return mayHoldDataAddress(text) || BARE.test(text);
}

export function addressPlaces(text: string, depth = 0): Place[] {
  const places: Place[] = [];
  const seen: { start: number; end: number }[] = [];
  for (const address of dataAddresses(text)) {
    const place = placeOf(address, depth);
    if (place) places.push(place);
    if (place || address.isBase64) seen.push({ start: address.start, end: address.end });
  }
  return inOrder([...places, ...barePlaces(text, seen, depth)]);
}

function placeOf(address: DataAddress, depth: number): Place | null {
  const { start, end, isPercentEncoded } = address;
  const found = pictureOf(address.bytes, address.type, depth) ?? (address.isBase64 ? null : pictureOf(address.plainBytes, address.type, depth));
  if (!found) return null;
  return {
    start,
    end,
    pictures: found.pictures,
    write(pictures) {
      const { type, bytes } = found.write(pictures);
      const written = addressOf({ type, bytes });
      return isPercentEncoded ? encodeURIComponent(written) : written;
    },
  };
}

export function addressOf({ type, bytes }: Picture): string {
  return `data:${type};base64,${toBase64(bytes)}`;
}

/** @param seen what was looked at as part of an address */
function barePlaces(text: string, seen: { start: number; end: number }[], depth: number): Place[] {
  const places: Place[] = [];
  let next = 0;
  BARE.lastIndex = 0;
  for (let found = BARE.exec(text); found; found = BARE.exec(text)) {
    const start = found.index;
    while (seen[next] && seen[next]!.end <= start) next += 1;
    if (seen[next] && seen[next]!.start <= start) {
      BARE.lastIndex = seen[next]!.end;
      continue;
    }
    const { letters, end } = base64At(text, start, false);
    BARE.lastIndex = Math.max(end, start + 1);
    const picture = letters.length >= LEAST_BARE ? pictureOf(fromBase64(letters), '', depth) : null;
    const isPercentEncoded = text.slice(start, end).includes('%');
    const write = (bytes: Uint8Array): string => (isPercentEncoded ? encodeURIComponent(toBase64(bytes)) : toBase64(bytes));
    if (picture) places.push({ start, end, pictures: picture.pictures, write: (pictures) => write(picture.write(pictures).bytes) });
    BARE.lastIndex = Math.max(end, start + 1);
  }
  return places;
}

/** Of a text that is a drawing: one, or none where it shows no photo. */
export function drawingPlaces(text: string): Place[] {
  const found = pictureOf(new TextEncoder().encode(text), '', 0);
  return found ? [{ start: 0, end: text.length, pictures: found.pictures, write: (pictures) => textOf(found.write(pictures).bytes) }] : [];
}

interface Found {
  pictures: Picture[];
  write(pictures: Picture[]): Picture;
}

/**
 * By what it holds. The photos of a drawing are each one for themselves where all of them can be had; else the drawing is one as a whole. Other
 * texts are looked through, too.
 */
function pictureOf(bytes: Uint8Array<ArrayBuffer>, type: string, depth: number): Found | null {
  if (bytes.length < LEAST_BYTES) return null;
  const known = embeddedType(bytes);
  const whole: Found | null = known && { pictures: [{ type: known.type, bytes }], write: ([picture]) => picture! };
  if ((known && known.format !== 'svg') || depth >= MOST_DEPTH) return whole;
  const text = textOf(bytes);
  const places = mayHoldAddress(text) ? addressPlaces(text, depth + 1) : [];
  if (places.length === 0 || (known && holdsPicture(rewritten(text, places, () => ''), isPicture))) return whole;
  return {
    pictures: places.flatMap(({ pictures }) => pictures),
    write: (pictures) => ({ type: known?.type ?? type, bytes: new TextEncoder().encode(inUtf8(withPictures(text, places, pictures))) }),
  };
}

/** @param pictures of all places, in their order */
function withPictures(text: string, places: Place[], pictures: Picture[]): string {
  let at = 0;
  return rewritten(text, places, (place) => place.write(pictures.slice(at, (at += place.pictures.length))));
}

function inUtf8(markup: string): string {
  return markup.replace(/^(\s*<\?xml[^>]*?\sencoding\s*=\s*["'])[^"']*/i, '$1utf-8');
}
