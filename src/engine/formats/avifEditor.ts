/**
 * Changes luma and chroma of an AVIF where the faces are and encodes them again, not much larger than it was; all else in the file
 * stays.
 */
import { Avif } from './avif';
import type { Change } from './change';
import { encodeByAom, type Watch } from './libaom';
import { addChange, carrierOf, decodePlanes } from './planes';
import { withColour } from './sequenceHeader';
import type { MetadataEditor } from '../metadata/metadata';

/** The more bytes, the less of the picture outside the faces is lost. */
const MOST_GROWTH = 1.3;

/** Throws `UnreadableAvif`, or the signal's reason. */
export async function editAvif(bytes: Uint8Array, changes: readonly Change[], metadata: MetadataEditor, watch: Watch): Promise<BlobPart[]> {
  const avif = new Avif(bytes);
  const planes = await decodePlanes(avif.bare());
  for (const change of changes) addChange(planes, change);
  const { format, bits, width, height, colour } = planes;
  const most = Math.floor(MOST_GROWTH * avif.coded.length);
  const made = new Avif(await encodeByAom({ pixels: carrierOf(planes), format, bits, width, height, most }, watch));
  return [avif.withPicture(withColour(made.coded, colour), made.configuration, metadata)];
}
