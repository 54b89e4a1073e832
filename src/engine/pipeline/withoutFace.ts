/**
 * A picture without a face goes on with its pixels as they are, byte for byte. What it says beside them goes by the user's choice like that of
 * any other: the place where a photo was taken is no less a secret for its showing nobody.
 */
import type { ImageType } from '../../shared/imageType';
import { defaultMetadataPolicy } from '../../shared/metadataPolicies';
import { fileLike } from '../encode';
import { formats } from '../formats/registry';
import { isUnreadable } from '../formats/unreadable';
import { MetadataEditor } from '../metadata/metadata';
import type { SourceFile } from '../sourceFile';
import type { Stopwatch } from '../stopwatch';
import { CloakError, type CloakOptions, type CloakReport, type CloakResult } from '../types';

type Write = (metadata: MetadataEditor) => BlobPart[] | Promise<BlobPart[]>;

/**
 * The very same file where all is to be kept or nothing has to go; else a copy, with `metadata` in its report. Throws `CloakError` (`decode`,
 * `unsupported`) where what should go cannot be taken out: whoever has chosen so would not want the place to go out without a word.
 * @param write of an animation
 */
export async function passWithoutFace(
  { file, bytes, type }: SourceFile,
  { metadata: policy = defaultMetadataPolicy }: CloakOptions,
  report: CloakReport,
  stopwatch: Stopwatch,
  write: Write | null = stillWriter(type, bytes),
): Promise<CloakResult> {
  const metadata = new MetadataEditor(policy);
  const parts = policy === 'all' || !write ? null : await stopwatch.time('encode', () => written(type, () => write(metadata)));
  if (!parts || !metadata.report.dropped.length) return { file, report: stopwatch.finish(report) };
  const edited = fileLike(file, parts);
  report.metadata = metadata.report;
  report.bytes.after = edited.size;
  return { file: edited, report: stopwatch.finish(report) };
}

/** Null where the format has no place for anything. */
function stillWriter({ format }: ImageType, bytes: Uint8Array<ArrayBuffer>): Write | null {
  const write = formats[format]?.withMetadata;
  return write ? (metadata) => write(bytes, metadata) : null;
}

async function written({ format }: ImageType, write: () => BlobPart[] | Promise<BlobPart[]>): Promise<BlobPart[]> {
  try {
    return await write();
  } catch (cause) {
    if (!isUnreadable(cause)) throw cause;
    throw formats[format]?.decodedBy === 'every' ? new CloakError('damaged', [], { cause }) : new CloakError('unwritable', [format.toUpperCase()], { cause });
  }
}
