/** From a file to pixels: upright, in a colour space that holds its colours. */
import { readHeader } from './formats/header';
import type { ImageHeader } from './formats/imageHeader';
import { imageType, SIGNATURE_LENGTH, type ImageType } from '../shared/imageType';
import { CloakError } from './types';

/** Larger pictures are refused before they are decoded. */
export const MOST_MEGAPIXELS = 120;

export interface DecodedPicture {
  type: ImageType;
  header: ImageHeader | null;
  /** Orientation applied. To be closed by whoever asked for it. */
  bitmap: ImageBitmap;
  colorSpace: PredefinedColorSpace;
}

/**
 * Null where the file is no image, or a drawing without any photo in it.
 * Throws `CloakError` (`decode`, `too-large`).
 */
export async function decode(file: File): Promise<DecodedPicture | null> {
  const type = imageType(new Uint8Array(await file.slice(0, SIGNATURE_LENGTH).arrayBuffer()));
  if (!type || (type.format === 'svg' && !(await file.text()).includes('data:image/'))) return null;
  const bytes = new Uint8Array(await file.arrayBuffer());
  const header = readHeader(type.format, bytes);
  if (header) refuseTooLarge(header.width, header.height);
  const bitmap = await decodeBitmap(file, type);
  try {
    refuseTooLarge(bitmap.width, bitmap.height);
    return { type, header, bitmap, colorSpace: await colorSpaceOf(type, header) };
  } catch (error) {
    bitmap.close();
    throw error;
  }
}

async function decodeBitmap(file: File, { type, format }: ImageType): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file.slice(0, file.size, type), { imageOrientation: 'from-image' });
  } catch (cause) {
    const message = ['jpeg', 'png', 'webp', 'gif', 'bmp'].includes(format)
      ? 'This picture is damaged or cut off, so NullSwap cannot read it. Save or download it again and retry.'
      : `NullSwap cannot read ${format.toUpperCase()} pictures in this browser. Save it as JPEG, PNG or WebP and retry.`;
    throw new CloakError('decode', message, { cause });
  }
}

function refuseTooLarge(width: number, height: number): void {
  const megapixels = (width * height) / 1e6;
  if (megapixels <= MOST_MEGAPIXELS) return;
  const size = `${Math.round(megapixels)} megapixels`;
  throw new CloakError('too-large', `This picture has ${size}; NullSwap takes up to ${MOST_MEGAPIXELS}. Make it smaller and retry.`);
}

/** Names of colour profiles wider than sRGB, as they stand in a profile's description. */
const WIDE_PROFILES = /Display P3|DCI[- ]?P3|Adobe ?RGB|ProPhoto|ROMM|2020/i;

async function colorSpaceOf({ format }: ImageType, header: ImageHeader | null): Promise<PredefinedColorSpace> {
  if (!header?.profile) return 'srgb';
  const profile = format === 'png' ? await inflate(header.profile) : header.profile;
  const text = Array.from(profile.subarray(0, 4096), (byte) => (byte ? String.fromCharCode(byte) : '')).join('');
  return WIDE_PROFILES.test(text) ? 'display-p3' : 'srgb';
}

/** Undoes zlib; what is damaged counts as empty. */
async function inflate(bytes: Uint8Array): Promise<Uint8Array> {
  try {
    const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('deflate'));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    return new Uint8Array();
  }
}
