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

/** Of a property, all its items together, and of a whole file: many small texts could hold what a long one may not. */
const [MOST_CHARACTERS, MOST_CHARACTERS_IN_FILE] = [2000, 8000];

/** What control characters there are beside tabs and ends of lines. */
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;
/** Runs that no word or number has, and no part of an address, but everything written in base64 or in hexadecimal figures. */
const CODED = { word: /[\w+/=-]{40}/, address: /[\w+=]{40}/ } as const;

export class Scrub {
  private charactersInFile = 0;
  /** By property. */
  private readonly characters = new Map<string, number>();

  constructor(
    readonly policy: Stays,
    readonly note: (kind: MetadataKind) => void,
  ) {}

  allows(stays: Stays | undefined): boolean {
    return stays === 'private' || stays === this.policy;
  }

  /**
   * Whether a text may stay: short and plain, so that no picture can be in it.
   * @param text null where it cannot be read
   * @param property to whose other texts it is added
   */
  allowsText(text: string | null, property: string): boolean {
    if (text !== null && this.hasRoom(text.length, property) && !CONTROL.test(text) && !isCoded(text)) {
      this.charactersInFile += text.length;
      this.characters.set(property, (this.characters.get(property) ?? 0) + text.length);
      return true;
    }
    this.note(text !== null && isPictureText(text) ? 'preview pictures' : 'other');
    return false;
  }

  private hasRoom(length: number, property: string): boolean {
    return this.charactersInFile + length <= MOST_CHARACTERS_IN_FILE && (this.characters.get(property) ?? 0) + length <= MOST_CHARACTERS;
  }
}

/** Whether bytes are written in a text, however it is parted by spaces and ends of lines. */
export function isCoded(text: string): boolean {
  return text.split(/\s+/).some((word) => (/^https?:/.test(word) ? CODED.address : CODED.word).test(word));
}

/** Of what is no UTF-8 so much is plain ASCII in a text of a language that Latin-1 was made for, but not in a row of pixels. */
const LEAST_ASCII = 0.7;

/** A text for which no encoding is laid down: UTF-8 where it is that, else Latin-1; null where it is neither. Zeros fill it up or part it. */
export function decodeText(bytes: Uint8Array): string | null {
  const isLatin = (): boolean => bytes.reduce((count, byte) => count + (byte < 0x80 ? 1 : 0), 0) >= LEAST_ASCII * bytes.length;
  const text = decode('utf-8', bytes) ?? (isLatin() ? decode('latin1', bytes) : null);
  return text && text.replaceAll('\0', '').trim();
}

/** Null where it is not of this encoding. */
export function decode(encoding: string, bytes: Uint8Array): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** How pictures and films begin: as bytes read as Latin-1 (JPEG, PNG, WebP, GIF, MP4), in base64, and in an address. */
const BEGINNINGS = ['ftypisom', 'ftypmp4', 'ftypavif', 'ftypheic', 'ftypqt', '\u00ff\u00d8\u00ff', 'PNG\r\n\x1a', 'WEBPVP8', 'GIF87a', 'GIF89a', '/9j/', 'iVBORw0KGgo', 'UklGR', 'R0lGOD', 'data:image/'];

/** Whether a picture begins anywhere in a text, or in bytes read as Latin-1. */
export function isPictureText(text: string): boolean {
  return BEGINNINGS.some((beginning) => text.includes(beginning));
}

/** Whether a picture begins anywhere in here. For the report: that none is recognised proves nothing. */
export function holdsPicture(bytes: Uint8Array): boolean {
  return isPictureText(new TextDecoder('latin1').decode(bytes));
}
