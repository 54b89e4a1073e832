/**
 * From pixels to a file like the source: same format, name, type and date, about as many bytes. A JPEG is changed where the
 * faces are; other formats are written anew.
 */
import type { MetadataPolicy } from '../shared/metadataPolicies';
import type { ImageFormat } from '../shared/imageType';
import { changesBetween } from './changes';
import type { DecodedPicture } from './decode';
import { UnreadableJpeg } from './formats/jpeg/coefficients';
import { editJpeg, withMetadataOf as jpegWithMetadataOf } from './formats/jpeg/edit';
import { keptChunks } from './formats/png';
import { encodePng } from './formats/pngEncoder';
import { withMetadataOf as webpWithMetadataOf } from './formats/webp';
import { MetadataEditor, type MetadataReport } from './metadata/metadata';
import { type Box, CloakError } from './types';

/** Where the source does not tell its quality. */
const USUAL_QUALITY = 90;
/** A cloaked file may be this much larger than its source before it is encoded again, more tightly. */
const MOST_GROWTH = 1.3;
const ATTEMPTS = 3;

type Context = OffscreenCanvasRenderingContext2D;

export interface CloakedPicture {
  /** Shows it upright. */
  context: Context;
  /** Where it differs from the source, at whole pixels, none overlapping another. */
  regions: Box[];
}

export interface EncodedPicture {
  file: File;
  metadata: MetadataReport;
}

const encodable: readonly ImageFormat[] = ['jpeg', 'png', 'webp'];

/** Throws `CloakError` (`unsupported`) where a picture like this cannot be written again. */
export function requireEncodable({ type, header }: DecodedPicture): void {
  const format = type.format.toUpperCase();
  if (header?.isDeep) throw new CloakError('deep', [format]);
  if (header?.animated) throw new CloakError('animated', [format]);
  if (!encodable.includes(type.format)) throw new CloakError('unwritable', [format]);
}

/** @param picture what was decoded from `source`, which gives format, quality and the size to keep to */
export async function encode(cloaked: CloakedPicture, picture: DecodedPicture, source: File, policy: MetadataPolicy): Promise<EncodedPicture> {
  const bytes = new Uint8Array(await source.arrayBuffer());
  const { parts, metadata } = (picture.type.format === 'jpeg' && edited(cloaked, picture, bytes, policy)) || (await writtenAnew(cloaked, picture, bytes, policy));
  return { file: new File(parts, source.name, { type: source.type, lastModified: source.lastModified }), metadata: metadata.report };
}

interface Written {
  parts: BlobPart[];
  metadata: MetadataEditor;
}

/** Null where the JPEG is of a kind that cannot be edited. */
function edited({ context, regions }: CloakedPicture, { bitmap, orientation }: DecodedPicture, bytes: Uint8Array, policy: MetadataPolicy): Written | null {
  const metadata = new MetadataEditor(policy);
  try {
    return { parts: editJpeg(bytes, changesBetween(bitmap, context.canvas, regions, orientation), metadata), metadata };
  } catch (error) {
    if (error instanceof UnreadableJpeg) return null;
    throw error;
  }
}

async function writtenAnew({ context }: CloakedPicture, picture: DecodedPicture, bytes: Uint8Array, policy: MetadataPolicy): Promise<Written> {
  const metadata = new MetadataEditor(policy, true);
  if (picture.type.format === 'png') return { parts: [await encodePng(context, keptChunks(bytes, metadata))], metadata };
  const written = new Uint8Array(await (await encodeByBrowser(context.canvas, picture, bytes.length)).arrayBuffer());
  if (picture.type.format === 'webp') return { parts: [webpWithMetadataOf(bytes, written, metadata)], metadata };
  return { parts: jpegWithMetadataOf(bytes, written, picture.isInOwnColours, metadata), metadata };
}

async function encodeByBrowser(canvas: OffscreenCanvas, { type, header }: DecodedPicture, sourceSize: number): Promise<Blob> {
  let quality = qualityFor(type.format, header?.quality ?? null);
  let blob = await canvas.convertToBlob({ type: type.type, quality: quality / 100 });
  for (let attempt = 1; attempt < ATTEMPTS && quality < 100 && blob.size > MOST_GROWTH * sourceSize; attempt++) {
    quality = Math.max(1, quality * 0.9);
    blob = await canvas.convertToBlob({ type: type.type, quality: quality / 100 });
  }
  return blob;
}

/** WebP is lossless at 100. */
function qualityFor(format: ImageFormat, quality: number | null): number {
  if (format === 'webp') return quality === null ? 100 : Math.min(quality, 99);
  return quality ?? USUAL_QUALITY;
}
