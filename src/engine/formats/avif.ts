/**
 * An AVIF as the items of its container (ISO/IEC 23008-12): the coded picture, transparency, metadata. The picture is replaced;
 * transparency and what describes the picture stay.
 */
import { concatenate, latin1Bytes, latin1Text, view } from './bytes';
import type { MetadataEditor } from '../metadata/metadata';

/** This reader does not take the file: in tiles or layers, cut by a property, animated, with pictures beside the picture, or damaged. */
export class UnreadableAvif extends Error {}

interface IsoBox {
  type: string;
  content: Uint8Array;
}

interface Item {
  id: number;
  type: string;
  /** Its box in the list of items. */
  info: Uint8Array;
  data: Uint8Array;
}

interface Association {
  item: number;
  /** Numbers of properties, from 1; the highest of 16 bits says that it must be understood. */
  properties: number[];
}

/** Code points of ITU-T H.273. */
export interface ColourCode {
  primaries: number;
  transfer: number;
  matrix: number;
  fullRange: boolean;
}

/** Of a picture that a browser shows turned by its container; 1 where this reader does not take the file. */
export function avifOrientation(bytes: Uint8Array): number {
  try {
    return new Avif(bytes).orientation;
  } catch (error) {
    if (error instanceof UnreadableAvif) return 1;
    throw error;
  }
}

export class Avif {
  private readonly kind: Uint8Array;
  private readonly handler: Uint8Array;
  private readonly primary: number;
  private readonly items: Item[];
  private readonly properties: IsoBox[];
  private readonly associations: Association[];
  private readonly references: IsoBox[];

  /** Throws `UnreadableAvif`. */
  constructor(bytes: Uint8Array) {
    try {
      const top = boxesOf(bytes);
      const meta = boxesOf(find(top, 'meta').content.subarray(4));
      this.kind = find(top, 'ftyp').content;
      this.handler = find(meta, 'hdlr').content;
      this.primary = idAt(find(meta, 'pitm').content, 4, find(meta, 'pitm').content[0]! === 0);
      const places = placesOf(find(meta, 'iloc').content, bytes);
      this.items = itemsOf(find(meta, 'iinf').content).map((item) => ({ ...item, data: places.get(item.id) ?? new Uint8Array() }));
      const about = boxesOf(find(meta, 'iprp').content);
      this.properties = boxesOf(find(about, 'ipco').content);
      this.associations = associationsOf(find(about, 'ipma').content);
      const references = meta.find(({ type }) => type === 'iref');
      if (references && references.content[0] !== 0) throw new UnreadableAvif('references');
      this.references = references ? boxesOf(references.content.subarray(4)) : [];
    } catch (error) {
      if (error instanceof RangeError) throw new UnreadableAvif('cut off', { cause: error });
      throw error;
    }
    this.check(bytes);
  }

  private check(bytes: Uint8Array): void {
    const alphas = this.references.filter(({ type, content }) => type === 'auxl' && view(content).getUint16(4) === this.primary);
    const known = [this.primary, ...alphas.map(({ content }) => view(content).getUint16(0))];
    for (const { id, type } of this.items) {
      const isKnown = type === 'av01' ? known.includes(id) : ['Exif', 'mime'].includes(type);
      if (!isKnown) throw new UnreadableAvif(`item ${type}`);
    }
    if (!this.coded.length) throw new UnreadableAvif('no picture');
    if (this.properties.some(({ type }) => ['clap', 'a1op', 'a1lx', 'lsel'].includes(type))) throw new UnreadableAvif('cut or in layers');
    if (boxesOf(bytes).some(({ type }) => type === 'moov')) throw new UnreadableAvif('animated');
  }

  /** The coded picture. */
  get coded(): Uint8Array {
    return this.items.find(({ id, type }) => id === this.primary && type === 'av01')?.data ?? new Uint8Array();
  }

  /** How the coded picture was coded: content of its `av1C`. */
  get configuration(): Uint8Array {
    const found = this.propertyOf('av1C');
    if (!found) throw new UnreadableAvif('no configuration');
    return found;
  }

