/**
 * Drawings (SVG): whether a file is one, packed or not and in whatever encoding, and whether a photo stands in it. What is looked at is
 * text, not a parsed document: what browsers show must be found in what is damaged, too. All of it takes time in proportion to the text.
 */
import { character, dataAddresses, latin1, type DataAddress } from './dataAddress';

/** Larger drawings are taken to hold a photo: without one, none is this large. */
const MOST_BYTES = 64 * 2 ** 20;
const FIRST_BYTES = 1024;
/** So many times escapes within escapes are resolved, and drawings within drawings looked at. */
const MOST_LAYERS = 6;

/** Text of a drawing that is read no further, since it is too large or its beginning alone is. */
export const TOO_LARGE = Symbol('too large');

/**
 * The text of a drawing; null where the file is none. Of other markup no more is read than it takes to come to its first element.
 * @param head the file's first bytes
 */
export async function readMarkup(file: Blob, head: Uint8Array): Promise<string | typeof TOO_LARGE | null> {
  const isPacked = head[0] === 0x1f && head[1] === 0x8b;
  if (!isPacked && !mayBeMarkup(textOf(head))) return null;
  const read = isPacked ? (most: number) => unpacked(file, most) : async (most: number) => new Uint8Array(await file.slice(0, most).arrayBuffer());
  for (let most = FIRST_BYTES; ; most *= 4) {
    const bytes = await read(most);
    const text = textOf(bytes);
    if (!mayBeMarkup(text)) return null;
    const root = rootElement(text);
    const isWhole = bytes.length < most;
    if (root === 'svg') return isWhole ? text : wholeText(await read(MOST_BYTES));
    if (root !== undefined || isWhole) return null;
    if (most >= MOST_BYTES) return TOO_LARGE;
  }
}

function wholeText(bytes: Uint8Array): string | typeof TOO_LARGE {
  return bytes.length < MOST_BYTES ? textOf(bytes) : TOO_LARGE;
}

/** Whether the first thing in it, if there is any past white space, is a "<". */
function mayBeMarkup(text: string): boolean {
  return /^\s*(?:<|$)/.test(text);
}

/** The first bytes of what is packed by gzip; of what is damaged, those before the damage. */
async function unpacked(file: Blob, most: number): Promise<Uint8Array> {
  const result = new Uint8Array(most);
  let length = 0;
  const reader = file.stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    while (length < most) {
      const { value, done } = await reader.read();
      if (done) break;
      const piece = value.subarray(0, most - length);
      result.set(piece, length);
      length += piece.length;
    }
  } catch (error) {
    if (error instanceof DOMException) throw error; // else it is no gzip from here on
  } finally {
    void reader.cancel().catch(() => {});
  }
  return result.subarray(0, length);
}

/** In the encoding that its first bytes tell. Of UTF-32 only what is ASCII comes out right, which is all that is looked for. */
export function textOf(bytes: Uint8Array): string {
  const [a, b, c, d] = bytes;
  const isWide = a || b ? c === 0 && d === 0 && (b === 0 || (a === 0xff && b === 0xfe)) : Boolean(d) && (c === 0 || (c === 0xfe && d === 0xff));
  if (isWide) return latin1(bytes.filter((byte) => byte !== 0)).replace(/^\xff\xfe|^\xfe\xff/, '');
  if ((a === 0xfe && b === 0xff) || (a === 0 && b)) return new TextDecoder('utf-16be').decode(bytes);
  if ((a === 0xff && b === 0xfe) || (a && b === 0)) return new TextDecoder('utf-16le').decode(bytes);
  return new TextDecoder().decode(bytes);
}

/** Name of the first element, lower case, without its prefix; null where there is none, undefined where the text ends before it. */
export function rootElement(text: string): string | null | undefined {
  for (let at = 0; ; ) {
    at = skip(text, at, /\s*/y);
    if (text.startsWith('<?', at)) at = after(text, '?>', at);
    else if (text.startsWith('<!--', at)) at = after(text, '-->', at + 4);
    else if (/^<!doctype/i.test(text.slice(at, at + 9))) at = afterDoctype(text, at);
    else {
      const name = /<(?:[^\s<>/:]*:)?([^\s<>/:]+)(?=[\s/>])/y;
      name.lastIndex = at;
      const found = name.exec(text)?.[1];
      if (found !== undefined) return found.toLowerCase();
      return /^<?[^\s<>/]*$/.test(text.slice(at)) ? undefined : null;
    }
    if (at < 0) return undefined;
  }
}

