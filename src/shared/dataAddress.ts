/**
 * Finds `data:` addresses in a text as browsers and scripts read them: in any case, with parameters, without a type, with white space or
 * escapes anywhere (references of HTML and XML, escapes of CSS, JSON and scripts, percent signs), in the letters of base64 or of base64url.
 */
export interface DataAddress {
  /** Where it stands in the text. */
  start: number;
  end: number;
  /** MIME type, lower case, without parameters; empty where it names none. */
  type: string;
  isBase64: boolean;
  /** Whether it is written with percent signs, as within another address. */
  isPercentEncoded: boolean;
  /** What it holds; of base64 that is damaged, what can be read. */
  bytes: Uint8Array<ArrayBuffer>;
  /** The same where it is not base64, with references and escapes around it resolved first. */
  plainBytes: Uint8Array<ArrayBuffer>;
}

const AMPERSANDS = '&(?:amp;)*';
/** Nothing at all, to whoever reads an address. */
const BREAK = `(?:[\\t\\r\\n]|${AMPERSANDS}(?:Tab|NewLine|#0*(?:9|10|13)|#x0*[9ad]);?|(?<!\\\\)\\\\\\r?\\n)*`;

/** A letter in any spelling. */
function spelled(letter: string): string {
  const codes = [...new Set([letter, letter.toUpperCase()])].map((each) => each.charCodeAt(0));
  const hex = codes.map((code) => code.toString(16)).join('|');
  return `(?:${letter}|${AMPERSANDS}(?:#0*(?:${codes.join('|')})|#x0*(?:${hex}));?|(?<!\\\\)\\\\{1,8}(?:0{0,4}(?:${hex})\\s?|u00(?:${hex})|u\\{0*(?:${hex})\\}|x(?:${hex})))`;
}

const COLON = `(?:${spelled(':')}|${AMPERSANDS}colon;|%(?:25)*3a)`;
/** Before it comes no letter of a word, unless it is part of an escape. @param but what else does not come */
export function notWithinWord(but: string): string {
  return `(?<=^|[^\\w${but}]|%[0-9a-f]{2}|\\\\(?:u[0-9a-f]{4}|x[0-9a-f]{2}|[nrt]))`;
}

