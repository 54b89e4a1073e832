/**
 * Edits what an AVIF says beside its pictures where it stands: nothing is moved, and what goes is overwritten, so that every picture in
 * the file stays as it is, whatever its container is made of (ISO/IEC 14496-12, 23008-12).
 */
import { entriesOf, isCredential, placesOf } from './container';
import { concatenate, latin1Bytes, latin1Text, view } from '../bytes';
import { type FoundBox, isoBoxes, wholeIsoBoxes } from '../isoBoxes';
import { orientationOnly } from '../../metadata/exif';
import type { MetadataEditor } from '../../metadata/metadata';
import { Unreadable } from '../unreadable';

/** An item's data: pieces of the file. */
type Place = readonly Uint8Array[];

/** Coded pictures and what is put together of them. */
const PICTURES = ['av01', 'grid', 'iovl', 'iden', 'tmap', 'hvc1', 'avc1', 'jpeg', 'j2k1', 'unci'];
const NO_XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>';

/** A copy; throws `Unreadable` where it is damaged, animated, or keeps its items in an unusual way. */
export function withEditedMetadata(source: Uint8Array, metadata: MetadataEditor): Uint8Array<ArrayBuffer> {
  const bytes = source.slice();
  try {
    const top = wholeIsoBoxes(bytes);
    for (const box of top) editTop(box, metadata);
    for (const { type, named, place } of itemsOf(bytes, one(top, 'meta'))) {
      if (!PICTURES.includes(type)) editItem(type, named, place, metadata);
    }
  } catch (cause) {
    if (cause instanceof RangeError) throw new Unreadable('cut off', { cause });
    throw cause;
  }
  return bytes;
}

/** Of what stands beside the metadata: pictures stay, all else goes. */
function editTop(box: FoundBox, metadata: MetadataEditor): void {
  const { type, name, content } = box;
  if (['ftyp', 'meta', 'mdat', 'free', 'skip'].includes(type)) return;
  if (type === 'moov') throw new Unreadable('animated');
  if (isCredential(box)) metadata.drop('content credentials');
  else metadata.unknown(content);
  name.set(latin1Bytes('free'));
  content.fill(0);
}

function editItem(type: string, named: string, place: Place, metadata: MetadataEditor): void {
  const data = concatenate(place);
  if (type === 'Exif') {
    const head = 4 + view(data).getUint32(0);
    if (head > data.length) throw new RangeError('beyond the end');
    const room = data.length - head;
    const kept = metadata.exif(data.subarray(head));
    const tiff = kept && kept.length <= room ? kept : orientationOnly(1);
    overwrite(place, tiff.length <= room ? concatenate([data.subarray(0, head), tiff]) : new Uint8Array(), 0);
  } else if (named.includes('application/rdf+xml')) {
    const kept = metadata.xmp(data);
    const packet = kept && kept.length <= data.length ? kept : latin1Bytes(NO_XMP);
    overwrite(place, packet.length <= data.length ? packet : new Uint8Array(), 0x20);
  } else {
    metadata.unknown(data);
    overwrite(place, new Uint8Array(), 0);
  }
}

/** @param filling what is left of the room is filled with it */
function overwrite(place: Place, content: Uint8Array, filling: number): void {
  let at = 0;
  for (const piece of place) {
    const part = content.subarray(at, at + piece.length);
    piece.set(part);
    piece.fill(filling, part.length);
    at += piece.length;
  }
}

function one(boxes: readonly FoundBox[], wanted: string): Uint8Array {
  const [found, ...more] = boxes.filter(({ type }) => type === wanted);
  if (!found || more.length) throw new Unreadable(`${wanted} missing, or there twice`);
  return found.content;
}

interface Item {
  type: string;
  /** Name, and type of content. */
  named: string;
  place: Place;
}

function itemsOf(bytes: Uint8Array, meta: Uint8Array): Item[] {
  const boxes = wholeIsoBoxes(meta.subarray(4));
  const places = placesOf(one(boxes, 'iloc'), bytes, boxes.find(({ type }) => type === 'idat')?.content);
  return entriesOf(one(boxes, 'iinf')).map(({ id, type, named }) => ({ type, named: latin1Text(named), place: places.get(id) ?? [] }));
}

const TURNS = ['irot', 'imir'];

/** An AVIF whose container turns nothing: each turn becomes one by no degrees. The very same where there is none. */
export function bareAvif(avif: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(avif);
  const inside = (boxes: readonly FoundBox[], type: string, skipped = 0): FoundBox[] => boxes.filter((box) => box.type === type).flatMap(({ content }) => isoBoxes(content.subarray(skipped)));
  const properties = inside(inside(inside(isoBoxes(bytes), 'meta', 4), 'iprp'), 'ipco');
  const turns = properties.filter(({ type, content }) => TURNS.includes(type) && content.length === 1);
  for (const { name, content } of turns) {
    name.set(latin1Bytes('irot'));
    content.fill(0);
  }
  return turns.length ? bytes : avif;
}