  /** How the picture is turned once decoded, as EXIF numbers it (1 to 8): `irot` first, then `imir` (MIAF, section 7.3.6.7). */
  get orientation(): number {
    const quarters = (this.propertyOf('irot')?.[0] ?? 0) & 3; // anticlockwise
    const mirror = this.propertyOf('imir')?.[0];
    const turned = mirror === undefined ? [1, 8, 3, 6] : mirror & 1 ? [2, 7, 4, 5] : [4, 5, 2, 7];
    return turned[quarters]!;
  }

  /** The picture by itself: opaque, not turned, without metadata. */
  bare(): Uint8Array<ArrayBuffer> {
    const turns = (property: number): boolean => ['irot', 'imir'].includes(this.properties[(property & 0x7fff) - 1]?.type ?? '');
    const associations = this.associations.map(({ item, properties }) => ({ item, properties: properties.filter((property) => !turns(property)) }));
    return this.write(this.items.filter(({ id }) => id === this.primary), this.properties, associations);
  }

  private propertyOf(wanted: string): Uint8Array | undefined {
    const numbers = this.associations.filter(({ item }) => item === this.primary).flatMap(({ properties }) => properties);
    return numbers.map((number) => this.properties[(number & 0x7fff) - 1]).find((property) => property?.type === wanted)?.content;
  }

  /**
   * The file with another picture.
   * @param coded AV1, with its sequence header
   * @param configuration content of its `av1C`
   */
  withPicture(coded: Uint8Array, configuration: Uint8Array, metadata: MetadataEditor): Uint8Array<ArrayBuffer> {
    const items = this.items.flatMap((item) => {
      const data = item.id === this.primary ? coded : keptData(item, metadata);
      return data ? [{ ...item, data }] : [];
    });
    const number = this.properties.length + 1;
    const isOld = (property: number): boolean => this.properties[(property & 0x7fff) - 1]?.type === 'av1C';
    const associations = this.associations.map(({ item, properties }) => ({
      item,
      properties: item === this.primary ? properties.map((property) => (isOld(property) ? 0x8000 | number : property)) : properties,
    }));
    return this.write(items, [...this.properties, { type: 'av1C', content: configuration }], associations);
  }

  private write(items: readonly Item[], properties: readonly IsoBox[], associations: readonly Association[]): Uint8Array<ArrayBuffer> {
    const has = (id: number): boolean => items.some((item) => item.id === id);
    const references = this.references.filter(({ content }) => has(view(content).getUint16(0)));
    const kind = box('ftyp', this.kind);
    const metaWith = (start: number): Uint8Array =>
      box('meta', concatenate([
        new Uint8Array(4),
        box('hdlr', this.handler),
        box('pitm', concatenate([new Uint8Array(4), big(this.primary, 2)])),
        box('iloc', locations(items, start)),
        box('iinf', concatenate([new Uint8Array(4), big(items.length, 2), ...items.map(({ info }) => box('infe', info))])),
        box('iprp', concatenate([
          box('ipco', concatenate(properties.map(({ type, content }) => box(type, content)))),
          box('ipma', writeAssociations(associations.filter(({ item }) => has(item)))),
        ])),
        ...(references.length ? [box('iref', concatenate([new Uint8Array(4), ...references.map(({ type, content }) => box(type, content))]))] : []),
      ]));
    const start = kind.length + metaWith(0).length + 8;
    return concatenate([kind, metaWith(start), box('mdat', concatenate(items.map(({ data }) => data)))]);
  }
}

function boxesOf(bytes: Uint8Array): IsoBox[] {
  const boxes: IsoBox[] = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = view(bytes).getUint32(at) || bytes.length - at; // 0: to the end
    if (length < 8 || at + length > bytes.length) throw new UnreadableAvif('box');
    boxes.push({ type: latin1Text(bytes.subarray(at + 4, at + 8)), content: bytes.subarray(at + 8, at + length) });
    at += length;
  }
  return boxes;
}

