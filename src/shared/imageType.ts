/** Tells what a file is by its first bytes, never by its name: for those who hold it and for those who decode it. */

export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'bmp' | 'tiff' | 'avif' | 'heic' | 'jxl' | 'ico' | 'svg';

export interface ImageType {
  format: ImageFormat;
  /** MIME type. */
  type: string;
}

const MIME_TYPES: Record<ImageFormat, string> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  bmp: 'image/bmp',
  tiff: 'image/tiff',
  avif: 'image/avif',
  heic: 'image/heic',
  jxl: 'image/jxl',
  ico: 'image/x-icon',
  svg: 'image/svg+xml',
};

/** How many bytes `imageType` wants to see. */
export const SIGNATURE_LENGTH = 1024;

/** @param head the file's first bytes; null when it is no image */
export function imageType(head: Uint8Array): ImageType | null {
  const format = imageFormat(head);
  return format && { format, type: MIME_TYPES[format] };
}

function imageFormat(head: Uint8Array): ImageFormat | null {
  const text = latin1(head);
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('RIFF') && text.startsWith('WEBP', 8)) return 'webp';
  if (/^GIF8[79]a/.test(text)) return 'gif';
  if (text.startsWith('BM') && isBitmapHeader(head)) return 'bmp';
  if (text.startsWith('II*\0') || text.startsWith('MM\0*')) return 'tiff';
  if (text.startsWith('\xff\x0a') || text.startsWith('\0\0\0\x0cJXL \r\n\x87\n')) return 'jxl';
  if (text.startsWith('\0\0\x01\0')) return 'ico';
  if (text.startsWith('ftyp', 4)) return isoFormat(text);
  return isSvg(text) ? 'svg' : null;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, SIGNATURE_LENGTH));
}

/** "BM" alone begins many a text: the size of the second header must be one of those in use. */
function isBitmapHeader(head: Uint8Array): boolean {
  return head.length > 18 && [12, 40, 52, 56, 64, 108, 124].includes(new DataView(head.buffer, head.byteOffset).getUint32(14, true));
}

/** The brands of an ISO media file: the main one, then (after four bytes of version) the compatible ones. */
function isoFormat(text: string): ImageFormat | null {
  const boxLength = (text.charCodeAt(2) << 8) | text.charCodeAt(3);
  const brands = (text.slice(8, 12) + text.slice(16, boxLength)).match(/.{4}/gs) ?? [];
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return 'avif';
  return brands.some((brand) => /^(heic|heix|heim|heis|hevc|hevx|mif1|msf1)$/.test(brand)) ? 'heic' : null;
}

function isSvg(text: string): boolean {
  return /^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^]*?-->\s*)*(?:<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]/i.test(text);
}
