/**
 * Edits what an AVIF says beside its pictures where it stands: nothing is moved, and what goes is overwritten, so that every picture in
 * the file stays as it is, whatever its container is made of (ISO/IEC 14496-12, 23008-12).
 */
import { UnreadableAvif } from './avif';
import { concatenate, latin1Bytes, latin1Text, view } from './bytes';
import { orientationOnly } from '../metadata/exif';
import type { MetadataEditor } from '../metadata/metadata';

interface Box {
  type: string;
  /** Where its content begins and ends in the file. */
  start: number;
  end: number;
}

/** An item's data: pieces of the file. */
type Place = Uint8Array[];

/** Coded pictures and what is put together of them. */
const PICTURES = ['av01', 'grid', 'iovl', 'iden', 'tmap', 'hvc1', 'avc1', 'jpeg', 'j2k1', 'unci'];
const NO_XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>';

/** A copy; throws `UnreadableAvif` where it is damaged, animated, or keeps its items in an unusual way. */
export function withEditedMetadata(source: Uint8Array, metadata: MetadataEditor): Uint8Array<ArrayBuffer> {
  const bytes = source.slice();
  try {
    const top = boxesIn(bytes, 0, bytes.length);
    for (const box of top) editTop(bytes, box, metadata);
    for (const { type, named, place } of itemsOf(bytes, one(top, 'meta'))) {
      if (!PICTURES.includes(type)) editItem(type, named, place, metadata);
    }
  } catch (cause) {
    if (cause instanceof RangeError) throw new UnreadableAvif('cut off', { cause });
    throw cause;
  }
  return bytes;
}

const C2PA = 'd8fec3d61b0e483c92975828877ec481';

/** Of what stands beside the metadata: pictures stay, all else goes. */
function editTop(bytes: Uint8Array, { type, start, end }: Box, metadata: MetadataEditor): void {
  if (['ftyp', 'meta', 'mdat', 'free', 'skip'].includes(type)) return;
  if (type === 'moov') throw new UnreadableAvif('animated');
  const content = bytes.subarray(start, end);
  const isCredential = type === 'uuid' && Array.from(content.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('') === C2PA;
  if (isCredential) metadata.drop('content credentials');
  else if (metadata.unknown(content)) return;
  bytes.set(latin1Bytes('free'), start - 4);
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
  } else if (!metadata.unknown(data)) {
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

function boxesIn(bytes: Uint8Array, from: number, to: number): Box[] {
  const boxes: Box[] = [];
  for (let at = from; at + 8 <= to; ) {
    const short = view(bytes).getUint32(at);
    const start = at + (short === 1 ? 16 : 8);
    // 0: to the end; 1: in the eight bytes that follow
    const end = short === 0 ? to : at + (short === 1 ? Number(view(bytes).getBigUint64(at + 8)) : short);
    if (end < start || end > to) throw new UnreadableAvif('box');
    boxes.push({ type: latin1Text(bytes.subarray(at + 4, at + 8)), start, end });
    at = end;
  }
  return boxes;
}

function one(boxes: readonly Box[], wanted: string): Box {
  const [found, ...more] = boxes.filter(({ type }) => type === wanted);
  if (!found || more.length) throw new UnreadableAvif(`${wanted} missing, or there twice`);
  return found;
}

interface Item {
  type: string;
  /** Name, and type of content. */
  named: string;
  place: Place;
}

function itemsOf(bytes: Uint8Array, meta: Box): Item[] {
  const boxes = boxesIn(bytes, meta.start + 4, meta.end);
  const list = one(boxes, 'iinf');
  const idat = boxes.find(({ type }) => type === 'idat');
  const places = placesOf(bytes, one(boxes, 'iloc'), idat);
  const first = list.start + (bytes[list.start] === 0 ? 6 : 8);
  return boxesIn(bytes, first, list.end).map(({ start, end }) => {
    const version = bytes[start]!;
    if (version !== 2 && version !== 3) throw new UnreadableAvif('item list');
    const id = version === 2 ? view(bytes).getUint16(start + 4) : view(bytes).getUint32(start + 4);
    const type = start + (version === 2 ? 8 : 10);
    return { type: latin1Text(bytes.subarray(type, type + 4)), named: latin1Text(bytes.subarray(type + 4, end)), place: places.get(id) ?? [] };
  });
}

/** Where each item's data lie, by its number. */
function placesOf(bytes: Uint8Array, { start, end }: Box, idat: Box | undefined): Map<number, Place> {
  const data = view(bytes.subarray(start, end));
  const version = data.getUint8(0);
  const [sizes, more] = [data.getUint8(4), data.getUint8(5)];
  let at = 6;
  const read = (size: number): number => {
    let value = 0;
    for (let i = 0; i < size; i++) value = 256 * value + data.getUint8(at++);
    return value;
  };
  const places = new Map<number, Place>();
  for (let count = read(version < 2 ? 2 : 4); count > 0; count--) {
    const id = read(version < 2 ? 2 : 4);
    const method = version ? read(2) & 15 : 0;
    if (read(2)) throw new UnreadableAvif('data in another file');
    if (method > 1 || (method === 1 && !idat)) throw new UnreadableAvif('place of data');
    const base = read(more >> 4) + (method === 1 ? idat!.start : 0);
    const pieces = Array.from({ length: read(2) }, () => {
      read(version ? more & 15 : 0);
      const from = base + read(sizes >> 4);
      const length = read(sizes & 15);
      const to = length ? from + length : bytes.length;
      if (to > bytes.length) throw new RangeError('beyond the end');
      return bytes.subarray(from, to);
    });
    places.set(id, pieces);
  }
  return places;
}
