/**
 * A picture without a face goes on with its pixels as they are, byte for byte. What it says beside them goes by the user's choice like that of
 * any other: the place where a photo was taken is no less a secret for its showing nobody.
 */
import { defaultMetadataPolicy } from '../../shared/metadataPolicies';
import type { ImageFormat } from '../../shared/imageType';
import { fileLike } from '../encode';
import { UnreadableAvif } from '../formats/avif';
import { withEditedMetadata } from '../formats/avifMetadata';
import { imageOf } from '../formats/jpeg/bare';
import { UnreadableJpeg } from '../formats/jpeg/coefficients';
import { withMetadataOf as jpegWithMetadataOf } from '../formats/jpeg/edit';
import { UnreadablePng } from '../formats/png';
import { editPng } from '../formats/pngEditor';
import { withMetadataOf as webpWithMetadataOf } from '../formats/webp';
import { MetadataEditor } from '../metadata/metadata';
import type { SourceFile } from '../sourceFile';
import type { Stopwatch } from '../stopwatch';
import { CloakError, type CloakOptions, type CloakReport, type CloakResult } from '../types';

type Write = (metadata: MetadataEditor) => BlobPart[] | Promise<BlobPart[]>;

/** The others (BMP, icons) have no place for it. */
const writers: Partial<Record<ImageFormat, (bytes: Uint8Array) => Write>> = {
  jpeg: (bytes) => (metadata) => jpegWithMetadataOf(bytes, imageOf(bytes, metadata), metadata),
  png: (bytes) => (metadata) => editPng(bytes, [], metadata),
  webp: (bytes) => (metadata) => [webpWithMetadataOf(bytes, bytes, metadata)],
  avif: (bytes) => (metadata) => [withEditedMetadata(bytes, metadata)],
};

/**
 * The very same file where all is to be kept or nothing has to go; else a copy, with `metadata` in its report. Throws `CloakError` (`decode`,
 * `unsupported`) where what should go cannot be taken out: whoever has chosen so would not want the place to go out without a word.
 * @param write of an animation
 */
export async function passWithoutFace(
  { file, bytes, type: { format } }: SourceFile,
  { metadata: policy = defaultMetadataPolicy }: CloakOptions,
  report: CloakReport,
  stopwatch: Stopwatch,
  write: Write | undefined = writers[format]?.(bytes),
): Promise<CloakResult> {
  const metadata = new MetadataEditor(policy);
  const parts = policy === 'all' || !write ? null : await stopwatch.time('encode', () => written(format, () => write(metadata)));
  if (!parts || !metadata.report.dropped.length) return { file, report: stopwatch.finish(report) };
  const edited = fileLike(file, parts);
  report.metadata = metadata.report;
  report.bytes.after = edited.size;
  return { file: edited, report: stopwatch.finish(report) };
}

async function written(format: ImageFormat, write: () => BlobPart[] | Promise<BlobPart[]>): Promise<BlobPart[]> {
  try {
    return await write();
  } catch (cause) {
    if (cause instanceof UnreadableAvif) throw new CloakError('unwritable', [format.toUpperCase()], { cause });
    if (cause instanceof UnreadableJpeg || cause instanceof UnreadablePng || cause instanceof RangeError) throw new CloakError('damaged', [], { cause });
    throw cause;
  }
}