function skip(text: string, from: number, what: RegExp): number {
  what.lastIndex = from;
  return from + what.exec(text)![0].length;
}

/** -1 where it does not come. */
function after(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? -1 : at + mark.length;
}

/** Past declarations within it, with their quotes and remarks; -1 where it does not end. */
function afterDoctype(text: string, from: number): number {
  const mark = /["'[\]>]|<!--|<\?/g;
  let isWithin = false;
  for (mark.lastIndex = from; ; ) {
    const found = mark.exec(text)?.[0];
    if (found === undefined) return -1;
    if (found === '>' && !isWithin) return mark.lastIndex;
    if (found === '[' || found === ']') isWithin = found === '[';
    const end = { '"': '"', "'": "'", '<!--': '-->', '<?': '?>' }[found];
    if (!end) continue;
    mark.lastIndex = after(text, end, mark.lastIndex);
    if (mark.lastIndex < 0) return -1;
  }
}

/**
 * Whether a photo stands in a drawing, wherever an address may: in attributes, styles, entities, drawings within it. What it takes
 * too many steps to tell is taken to hold one. Addresses of other files are none: they come along with nobody.
 * @param isPicture of what an address holds, a drawing excepted
 */
export function holdsPicture(text: string | typeof TOO_LARGE, isPicture: (bytes: Uint8Array) => boolean, depth = 0): boolean {
  if (text === TOO_LARGE || depth > MOST_LAYERS) return true;
  const holds = ({ type, bytes }: DataAddress): boolean =>
    /^image\/(?!svg\b)/.test(type) || isPicture(bytes) || holdsPicture(textOf(bytes), isPicture, depth + 1);
  return [...new Set([text, withoutRemarks(text)])].some((variant) => {
    for (let layer = 0, before = ''; variant !== before; layer++) {
      if (layer > MOST_LAYERS || variant.length > MOST_BYTES) return true;
      for (const address of dataAddresses(variant)) if (holds(address)) return true;
      [before, variant] = [variant, resolved(variant)];
    }
    return false;
  });
}

/** What stands on both sides of a remark, or of the mark of a literal section, is one text. */
function withoutRemarks(text: string): string {
  const parts: string[] = [];
  let at = 0;
  for (const { 0: mark, index } of text.matchAll(/<!--|<\?|<!\[CDATA\[|\]\]>/g)) {
    if (index < at) continue;
    const end = mark === '<!--' ? after(text, '-->', index) : mark === '<?' ? after(text, '?>', index) : index + mark.length;
    if (end < 0) break;
    parts.push(text.slice(at, index));
    at = end;
  }
  return parts.join('') + text.slice(at);
}

const NAMED = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", colon: ':', comma: ',' };
const ENTITY = /<!ENTITY\s+(%\s+)?([^\s"'<>%&;]+)\s+(?:"([^"]*)"|'([^']*)')/g;

/** The text with one layer of references and escapes (XML's and CSS's) resolved, and without the line breaks that addresses are read without. */
function resolved(text: string): string {
  const entities = new Map<string, string>();
  for (const [, percent, name, double, single] of text.matchAll(ENTITY)) {
    const reference = `${percent ? '%' : '&'}${name}`;
    if (!entities.has(reference)) entities.set(reference, double ?? single ?? '');
  }
  for (const [name, value] of Object.entries(NAMED)) entities.set(`&${name}`, value);
  let length = text.length;
  const grown = (value: string): string => ((length += value.length) > MOST_BYTES ? '' : value);
  const result = text
    .replace(/[\t\r\n]/g, '')
    .replace(/&#(?:x([0-9a-f]+)|([0-9]+));/gi, (_, hex?: string, decimal?: string) => character(hex ? Number.parseInt(hex, 16) : Number(decimal)))
    .replace(/([&%])([^\s&;%#"'<>]{1,64});/g, (reference, mark: string, name: string) => {
      const value = entities.get(mark + name);
      return value === undefined ? reference : grown(value);
    })
    .replace(/\\([0-9a-f]{1,6})\s?|\\([^0-9a-f])/gi, (_, hex?: string, plain?: string) => (hex ? character(Number.parseInt(hex, 16)) : plain!));
  return length > MOST_BYTES ? result.padEnd(MOST_BYTES + 1) : result;
}
