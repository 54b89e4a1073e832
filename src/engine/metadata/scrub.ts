/** What all that edits metadata shares: what a file may say, which texts may stay, and what goes into the report. */
import type { MetadataPolicy } from '../../shared/metadataPolicies';

/** In users' words, for the report. */
export type MetadataKind =
  | 'camera data' // EXIF
  | 'description' // XMP, IPTC, texts
  | 'location'
  | 'people'
  | 'device serials'
  | 'preview pictures'
  | 'content credentials'
  | 'other';

/** From which policy on a known property stays; what is in no list never does. */
export type Stays = Exclude<MetadataPolicy, 'none'>;

const MOST_CHARACTERS = 2000;
/** Of a whole file: many small texts could hold what a long one may not. */
const MOST_CHARACTERS_IN_FILE = 8000;

/** What control characters there are beside tabs and ends of lines. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;
/** A run that no word, address or number has, but everything written in base64 or in hexadecimal figures. */
const CODED = /[\w+/=]{60}/;

export class Scrub {
  private characters = MOST_CHARACTERS_IN_FILE;

  constructor(
    readonly policy: Stays,
    readonly note: (kind: MetadataKind) => void,
  ) {}

  allows(stays: Stays | undefined): boolean {
    return stays === 'private' || stays === this.policy;
  }

  /** Whether a text may stay: short and plain, so that no picture can be in it, and the file has not got too many already. */
  allowsText(text: string): boolean {
    const isPlain = text.length <= MOST_CHARACTERS && !CONTROL.test(text) && !CODED.test(text);
    if (isPlain && text.length <= this.characters) {
      this.characters -= text.length;
      return true;
    }
    this.note(isPictureText(text) ? 'preview pictures' : 'other');
    return false;
  }
}

/** A text for which no encoding is laid down: UTF-8 where it is that. Zeros fill it up or part it. */
export function decodeText(bytes: Uint8Array): string {
  return (decode('utf-8', bytes) ?? decode('latin1', bytes)!).replaceAll('\0', '').trim();
}

/** Null where it is not of this encoding. */
export function decode(encoding: string, bytes: Uint8Array): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** How pictures begin: as bytes read as Latin-1 (JPEG, PNG, WebP, GIF), in base64, and in an address. */
const BEGINNINGS = ['\u00ff\u00d8\u00ff', 'PNG\r\n\x1a', 'WEBPVP8', 'GIF87a', 'GIF89a', '/9j/', 'iVBORw0KGgo', 'UklGR', 'R0lGOD', 'data:image/'];

/** Whether a picture begins anywhere in a text, or in bytes read as Latin-1. */
export function isPictureText(text: string): boolean {
  return BEGINNINGS.some((beginning) => text.includes(beginning));
}

/** Whether a picture begins anywhere in here. For the report: that none is recognised proves nothing. */
export function holdsPicture(bytes: Uint8Array): boolean {
  return isPictureText(new TextDecoder('latin1').decode(bytes));
}
