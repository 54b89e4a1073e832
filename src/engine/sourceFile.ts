/** The file that was chosen: what it is, what its header says, and its bytes, read once for all who want them. */
import type { ImageHeader } from './formats/format';
import { formats, readHeader } from './formats/registry';
import { pictureType, type ImageType } from '../shared/imageType';
import { CloakError } from './types';

/** Larger pictures are refused before they are decoded. */
export const MOST_MEGAPIXELS = 120;

export interface SourceFile {
  file: File;
  bytes: Uint8Array<ArrayBuffer>;
  type: ImageType;
  header: ImageHeader | null;
}

/**
 * Null where the file is no image, or a drawing without any photo in it.
 * Throws `CloakError` (`decode`) where no browser decodes it, and (`too-large`, `decode`) by its header, for what does not tell its
 * size might have any; nothing has been decoded by then.
 */
export async function openSource(file: File): Promise<SourceFile | null> {
  const type = await pictureType(file);
  if (!type) return null;
  const format = formats[type.format];
  if (!format) throw new CloakError('unreadable', [type.format.toUpperCase()]);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const header = readHeader(type.format, bytes);
  if (header) refuseTooLarge(header.width, header.height);
  else if (format.decodedBy !== 'some') throw new CloakError('damaged');
  return { file, bytes, type, header };
}

/** Throws `CloakError` (`too-large`). */
export function refuseTooLarge(width: number, height: number): void {
  const megapixels = (width * height) / 1e6;
  if (megapixels > MOST_MEGAPIXELS) throw new CloakError('too_large', [Math.round(megapixels), MOST_MEGAPIXELS]);
}
