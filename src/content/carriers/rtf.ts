/**
 * Pictures in RTF, as Word, LibreOffice and others write it: hexadecimal digits or bytes in a group `\pict`. Beside a picture stands a second
 * one for readers of old, mostly a metafile with the same photo; and what is embedded comes with its own data. Both go when the picture is replaced.
 */
import { latin1 } from '../../shared/dataAddress';
import { embeddedType } from '../../shared/imageType';
import { asDrawing } from './unreadable';
import type { Picture, Place } from './place';

const HINT = /\\(?:pict|jpegblip|pngblip|objdata)/i;
/** Data of less bytes shows nobody. */
const LEAST_BYTES = 64;
const BITMAP_HEADER = 14;

export function mayHoldRtf(text: string): boolean {
  return HINT.test(text);
}

interface Data {
  kind: 'picture' | 'fallback' | 'object';
  /** Of the group that it is in. */
  start: number;
  end: number;
  isDeviceIndependent: boolean;
  /** From where to where digits stand, or (`isBinary`) bytes with what announces them. */
  runs: { start: number; end: number; from: number; isBinary: boolean }[];
}

interface Group {
  start: number;
  isFallback: boolean;
  data: Data | null;
}

/** Control words, of which the names of formats may be followed by digits at once; control symbols; groups; all between them. */
const TOKEN = /\\(jpegblip|pngblip|emfblip)(?![g-z])()|\\([a-z]{1,32})(-?\d{1,10})?|\\[^a-z]|[{}]|[^\\{}]+/gi;

export function rtfPlaces(text: string): Place[] {
  const readable: Place[] = [];
  const spare: { data: Data; bytes: Uint8Array<ArrayBuffer> }[] = [];
  for (const data of dataIn(text)) {
    const bytes = bytesOf(text, data);
    if (bytes.length < LEAST_BYTES) continue;
    const picture = data.kind === 'picture' ? pictureOf(bytes, data) : null;
    if (picture) readable.push(placeOf(text, data, picture, picture.bytes.length - bytes.length));
    else if (isSpare(bytes, data)) spare.push({ data, bytes });
  }
  if (readable.length > 0) return [...readable, ...spare.map(({ data: { start, end } }): Place => ({ start, end, pictures: [], write: () => '' }))];
  return spare.flatMap(({ data, bytes }) => {
    const picture = unreadableOf(bytes, data);
    return picture ? [placeOf(text, data, picture, 0)] : [];
  });
}

function dataIn(text: string): Data[] {
  const found: Data[] = [];
  const groups: Group[] = [{ start: 0, isFallback: false, data: null }];
  TOKEN.lastIndex = 0;
  for (let token = TOKEN.exec(text); token; token = TOKEN.exec(text)) {
    const group = groups.at(-1)!;
    const { index: start } = token;
    const word = (token[1] ?? token[3])?.toLowerCase();
    if (token[0] === '{') groups.push({ start, isFallback: group.isFallback, data: group.data });
    else if (token[0] === '}') {
      if (groups.length > 1) groups.pop();
      if (group.data?.start === group.start) group.data.end = start + 1;
    } else if (token[0] === '\\*') group.data = null; // something else is said within
    else if (word === 'nonshppict') group.isFallback = true;
    else if (word === 'pict' || word === 'objdata' || (/^(?:jpeg|png)blip$/.test(word ?? '') && !group.data)) {
      const kind = word === 'objdata' ? 'object' : group.isFallback ? 'fallback' : 'picture';
      found.push((group.data = { kind, start: group.start, end: text.length, isDeviceIndependent: false, runs: [] }));
    } else if (word === 'dibitmap' && group.data) group.data.isDeviceIndependent = true;
    else if (word === 'bin') {
      const from = TOKEN.lastIndex + (text[TOKEN.lastIndex] === ' ' ? 1 : 0);
      const end = Math.min(text.length, from + Math.max(0, Number(token[4] ?? 0)));
      group.data?.runs.push({ start, end, from, isBinary: true });
      TOKEN.lastIndex = end;
    } else if (word === undefined && !token[0].startsWith('\\')) group.data?.runs.push({ start, end: start + token[0].length, from: start, isBinary: false });
  }
  return found;
}

