/**
 * From pixels to a file like the source: same format, name, type and date, about as many bytes. Where the format lets it, the
 * file is changed where the faces are and nowhere else; else it is written anew.
 */
import { defaultMetadataPolicy, type MetadataPolicy } from '../shared/metadataPolicies';
import { decodeStored, type DecodedPicture } from './decode';
import { beginning } from './formats/bytes';
import type { Change } from './formats/change';
import type { Fidelity, Rewrite, StillWriter } from './formats/format';
import { formats } from './formats/registry';
import type { Watch } from './formats/thread';
import { isUnreadable } from './formats/unreadable';
import { MetadataEditor, type MetadataReport } from './metadata/metadata';
import { uprightSize } from './orientation';
import { addToPixels } from './pixels';
import type { SourceFile } from './sourceFile';
import { storedChanges } from './storedChanges';
import { CloakError, type CloakOptions } from './types';

export interface EncodedPicture {
  file: File;
  metadata: MetadataReport;
  fidelity: Fidelity;
}

/** Throws `CloakError` (`unsupported`) where a picture like this cannot be written again. */
export function requireEncodable(source: SourceFile): void {
  writerOf(source);
}

function writerOf({ type: { format } }: SourceFile): StillWriter {
  const writer = formats[format]?.still;
  if (!writer) throw new CloakError('unwritable', [format.toUpperCase()]);
  return writer;
}

/**
 * Throws `CloakError` (`unsupported`, `decode`), or the signal's reason.
 * @param changes upright
 * @param decoded the source, which gives format, quality and the size to keep to; its bitmap is closed
 */
export async function encode(changes: readonly Change[], decoded: DecodedPicture, { metadata: policy = defaultMetadataPolicy }: CloakOptions, watch: Watch): Promise<EncodedPicture> {
  const [writer, header, metadata] = [writerOf(decoded), decoded.header!, new MetadataEditor(policy)];
  const stored = storedChanges(changes, decoded.bitmap, decoded.orientation);
  decoded.bitmap.close(); // as large as all that an editor needs
  try {
    const parts = await writer.edit(decoded.bytes, stored, metadata, watch);
    return { file: fileLike(decoded.file, parts), metadata: metadata.report, fidelity: writer.fidelity(header) };
  } catch (cause) {
    if (!isUnreadable(cause)) throw cause;
    const rewrite = writer.rewrite?.(decoded.bytes, header); // it is cut off, and the browser shows what there is
    if (!rewrite) throw new CloakError('unwritable', [`${header.isCmyk ? 'CMYK ' : ''}${decoded.type.format.toUpperCase()}`], { cause });
    return rewritten(changes, decoded, rewrite, policy);
  }
}

async function rewritten(changes: readonly Change[], decoded: DecodedPicture, { fidelity, write }: Rewrite, policy: MetadataPolicy): Promise<EncodedPicture> {
  const metadata = new MetadataEditor(policy);
  const canvas = await canvasOf(changes, decoded);
  try {
    return { file: fileLike(decoded.file, await write(canvas, metadata)), metadata: metadata.report, fidelity };
  } catch (cause) {
    throw isUnreadable(cause) ? new CloakError('damaged', [], { cause }) : cause;
  }
}

/** Name, type and date of the source. */
export function fileLike(source: File, parts: BlobPart[]): File {
  return new File(beginning(parts), source.name, { type: source.type, lastModified: source.lastModified });
}

/** Shows the cloaked picture as its file stores it, for what is written anew. Each viewer then turns it, or not, as it did the source. */
async function canvasOf(changes: readonly Change[], decoded: DecodedPicture): Promise<OffscreenCanvas> {
  const { bitmap } = await decodeStored(decoded);
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d', { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0);
  const upright = uprightSize(decoded.orientation, bitmap);
  bitmap.close();
  for (const change of storedChanges(changes, upright, decoded.orientation)) addToPixels(context, change);
  return context.canvas;
}