/** What another scheme ends with is none, such as `metadata:`. */
const BEGINNING = new RegExp(`${notWithinWord('.+-')}${[...'data'].map(spelled).join(BREAK)}${BREAK}(${COLON})`, 'gi');
/** What stands before the comma is no longer. */
const MOST_DESCRIPTION = 512;
/** Where what stands in no quotes ends. */
const END = /[\s"'<>()]|&(?:amp;)*(?:quot|apos|#0*3[49]|#x0*2[27]);|$/gi;
const OPENING = /(\\*["'`(]|&(?:amp;)*(?:quot|apos|#0*3[49]|#x0*2[27]);)\s*$/i;

/** Whether there can be any. */
export function mayHoldDataAddress(text: string): boolean {
  BEGINNING.lastIndex = 0;
  return BEGINNING.test(text);
}

/** In their order. What stands within another is part of it. */
export function* dataAddresses(text: string): Generator<DataAddress> {
  const places = new Map<string, number>(); // where each of them comes next, so that it is looked for once
  let from = 0;
  for (;;) {
    BEGINNING.lastIndex = from;
    const found = BEGINNING.exec(text);
    if (!found) return;
    const start = found.index;
    from = BEGINNING.lastIndex;
    const head = descriptionAt(text, from);
    if (!head) continue;
    const { description, end: bodyStart } = head;
    const opening = OPENING.exec(text.slice(Math.max(0, start - 64), start))?.[1];
    const isBase64 = /;\s*base64\s*$/i.test(description);
    const body = isBase64 ? base64At(text, bodyStart, opening !== undefined) : null;
    const end = body ? body.end : endOf(text, bodyStart, opening, places);
    from = Math.max(end, from);
    const written = (): string => text.slice(bodyStart, end);
    yield {
      start,
      end,
      type: description.split(';', 1)[0]!.trim().toLowerCase(),
      isBase64,
      isPercentEncoded: found[1]!.startsWith('%'),
      get bytes() {
        return body ? fromBase64(body.letters) : unescaped(written());
      },
      get plainBytes() {
        return body ? fromBase64(body.letters) : unescaped(resolved(written()));
      },
    };
  }
}

function endOf(text: string, from: number, opening: string | undefined, places: Map<string, number>): number {
  const closing = opening?.replace('(', ')');
  if (closing) {
    let place = places.get(closing) ?? 0;
    if (place < from) place = text.indexOf(closing, from);
    places.set(closing, place < 0 ? Infinity : place);
    if (place >= 0 && place < Infinity) return place;
  }
  END.lastIndex = from;
  return END.exec(text)!.index;
}

const PLAIN = /[^,<>&\\%]+/y;

/** What stands before the comma, and where what follows it begins; null where no comma comes. */
function descriptionAt(text: string, from: number): { description: string; end: number } | null {
  let description = '';
  const part = text.slice(from, from + MOST_DESCRIPTION);
  for (let at = 0; at < part.length; ) {
    PLAIN.lastIndex = at;
    const plain = PLAIN.exec(part)?.[0];
    const [letter, end] = plain ? [plain, at + plain.length] : letterAt(part, at);
    at = end;
    if (letter === ',') return { description, end: from + at };
    if (letter === '<' || letter === '>') return null;
    description += letter;
  }
  return null;
}

const BASE64 = /[a-z0-9+/_-]+/iy;
const SPACE = /[ \t\r\n\f]+/y;
/** In `srcset`, what is said about the address before it. */
const DESCRIPTOR = /\d+(?:\.\d+)?[wxh](?![a-z0-9+/=_-])/iy;
/** Lines that base64 is broken into have at least so many letters, the last one excepted. */
const LEAST_LINE = 40;

/**
 * The letters of base64 from there on, and where they end, padding included.
 * @param isQuoted so that white space within it is part of it; elsewhere only the ends of lines are
 */
export function base64At(text: string, from: number, isQuoted: boolean): { letters: string; end: number } {
  const pieces: string[] = [];
  let end = from;
  let isPadded = false;
  for (let at = from; at < text.length; ) {
    BASE64.lastIndex = at;
    let run = isPadded ? undefined : BASE64.exec(text)?.[0];
    if (run) {
      if (text[at + run.length] === '>') run = run.replace(/-+$/, ''); // the end of a remark
      pieces.push(run);
      end = at += run.length;
      if (!run) break;
      continue;
    }
    SPACE.lastIndex = at;
    const space = SPACE.exec(text)?.[0];
    if (space) {
      if (!goesOn(text, at + space.length, isQuoted, space)) break;
      at += space.length;
      continue;
    }
    const [letter, after] = letterAt(text, at);
    if (letter === '=') isPadded = true;
    else if (/^[a-z0-9+/_-]$/i.test(letter) && !isPadded) pieces.push(letter);
    else if (letter.trim() !== '') break;
    at = after;
    if (letter.trim() !== '') end = at;
  }
  return { letters: pieces.join(''), end };
}

/** Whether base64 goes on after white space. */
function goesOn(text: string, at: number, isQuoted: boolean, space: string): boolean {
  if (isQuoted) {
    DESCRIPTOR.lastIndex = at;
    return !DESCRIPTOR.test(text);
  }
  if (!/[\r\n]/.test(space)) return false;
  BASE64.lastIndex = at;
  const line = BASE64.exec(text)?.[0] ?? '';
  const next = text[at + line.length];
  return line.length >= LEAST_LINE || next === '=' || (line.length > 0 && line.length % 4 === 0 && (next === undefined || /["'<\r\n]/.test(next)));
}

/** What can be read of it. */
export function fromBase64(letters: string): Uint8Array<ArrayBuffer> {
  const binary = atob(letters.slice(0, letters.length - (letters.length % 4 === 1 ? 1 : 0)).replace(/-/g, '+').replace(/_/g, '/'));
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

export function toBase64(bytes: Uint8Array): string {
  return btoa(latin1(bytes));
}

const NAMED: Record<string, string> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", colon: ':', comma: ',', semi: ';', sol: '/', plus: '+', equals: '=', percnt: '%', num: '#' },
  ...{ tab: '\t', newline: '\n', lowbar: '_', lpar: '(', rpar: ')', bsol: '\\', period: '.', quest: '?' },
};
const REFERENCE = /&(?:amp;)*(?:#x0*([0-9a-f]{1,6});?|#0*([0-9]{1,7});?|([a-z]{2,8});)/iy;
const ESCAPE = /\\+(?:u([0-9a-f]{4})|u\{0*([0-9a-f]{1,6})\}|x([0-9a-f]{2})|([0-9a-f]{1,6})(?:\r\n|[ \t\r\n\f])?|(\r\n|[^]))/iy;

/** The letter that stands there, in whatever spelling, percent signs included, and where the next one begins. Empty: nothing at all. */
function letterAt(text: string, at: number): [letter: string, end: number] {
  let [letter, end] = markedAt(text, at);
  while (letter === '%') {
    const [high, afterHigh] = markedAt(text, end);
    const [low, afterLow] = markedAt(text, afterHigh);
    if (!/^[0-9a-f]{2}$/i.test(high + low)) break;
    [letter, end] = [String.fromCharCode(Number.parseInt(high + low, 16)), afterLow];
  }
  return [letter, end];
}

/** As `letterAt`, with percent signs as they stand. */
function markedAt(text: string, at: number): [letter: string, end: number] {
  const letter = text[at] ?? '';
  if (letter !== '&' && letter !== '\\') return [letter, at + 1];
  const pattern = letter === '&' ? REFERENCE : ESCAPE;
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  if (!found) return [letter, at + 1];
  return [letter === '&' ? referred(found) : meant(found), pattern.lastIndex];
}

function referred([whole, hex, decimal, name]: RegExpExecArray): string {
  if (name) return NAMED[name.toLowerCase()] ?? whole;
  return character(hex ? Number.parseInt(hex, 16) : Number(decimal));
}

function meant([, four, braced, two, css, plain]: RegExpExecArray): string {
  const hex = four ?? braced ?? two ?? css;
  if (hex) return character(Number.parseInt(hex, 16));
  if (/^[\r\n]/.test(plain!)) return '';
  return /[nrt]/.test(plain!) ? ' ' : plain!;
}

/** Empty where no character has that number. */
export function character(code: number): string {
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
}

/** With references resolved, and escapes where what it stands in is escaped, too. */
function resolved(text: string): string {
  const escaped = text.replace(new RegExp(REFERENCE.source, 'gi'), (...found) => referred(found.slice(0, 4) as unknown as RegExpExecArray));
  return /\\["'/]/.test(escaped) ? escaped.replace(new RegExp(ESCAPE.source, 'gi'), (...found) => meant(found.slice(0, 6) as unknown as RegExpExecArray)) : escaped;
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