function bytesOf(text: string, { runs }: Data): Uint8Array<ArrayBuffer> {
  const bytes: Uint8Array[] = [];
  let digits = '';
  const flush = (): void => {
    bytes.push(fromHex(digits));
    digits = '';
  };
  for (const { from, end, isBinary } of runs) {
    if (!isBinary) digits += text.slice(from, end).replace(/[^0-9a-f]+/gi, '');
    else {
      flush();
      bytes.push(Uint8Array.from(text.slice(from, end), (letter) => letter.charCodeAt(0)));
    }
  }
  flush();
  const result = new Uint8Array(bytes.reduce((sum, { length }) => sum + length, 0));
  bytes.reduce((at, piece) => (result.set(piece, at), at + piece.length), 0);
  return result;
}

function fromHex(digits: string): Uint8Array {
  return Uint8Array.from({ length: digits.length >> 1 }, (_, index) => Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16));
}

/** Null where it is none that could be cloaked. */
function pictureOf(bytes: Uint8Array<ArrayBuffer>, { isDeviceIndependent }: Data): Picture | null {
  const known = embeddedType(bytes);
  if (known) return known.format === 'wmf' || known.format === 'emf' ? null : { type: known.type, bytes };
  return isDeviceIndependent ? bitmapOf(bytes) : null;
}

/** What RTF holds of a bitmap lacks the first header of its file. */
function bitmapOf(bytes: Uint8Array): Picture | null {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [header, depth, compression, colours] = [data.getUint32(0, true), data.getUint16(14, true), data.getUint32(16, true), data.getUint32(32, true)];
  if (header < 40 || header > 124) return null;
  const palette = 4 * (colours || (depth <= 8 ? 2 ** depth : 0)) + (header === 40 && compression === 3 ? 12 : 0);
  const file = new Uint8Array(BITMAP_HEADER + bytes.length);
  const view = new DataView(file.buffer);
  file.set([0x42, 0x4d]);
  view.setUint32(2, file.length, true);
  view.setUint32(10, BITMAP_HEADER + header + palette, true);
  file.set(bytes, BITMAP_HEADER);
  return { type: 'image/bmp', bytes: file };
}

/** Whether it may show a photo. Metafiles of lines alone do not. */
function isSpare(bytes: Uint8Array, { kind }: Data): boolean {
  if (kind === 'object') return true;
  const isMetafile = /^(?:\x01\0\x09\0|\x02\0\x09\0|\xd7\xcd\xc6\x9a)|^\x01\0\0\0[^]{36} EMF/.test(latin1(bytes.subarray(0, 44)));
  return !isMetafile || embeddedType(bytes) !== null;
}

const WITHIN_OBJECT = /\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|BM[^]{12}[\x28\x6c\x7c]\0\0\0/;

/** What is held since nothing else of the text tells what it shows; null for an object without a picture. */
function unreadableOf(bytes: Uint8Array<ArrayBuffer>, { kind }: Data): Picture | null {
  const known = embeddedType(bytes);
  if (known) return { type: known.type, bytes };
  return kind === 'object' && !WITHIN_OBJECT.test(latin1(bytes)) ? null : asDrawing(bytes);
}

/** @param cut how many bytes of the picture's file do not stand in the text */
function placeOf(text: string, { runs }: Data, picture: Picture, cut: number): Place {
  const [first, last] = [runs[0]!, runs.at(-1)!];
  return {
    start: first.start,
    end: last.end,
    pictures: [picture],
    write([{ bytes }]: [Picture]) {
      const between = runs.slice(1).map(({ start }, index) => text.slice(runs[index]!.end, start));
      const before = first.isBinary ? '\n' : /^\s*/.exec(text.slice(first.start, first.end))![0];
      return `${before}${toHex(bytes.subarray(Math.max(0, cut)))}${between.join('')}`;
    },
  } as Place;
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