function find(boxes: readonly IsoBox[], wanted: string): IsoBox {
  const found = boxes.find(({ type }) => type === wanted);
  if (!found) throw new UnreadableAvif(`no ${wanted}`);
  return found;
}

function idAt(content: Uint8Array, at: number, isShort: boolean): number {
  return isShort ? view(content).getUint16(at) : view(content).getUint32(at);
}

function box(type: string, content: Uint8Array): Uint8Array {
  return concatenate([big(content.length + 8, 4), latin1Bytes(type), content]);
}

function big(value: number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (value >>> (8 * (bytes - 1 - i))) & 0xff);
}

function itemsOf(content: Uint8Array): Omit<Item, 'data'>[] {
  return boxesOf(content.subarray(content[0] === 0 ? 6 : 8)).map(({ content: info }) => {
    if (info[0] !== 2) throw new UnreadableAvif('item list');
    return { id: view(info).getUint16(4), type: latin1Text(info.subarray(8, 12)), info };
  });
}

/** Where each item's data are (`iloc`): read to the pieces of the file. */
function placesOf(content: Uint8Array, bytes: Uint8Array): Map<number, Uint8Array> {
  const version = content[0]!;
  const sizes = { offset: content[4]! >> 4, length: content[4]! & 15, base: content[5]! >> 4, index: version ? content[5]! & 15 : 0 };
  let at = 6;
  const read = (size: number): number => {
    let value = 0;
    for (let i = 0; i < size; i++) value = 256 * value + view(content).getUint8(at++);
    return value;
  };
  const places = new Map<number, Uint8Array>();
  for (let count = read(version < 2 ? 2 : 4); count > 0; count--) {
    const id = read(version < 2 ? 2 : 4);
    if (version && read(2)) throw new UnreadableAvif('place of data');
    if (read(2)) throw new UnreadableAvif('data in another file');
    const base = read(sizes.base);
    const extents = Array.from({ length: read(2) }, () => {
      read(sizes.index);
      const start = base + read(sizes.offset);
      const length = read(sizes.length);
      return bytes.subarray(start, length ? start + length : bytes.length);
    });
    places.set(id, concatenate(extents));
  }
  return places;
}

function locations(items: readonly Item[], start: number): Uint8Array {
  let at = start;
  const entries = items.map(({ id, data }) => {
    const entry = concatenate([big(id, 2), big(0, 2), big(1, 2), big(at, 4), big(data.length, 4)]);
    at += data.length;
    return entry;
  });
  return concatenate([new Uint8Array(4), Uint8Array.of(0x44, 0), big(items.length, 2), ...entries]);
}

function associationsOf(content: Uint8Array): Association[] {
  const [isLong, isWide] = [content[0]! > 0, Boolean(content[3]! & 1)];
  const data = view(content);
  const count = data.getUint32(4);
  const result: Association[] = [];
  for (let at = 8; result.length < count; ) {
    const item = idAt(content, at, !isLong);
    at += isLong ? 4 : 2;
    const properties = Array.from({ length: data.getUint8(at++) }, () => {
      if (isWide) return data.getUint16((at += 2) - 2);
      const value = data.getUint8(at++);
      return ((value & 0x80) << 8) | (value & 0x7f);
    });
    result.push({ item, properties });
  }
  return result;
}

function writeAssociations(associations: readonly Association[]): Uint8Array {
  const entries = associations.map(({ item, properties }) =>
    concatenate([big(item, 2), big(properties.length, 1), ...properties.map((property) => big(property, 2))]),
  );
  return concatenate([Uint8Array.of(0, 0, 0, 1), big(associations.length, 4), ...entries]);
}

/** What a cloaked copy has of the data of an item that is not the picture; null where it goes. */
function keptData({ type, info, data }: Item, metadata: MetadataEditor): Uint8Array | null {
  if (type === 'Exif') {
    const tiff = metadata.exif(data.subarray(4 + view(data).getUint32(0)));
    return tiff && concatenate([new Uint8Array(4), tiff]);
  }
  if (type !== 'mime') return data;
  return latin1Text(info).includes('application/rdf+xml') ? metadata.xmp(data) : metadata.unknown(data);
}
