/**
 * Finds `data:` addresses in a text as browsers read them: in any case, with parameters, without a type, with white space or percent
 * escapes in their base64.
 */
export interface DataAddress {
  /** Where it stands in the text. */
  start: number;
  end: number;
  /** MIME type, lower case, without parameters; empty where it names none. */
  type: string;
  isBase64: boolean;
  /** What it holds; null where its base64 is none. */
  bytes: Uint8Array<ArrayBuffer> | null;
}

/** What another scheme ends with is none, such as `metadata:`. */
const BEGINNING = /(?<![\w.+-])data:/gi;
/** Where what stands in no quotes ends. */
const END = /[\s"'<>()]|&(?:quot|apos|#0*3[49]|#x0*2[27]);|$/gi;
const CLOSING = new Map([['"', '"'], ["'", "'"], ['(', ')']]);

/** In their order. What stands within another is part of it. */
export function* dataAddresses(text: string): Generator<DataAddress> {
  const places = new Map<string, number>(); // where each of them comes next, so that it is looked for once
  let from = 0;
  for (;;) {
    BEGINNING.lastIndex = from;
    const start = BEGINNING.exec(text)?.index;
    if (start === undefined) return;
    const end = endOf(text, start, places);
    from = Math.max(end, start + 5);
    const comma = text.slice(start, end).indexOf(',');
    if (comma >= 0) yield addressAt(text, start, start + comma, end);
  }
}

function endOf(text: string, start: number, places: Map<string, number>): number {
  const before = text.slice(Math.max(0, start - 64), start).trimEnd().at(-1);
  const closing = before && CLOSING.get(before);
  if (closing) {
    let place = places.get(closing) ?? 0;
    if (place < start) place = text.indexOf(closing, start);
    places.set(closing, place < 0 ? Infinity : place);
    if (place >= 0 && place < Infinity) return place;
  }
  END.lastIndex = start;
  return END.exec(text)!.index;
}

function addressAt(text: string, start: number, comma: number, end: number): DataAddress {
  const description = text.slice(start + 5, comma);
  const isBase64 = /;\s*base64\s*$/i.test(description);
  const body = text.slice(comma + 1, end);
  return {
    start,
    end,
    type: description.split(';', 1)[0]!.trim().toLowerCase(),
    isBase64,
    get bytes() {
      return isBase64 ? fromBase64(latin1(unescaped(body.split('#', 1)[0]!))) : unescaped(body);
    },
  };
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

/** UTF-8, with percent escapes resolved. */
function unescaped(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(text);
  if (!text.includes('%')) return bytes;
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const digits = bytes[at] === 0x25 ? hexadecimal(bytes[at + 1]) * 16 + hexadecimal(bytes[at + 2]) : NaN;
    if (!Number.isNaN(digits)) at += 2;
    bytes[length++] = Number.isNaN(digits) ? bytes[at]! : digits;
  }
  return bytes.subarray(0, length);
}

/** Value of an ASCII digit; NaN where it is none. */
function hexadecimal(digit: number | undefined): number {
  return digit === undefined || !/[0-9a-f]/i.test(String.fromCharCode(digit)) ? NaN : Number.parseInt(String.fromCharCode(digit), 16);
}

const CHUNK = 0x8000;

/** As many at once as a call takes arguments everywhere. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return text;
}
