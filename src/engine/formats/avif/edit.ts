/**
 * Changes luma and chroma of an AVIF where the faces are and encodes them again, not much larger than they were; all else that the file
 * shows stays. Of a grid only the cells that change are encoded.
 */
import { Avif, type CodedPicture, type ColourCode, type Part } from './container';
import type { Change } from '../change';
import { encodeByAom } from './libaom';
import { addChange, carrierOf, decodeLuma, decodePlanes, hideBeyond, isRgb } from './planes';
import { colourOf, withColour } from './sequenceHeader';
import type { Watch } from '../thread';
import type { MetadataEditor } from '../../metadata/metadata';
import type { Size } from '../../pixels';
import { Unreadable } from '../unreadable';

/** The more bytes, the less of the picture outside the faces is lost. */
const MOST_GROWTH = 1.3;
/** Bit of the third byte of `av1C`. */
const MONOCHROME = 0x10;

/**
 * @param changes in pixels of the picture as it is shown before it is turned
 * Throws `Unreadable`, or the signal's reason.
 */
export async function editAvif(bytes: Uint8Array, changes: readonly Change[], metadata: MetadataEditor, watch: Watch): Promise<BlobPart[]> {
  const avif = new Avif(bytes);
  const colour = avif.colour ?? colourOf(avif.parts[0]!.coded);
  let [visible, stored]: [Size, readonly Change[]] = [avif, changes];
  if (avif.isCut || avif.isPremultiplied) {
    const shown = await decodeShown(avif.unturned());
    visible = shown;
    if (avif.isPremultiplied) stored = changes.map((change) => premultiplied(change, shown));
  }
  const pictures = new Map<number, CodedPicture>();
  for (const part of avif.parts) {
    const [left, top] = [visible.width - part.x, visible.height - part.y];
    const inside = stored.filter(({ x, y, width, height }) => x < part.x + part.width && y < part.y + part.height && x + width > part.x && y + height > part.y);
    // what is not shown, or not by every reader, may show the face as it was
    if (!inside.length && left >= part.width && top >= part.height) continue;
    const moved = inside.map((change) => ({ ...change, x: change.x - part.x, y: change.y - part.y }));
    pictures.set(part.id, await edited(avif, part, colour, moved, { width: left, height: top }, watch));
  }
  return [avif.withPictures(pictures, metadata)];
}

/** @param changes in pixels of the part, of which no more than `visible` is shown */
async function edited(avif: Avif, part: Part, colour: ColourCode, changes: readonly Change[], visible: Size, watch: Watch): Promise<CodedPicture> {
  const planes = part.configuration[2]! & MONOCHROME ? await decodeLuma(part.coded) : await decodePlanes(avif.bare(part));
  const { format, bits, width, height } = planes;
  if (width !== part.width || height !== part.height) throw new Unreadable('size');
  for (const change of changes) addChange(planes, colour, change);
  hideBeyond(planes, visible);
  const most = isRgb(colour) && format !== 'I400' ? null : Math.floor(MOST_GROWTH * part.coded.length);
  const made = new Avif(await encodeByAom({ pixels: carrierOf(planes, colour), format, bits, width, height, most }, watch)).parts[0]!;
  return { coded: withColour(made.coded, colour), configuration: made.configuration };
}

interface Shown extends Size {
  /** RGBA. */
  pixels: Uint8Array;
}

/** What the browser shows of a picture that is not turned. */
async function decodeShown(avif: Uint8Array<ArrayBuffer>): Promise<Shown> {
  const decoder = new ImageDecoder({ data: avif, type: 'image/avif', colorSpaceConversion: 'none' });
  try {
    const { image } = await decoder.decode();
    const { displayWidth: width, displayHeight: height } = image;
    const pixels = new Uint8Array(image.allocationSize({ format: 'RGBA' }));
    await image.copyTo(pixels, { format: 'RGBA' });
    image.close();
    return { width, height, pixels };
  } catch (cause) {
    throw new Unreadable('not decoded', { cause });
  } finally {
    decoder.close();
  }
}

/** What is added to colours that are multiplied by transparency, so that as much is added to what is seen. */
function premultiplied(change: Change, { width, height, pixels }: Shown): Change {
  const difference = change.difference.map((value, i) => {
    const at = Math.floor(i / 3);
    const [x, y] = [change.x + (at % change.width), change.y + Math.floor(at / change.width)];
    const isInside = x >= 0 && y >= 0 && x < width && y < height;
    return isInside ? Math.round((value * pixels[4 * (y * width + x) + 3]!) / 255) : 0;
  });
  return { ...change, difference };
}
