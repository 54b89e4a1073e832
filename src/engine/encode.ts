/**
 * From pixels to a file like the source: same format, name, type and date, about as many bytes. Where the format lets it, the
 * file is changed where the faces are and nowhere else; else it is written anew.
 */
import { defaultMetadataPolicy, type MetadataPolicy } from '../shared/metadataPolicies';
import type { ImageFormat } from '../shared/imageType';
import { decodeStored, type DecodedPicture } from './decode';
import { UnreadableAvif } from './formats/avif';
import { editAvif } from './formats/avifEditor';
import { editBmp, UnreadableBmp } from './formats/bmp';
import type { Change } from './formats/change';
import { UnreadableJpeg } from './formats/jpeg/coefficients';
import { editJpeg, withMetadataOf as jpegWithMetadataOf } from './formats/jpeg/edit';
import { UnreadablePng, withMetadataOf as pngWithMetadataOf } from './formats/png';
import { editPng } from './formats/pngEditor';
import type { Watch } from './formats/thread';
import { UnreadableVp8 } from './formats/vp8/boolean';
import { withMetadataOf as webpWithMetadataOf } from './formats/webp';
import { editWebp } from './formats/webpEditor';
import { encodeWebp } from './formats/webpEncoder';
import { MetadataEditor, type MetadataReport } from './metadata/metadata';
import { uprightSize } from './orientation';
import { addToPixels } from './pixels';
import type { SourceFile } from './sourceFile';
import { storedChanges } from './storedChanges';
import { CloakError, type CloakOptions } from './types';

/** Where the source does not tell its quality. */
const USUAL_QUALITY = 90;

/**
 * What may differ from what was meant. `edited`: nothing but the faces changed; `inked`: likewise, and the inks' profile takes part of the change back;
 * `contained`: what is around them does, hardly; `encoded`: everything does, a little.
 */
export type Fidelity = 'edited' | 'inked' | 'contained' | 'encoded';

export interface EncodedPicture {
  file: File;
  metadata: MetadataReport;
  fidelity: Fidelity;
}

interface Source {
  decoded: DecodedPicture;
  policy: MetadataPolicy;
  watch: Watch;
}

interface Written {
  parts: BlobPart[];
  metadata: MetadataEditor;
  fidelity: Fidelity;
}

const writers: Partial<Record<ImageFormat, (changes: readonly Change[], source: Source) => Promise<Written>>> = {
  jpeg: writeJpeg,
  png: writePng,
  bmp: (changes, source) => edited(changes, source, async (bytes, stored, metadata) => [editBmp(bytes, stored, metadata)]),
  avif: (changes, source) => edited(changes, source, (bytes, stored, metadata) => editAvif(bytes, stored, metadata, source.watch), 'encoded'),
  webp: writeWebp,
};

/** Throws `CloakError` (`unsupported`) where a picture like this cannot be written again. */
export function requireEncodable({ type: { format } }: SourceFile): void {
  if (!writers[format]) throw new CloakError('unwritable', [format.toUpperCase()]);
}

/**
 * Throws `CloakError` (`unsupported`, `decode`), or the signal's reason.
 * @param changes upright
 * @param decoded the source, which gives format, quality and the size to keep to; its bitmap is closed
 */
export async function encode(changes: readonly Change[], decoded: DecodedPicture, { metadata: policy = defaultMetadataPolicy }: CloakOptions, watch: Watch): Promise<EncodedPicture> {
  const { format } = decoded.type;
  try {
    const { parts, metadata, fidelity } = await writers[format]!(changes, { decoded, policy, watch });
    return { file: fileLike(decoded.file, parts), metadata: metadata.report, fidelity };
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

type Edit = (bytes: Uint8Array<ArrayBuffer>, stored: readonly Change[], metadata: MetadataEditor) => Promise<BlobPart[]>;

async function edited(changes: readonly Change[], { decoded, policy }: Source, edit: Edit, fidelity: Fidelity = 'edited'): Promise<Written> {
  const metadata = new MetadataEditor(policy);
  const stored = storedChanges(changes, decoded.bitmap, decoded.orientation);
  decoded.bitmap.close(); // as large as all that an editor needs
  return { parts: await edit(decoded.bytes, stored, metadata), metadata, fidelity };
}

/** Shows the cloaked picture as its file stores it, for what is written anew. Each viewer then turns it, or not, as it did the source. */
async function canvasOf(changes: readonly Change[], { decoded }: Source): Promise<OffscreenCanvas> {
  decoded.bitmap.close();
  const { bitmap } = await decodeStored(decoded);
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d', { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0);
  const upright = uprightSize(decoded.orientation, bitmap);
  bitmap.close();
  for (const change of storedChanges(changes, upright, decoded.orientation)) addToPixels(context, change);
  return context.canvas;
}

async function writeJpeg(changes: readonly Change[], source: Source): Promise<Written> {
  try {
    const fidelity = source.decoded.header?.isCmyk ? 'inked' : 'edited';
    return await edited(changes, source, async (bytes, stored, metadata) => editJpeg(bytes, stored, metadata), fidelity);
  } catch (error) {
    if (!(error instanceof UnreadableJpeg)) throw error;
    if (source.decoded.header?.isCmyk) throw new CloakError('unwritable', ['CMYK JPEG'], { cause: error });
    // else it is cut off, and the browser shows what there is
  }
  const { bytes, header } = source.decoded;
  const metadata = new MetadataEditor(source.policy);
  const quality = (header?.quality ?? USUAL_QUALITY) / 100;
  const blob = await (await canvasOf(changes, source)).convertToBlob({ type: 'image/jpeg', quality });
  return { parts: jpegWithMetadataOf(bytes, new Uint8Array(await blob.arrayBuffer()), metadata), metadata, fidelity: 'encoded' };
}

async function writePng(changes: readonly Change[], source: Source): Promise<Written> {
  try {
    return await edited(changes, source, (bytes, stored, metadata) => editPng(bytes, stored, metadata));
  } catch (error) {
    if (!(error instanceof UnreadablePng)) throw error; // else it is cut off, and the browser shows what there is
  }
  const metadata = new MetadataEditor(source.policy);
  const blob = await (await canvasOf(changes, source)).convertToBlob({ type: 'image/png' });
  return { parts: await pngWithMetadataOf(source.decoded.bytes, new Uint8Array(await blob.arrayBuffer()), metadata), metadata, fidelity: 'encoded' };
}

async function writeWebp(changes: readonly Change[], source: Source): Promise<Written> {
  const { bytes, header } = source.decoded;
  const isLossless = header?.quality === null;
  try {
    return await edited(changes, source, async (bytes, stored, metadata) => [await editWebp(bytes, stored, metadata, source.watch)], isLossless ? 'edited' : 'contained');
  } catch (error) {
    if (!(error instanceof UnreadableVp8)) throw error; // else it is cut off, and the browser shows what there is
  }
  const metadata = new MetadataEditor(source.policy);
  const written = await encodeWebp(await canvasOf(changes, source), header ? header.quality : USUAL_QUALITY, bytes.length);
  return { parts: [webpWithMetadataOf(bytes, written, metadata)], metadata, fidelity: isLossless ? 'edited' : 'encoded' };
}
