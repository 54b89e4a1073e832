/** Tells what a file is by its content, never by its name or type: the one reader for those who hold it and for those who decode it. */
import { latin1 } from './dataAddress';
import { holdsBitmap } from './metafile';
import { holdsPicture, readMarkup, rootElement, textOf } from './svg';

export type ImageFormat = (typeof FORMATS)[number][0];

export interface ImageType {
  format: ImageFormat;
  /** MIME type. */
  type: string;
}

/**
 * Each with its MIME type and what its files begin with, where that alone tells it. Many a camera's raw file (CR2, NEF, ARW,
 * DNG, PEF, SRW, 3FR, KDC …) is a TIFF; those of its own kind are named.
 */
const FORMATS = [
  ['jpeg', 'image/jpeg', '\xff\xd8\xff'],
  ['png', 'image/png', '\x89PNG\r\n\x1a\n'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif', 'GIF87a', 'GIF89a'],
  ['bmp', 'image/bmp'],
  ['ico', 'image/x-icon'],
  ['svg', 'image/svg+xml'],
  ['avif', 'image/avif'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
  ['tiff', 'image/tiff', 'II*\0', 'MM\0*', 'II+\0\x08\0\0\0', 'MM\0+\0\x08\0\0'],
  ['jxl', 'image/jxl', '\xff\x0a', '\0\0\0\x0cJXL \r\n\x87\n'],
  ['jp2', 'image/jp2', '\0\0\0\x0cjP  \r\n\x87\n', '\0\0\0\x0cjP\x1a\x1a\r\n\x87\n', '\xff\x4f\xff\x51'],
  ['jxr', 'image/jxr', 'II\xbc'],
  ['psd', 'image/vnd.adobe.photoshop', '8BPS\0\x01', '8BPS\0\x02'],
  ['cr3', 'image/x-canon-cr3'],
  ['crw', 'image/x-canon-crw', 'II\x1a\0\0\0HEAPCCDR', 'MM\0\0\0\x1aHEAPCCDR'],
  ['raf', 'image/x-fuji-raf', 'FUJIFILMCCD-RAW'],
  ['orf', 'image/x-olympus-orf', 'IIRO', 'IIRS', 'MMOR', 'MMSR'],
  ['rw2', 'image/x-panasonic-rw2', 'IIU\0'],
  ['x3f', 'image/x-sigma-x3f', 'FOVb'],
  ['mrw', 'image/x-minolta-mrw', '\0MRM', '\0MRI'],
  ['iiq', 'image/x-phaseone-iiq', 'IIIITwaR', 'MMMMRawT'],
  ['pnm', 'image/x-portable-anymap', 'P7\nWIDTH'],
  ['tga', 'image/x-tga'],
  ['dds', 'image/vnd.ms-dds', 'DDS \x7c\0\0\0'],
  ['qoi', 'image/qoi', 'qoif'],
  ['flif', 'image/flif'],
  ['bpg', 'image/bpg', 'BPG\xfb'],
  ['exr', 'image/x-exr', 'v/1\x01'],
  ['hdr', 'image/vnd.radiance', '#?RADIANCE\n', '#?RGBE\n'],
  ['xcf', 'image/x-xcf', 'gimp xcf '],
  ['icns', 'image/x-icns', 'icns'],
  ['mng', 'image/x-mng', '\x8aMNG\r\n\x1a\n', '\x8bJNG\r\n\x1a\n'],
  ['pcx', 'image/x-pcx'],
  ['sgi', 'image/x-sgi'],
  ['ras', 'image/x-sun-raster', '\x59\xa6\x6a\x95'],
  ['djvu', 'image/vnd.djvu', 'AT&TFORM'],
  ['wmf', 'image/wmf', '\xd7\xcd\xc6\x9a\0\0', '\x01\0\x09\0\0\x01', '\x01\0\x09\0\0\x03', '\x02\0\x09\0\0\x01', '\x02\0\x09\0\0\x03'],
  ['emf', 'image/emf'],
] as const satisfies [string, string, ...string[]][];

/** How many bytes `imageType` wants to see. */
export const SIGNATURE_LENGTH = 1024;

/** @param head the file's first bytes; null when these are no image's. Whether there is a picture in a drawing (`svg`, `wmf`, `emf`) they do not tell: `pictureType` does */
export function imageType(head: Uint8Array): ImageType | null {
  return typeOf(imageFormat(head.subarray(0, SIGNATURE_LENGTH)));
}

/** Larger metafiles are taken to hold a photo. */
const MOST_METAFILE = 64 * 2 ** 20;

/**
 * What picture a file is; null when it is none, or a drawing without any photo in it. Reads no more than the first bytes, and the
 * last few of what could be a TGA; markup, packed or not, as far as it takes; metafiles whole. Rejects where the file cannot be read.
 */
export async function pictureType(file: Blob): Promise<ImageType | null> {
  const head = await bytesOf(file.slice(0, SIGNATURE_LENGTH));
  const format = imageFormat(head);
  if (isMetafile(format)) return typeOf(file.size > MOST_METAFILE || holdsBitmap(await bytesOf(file)) ? format : null);
  if (format && format !== 'svg') return typeOf(format);
  const markup = await readMarkup(file, head);
  if (markup !== null) return typeOf(holdsPicture(markup, isPicture) ? 'svg' : null);
  return typeOf((await isTarga(file, head)) ? 'tga' : null);
}

/** As `pictureType`, of what stands in a text. */
export function embeddedType(bytes: Uint8Array): ImageType | null {
  const format = imageFormat(bytes.subarray(0, SIGNATURE_LENGTH));
  if (isMetafile(format)) return typeOf(holdsBitmap(bytes) ? format : null);
  const isMarkup = format === 'svg' || (format === null && rootElement(textOf(bytes)) === 'svg');
  return isMarkup ? typeOf(holdsPicture(textOf(bytes), isPicture) ? 'svg' : null) : typeOf(format);
}

function isMetafile(format: ImageFormat | null): boolean {
  return format === 'wmf' || format === 'emf';
}

function typeOf(format: ImageFormat | null): ImageType | null {
  return format && { format, type: FORMATS.find(([name]) => name === format)![1] };
}

/** Whether what an address within a drawing holds is one, other than a drawing. */
export function isPicture(bytes: Uint8Array): boolean {
  const format = imageFormat(bytes.subarray(0, SIGNATURE_LENGTH));
  return format !== null && format !== 'svg';
}

function imageFormat(head: Uint8Array): ImageFormat | null {
  const text = latin1(head);
  for (const [format, , ...signatures] of FORMATS) if (signatures.some((signature) => begins(text, signature))) return format;
  if (text.startsWith('RIFF') && text.startsWith('WEBP', 8)) return 'webp';
  if (text.startsWith('BM') && isBitmapHeader(head)) return 'bmp';
  if ((text.startsWith('\0\0\x01\0') || text.startsWith('\0\0\x02\0')) && isIconDirectory(head)) return 'ico';
  if (text.startsWith('ftyp', 4)) return isoFormat(text, head);
  if (isAnymap(text)) return 'pnm';
  if (/^\n[\0\x02-\x05]\x01[\x01\x02\x04\x08]/.test(text) && head.length > 128 && head[64] === 0) return 'pcx';
  if (/^\x01\xda[\0\x01][\x01\x02]\0[\x01-\x03]/.test(text)) return 'sgi';
  if (text.startsWith('\x01\0\0\0') && text.startsWith(' EMF', 40)) return 'emf';
  if (/^FLIF[134ACDQSTacdqst][012]/.test(text)) return 'flif';
  return rootElement(textOf(head)) === 'svg' ? 'svg' : null;
}

/** Four letters may begin a word as well ("MMORPG"): those count where what follows is no text. */
function begins(text: string, signature: string): boolean {
  return text.startsWith(signature) && !(signature.length === 4 && /^\w+$/.test(signature) && !/[\0-\x08]/.test(text.slice(4, 64)));
}

async function bytesOf(file: Blob): Promise<Uint8Array> {
  return new Uint8Array(await file.arrayBuffer());
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** "BM" alone begins many a text: the size of the second header must be one that browsers take (OS/2's may be cut short anywhere). */
function isBitmapHeader(head: Uint8Array): boolean {
  if (head.length <= 18) return false;
  const size = view(head).getUint32(14, true);
  return [12, 42, 46, 108, 124].includes(size) || (size >= 16 && size <= 64 && size % 4 === 0);
}

/** Icons and pointers have a directory: so many pictures, which lie behind it. */
function isIconDirectory(head: Uint8Array): boolean {
  if (head.length < 22) return false;
  const data = view(head);
  const [count, length, start] = [data.getUint16(4, true), data.getUint32(14, true), data.getUint32(18, true)];
  return count > 0 && length > 0 && start >= 6 + 16 * count;
}

const AVIF_BRANDS = ['avif', 'avis', 'avio'];
const HEIC_BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs'];
/** HEIF and MIAF with whatever codec; and the same structures with JPEG, JPEG 2000, AVC, VVC, EVC or no codec in them. */
const HEIF_BRANDS = /^(?:mif\d|msf\d|miaf|Mi[A-Z]\w|MA1[AB]|1pic|jpeg|jpgs|j2ki|j2is|avci|avcs|vvic|vvis|evbi|evbs|evmi|evms|unif|geo1|pred|tmap|heif)$/;

/** By the brands of an ISO media file – the main one, then (after four bytes of version) the compatible ones – and by the handler of its pictures, whatever the brands. */
function isoFormat(text: string, head: Uint8Array): ImageFormat | null {
  const brands: string[] = (text.slice(8, 12) + text.slice(16, view(head).getUint32(0))).match(/.{4}/gs) ?? [];
  if (brands.includes('crx ')) return 'cr3';
  if (brands.some((brand) => AVIF_BRANDS.includes(brand))) return 'avif';
  if (brands.some((brand) => HEIC_BRANDS.includes(brand))) return 'heic';
  if (brands.some((brand) => brand === 'jp2 ' || brand === 'jpx ' || brand === 'jph ')) return 'jp2';
  return brands.some((brand) => HEIF_BRANDS.test(brand)) || /hdlr.{8}pict/s.test(text) ? 'heif' : null;
}

/** Sizes in figures follow, maybe after remarks: words that begin alike are no picture. */
function isAnymap(text: string): boolean {
  const [kind, ...numbers] = text.replace(/#[^\r\n]*/g, '').split(/\s+/, 4);
  if (!/^P[1-6Ff]$/.test(kind!)) return false;
  return /^P[14]$/.test(kind!) ? numbers.slice(0, 2).every(isFigure) && numbers.length >= 2 : numbers.length === 3 && numbers.every(isFigure);
}

function isFigure(text: string): boolean {
  return /^-?\d+(?:\.\d+)?$/.test(text);
}

const TARGA_FOOTER = 'TRUEVISION-XFILE.\0';

/** It begins with nothing certain: only where it ends with its mark, or is as long as its header says. */
async function isTarga(file: Blob, head: Uint8Array): Promise<boolean> {
  if (head.length < 18) return false;
  const [idLength, mapped, kind, depth, mapDepth] = [head[0]!, head[1]!, head[2]!, head[16]!, head[7]!];
  if (mapped > 1 || ![1, 2, 3, 9, 10, 11].includes(kind) || ![8, 15, 16, 24, 32].includes(depth)) return false;
  if (latin1(await bytesOf(file.slice(-TARGA_FOOTER.length))) === TARGA_FOOTER) return true;
  const data = view(head);
  const pixels = data.getUint16(12, true) * data.getUint16(14, true);
  const map = mapped * data.getUint16(5, true) * Math.ceil(mapDepth / 8);
  return kind <= 3 && pixels > 0 && file.size === 18 + idLength + map + pixels * Math.ceil(depth / 8);
}
