/**
 * From pixels to a file like the source: same format, name, type and date, about as many bytes. Where the format lets it, the
 * file is changed where the faces are and nowhere else; else it is written anew.
 */
import type { MetadataPolicy } from '../shared/metadataPolicies';
import type { ImageFormat } from '../shared/imageType';
import { changesBetween } from './changes';
import type { DecodedPicture } from './decode';
import { UnreadableAvif } from './formats/avif';
import { editAvif } from './formats/avifEditor';
import { editBmp, UnreadableBmp } from './formats/bmp';
import type { Change } from './formats/change';
import { UnreadableJpeg } from './formats/jpeg/coefficients';
import { editJpeg, withMetadataOf as jpegWithMetadataOf } from './formats/jpeg/edit';
import type { Watch } from './formats/libaom';
import { UnreadablePng } from './formats/png';
import { editPng } from './formats/pngEditor';
import { withMetadataOf as webpWithMetadataOf } from './formats/webp';
import { encodeWebp } from './formats/webpEncoder';
import { MetadataEditor, type MetadataReport } from './metadata/metadata';
import { type Box, CloakError } from './types';

/** Where the source does not tell its quality. */
const USUAL_QUALITY = 90;

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

interface Source {
  bytes: Uint8Array<ArrayBuffer>;
  picture: DecodedPicture;
  policy: MetadataPolicy;
  watch: Watch;
}

interface Written {
  parts: BlobPart[];
  metadata: MetadataEditor;
}

const writers: Partial<Record<ImageFormat, (cloaked: CloakedPicture, source: Source) => Promise<Written>>> = {
  jpeg: writeJpeg,
  png: (cloaked, source) => edited(cloaked, source, (bytes, changes, metadata) => editPng(bytes, changes, metadata)),
  bmp: (cloaked, source) => edited(cloaked, source, async (bytes, changes) => [editBmp(bytes, changes)]),
  avif: (cloaked, source) => edited(cloaked, source, (bytes, changes, metadata) => editAvif(bytes, changes, metadata, source.watch)),
  webp: writeWebp,
};

/** Throws `CloakError` (`unsupported`) where a picture like this cannot be written again. */
export function requireEncodable({ type: { format } }: DecodedPicture): void {
  if (!writers[format]) throw new CloakError('unwritable', [format.toUpperCase()]);
}

/**
 * Throws `CloakError` (`unsupported`, `decode`), or the signal's reason.
 * @param picture what was decoded from `source`, which gives format, quality and the size to keep to
 */
export async function encode(cloaked: CloakedPicture, picture: DecodedPicture, source: File, policy: MetadataPolicy, watch: Watch): Promise<EncodedPicture> {
  const { format } = picture.type;
  const bytes = new Uint8Array(await source.arrayBuffer());
  try {
    const { parts, metadata } = await writers[format]!(cloaked, { bytes, picture, policy, watch });
    return { file: fileLike(source, parts), metadata: metadata.report };
  } catch (cause) {
    if (cause instanceof UnreadableBmp || cause instanceof UnreadableAvif) throw new CloakError('unwritable', [format.toUpperCase()], { cause });
    if (cause instanceof UnreadablePng) throw new CloakError('damaged', [], { cause });
    throw cause;
  }
}

/** Name, type and date of the source. */
export function fileLike(source: File, parts: BlobPart[]): File {
  return new File(parts, source.name, { type: source.type, lastModified: source.lastModified });
}

type Edit = (bytes: Uint8Array<ArrayBuffer>, changes: Change[], metadata: MetadataEditor) => Promise<BlobPart[]>;

async function edited({ context, regions }: CloakedPicture, { bytes, picture, policy }: Source, edit: Edit): Promise<Written> {
  const metadata = new MetadataEditor(policy);
  return { parts: await edit(bytes, changesBetween(picture.bitmap, context.canvas, regions, picture.orientation), metadata), metadata };
}

async function writeJpeg(cloaked: CloakedPicture, source: Source): Promise<Written> {
  try {
    return await edited(cloaked, source, async (bytes, changes, metadata) => editJpeg(bytes, changes, metadata));
  } catch (error) {
    if (!(error instanceof UnreadableJpeg)) throw error;
    if (source.picture.header?.isCmyk) throw new CloakError('unwritable', ['CMYK JPEG'], { cause: error });
    // else it is cut off, and the browser shows what there is
  }
  const { bytes, picture, policy } = source;
  const metadata = new MetadataEditor(policy, true);
  const quality = (picture.header?.quality ?? USUAL_QUALITY) / 100;
  const blob = await cloaked.context.canvas.convertToBlob({ type: 'image/jpeg', quality });
  return { parts: jpegWithMetadataOf(bytes, new Uint8Array(await blob.arrayBuffer()), metadata), metadata };
}

async function writeWebp({ context }: CloakedPicture, { bytes, picture, policy }: Source): Promise<Written> {
  const metadata = new MetadataEditor(policy, true);
  const written = await encodeWebp(context.canvas, picture.header?.quality ?? null, bytes.length);
  return { parts: [webpWithMetadataOf(bytes, written, metadata)], metadata };
}
