/**
 * An AVIF as the items of its container (ISO/IEC 23008-12): the coded picture, whole or in cells of a grid, transparency, metadata.
 * The picture is replaced; transparency and what describes the picture stay. All other items go, for they may show the picture as it
 * was: thumbnails, depth and gain maps, other versions of it.
 */
import { concatenate, latin1Bytes, latin1Text, startsWith, view } from '../bytes';
import { type IsoBox, wholeIsoBoxes } from '../isoBoxes';
import type { MetadataEditor } from '../../metadata/metadata';
import { isUnreadable, Unreadable } from '../unreadable';

interface Property {
  box: IsoBox;
  /** Whoever does not know it must not show the item. */
  essential: boolean;
}

interface Item {
  id: number;
  type: string;
  /** Whether it is not to be shown by itself. */
  hidden: boolean;
  /** What its entry in the list of items says behind its type: name, type of content. */
  named: Uint8Array;
  properties: readonly Property[];
  data: Uint8Array;
}

interface Reference {
  type: string;
  from: number;
  to: readonly number[];
}

/** Code points of ITU-T H.273. */
export interface ColourCode {
  primaries: number;
  transfer: number;
  matrix: number;
  fullRange: boolean;
}

/** One coded picture, which is the whole or a cell of the grid that the whole is made of. */
export interface Part {
  /** Number of its item. */
  id: number;
  /** Where it lies in the picture as stored. */
  x: number;
  y: number;
  width: number;
  height: number;
  /** AV1. */
  coded: Uint8Array;
  /** How it is coded: content of its `av1C`. */
  configuration: Uint8Array;
}

export interface CodedPicture {
  /** AV1, with its sequence header. */
  coded: Uint8Array;
  /** Content of its `av1C`. */
  configuration: Uint8Array;
}

/** Of a picture that a browser shows turned by its container; 1 where this reader does not take the file. */
export function avifOrientation(bytes: Uint8Array): number {
  try {
    return new Avif(bytes).orientation;
  } catch (error) {
    if (isUnreadable(error)) return 1;
    throw error;
  }
}

/** Properties that turn the picture once it is decoded. */
const TURNS = ['irot', 'imir'];
/** Properties that choose among the layers of a coded picture: one that is encoded anew has none. */
const LAYERS = ['a1lx', 'a1op', 'lsel'];
/** The brand of gain maps, which a cloaked copy has no more. */
const GAIN_MAP = 'tmap';
/** What a box of a kind of its own begins with where it holds content credentials. */
const C2PA = [0xd8, 0xfe, 0xc3, 0xd6, 0x1b, 0x0e, 0x48, 0x3c, 0x92, 0x97, 0x58, 0x28, 0x87, 0x7e, 0xc4, 0x81];
/** What says how a picture is shown. Anything else that an item is said to have may hold texts, or a picture. */
const SHOWING = ['ispe', 'pixi', 'av1C', 'colr', 'pasp', 'clap', 'auxC', 'clli', 'mdcv', 'cclv', 'amve', ...TURNS, ...LAYERS];
const ALPHA_KINDS = ['urn:mpeg:mpegB:cicp:systems:auxiliary:alpha', 'urn:mpeg:hevc:2015:auxid:1'];
/** Bytes of `av1C` before its copy of the sequence header. */
const CONFIGURATION_BYTES = 4;

export class Avif {
  /** The picture as stored, before it is cut or turned. */
  readonly parts: readonly Part[];
  readonly width: number;
  readonly height: number;
  private readonly brands: Uint8Array;
  private readonly handler: Uint8Array;
  private readonly primary: Item;
  private readonly items: readonly Item[];
  private readonly references: readonly Reference[];
  /** Numbers of the items that picture and transparency are made of. */
  private readonly visible: ReadonlySet<number>;
  private readonly credentials: boolean;

  /** Throws `Unreadable`. */
  constructor(bytes: Uint8Array) {
    try {
      const top = wholeIsoBoxes(bytes);
      if (top.some(({ type }) => type === 'moov')) throw new Unreadable('animated');
      const meta = wholeIsoBoxes(find(top, 'meta').content.subarray(4));
      this.credentials = top.some(isCredential);
      this.brands = find(top, 'ftyp').content;
      this.handler = find(meta, 'hdlr').content;
      this.items = itemsOf(meta, bytes);
      this.references = referencesOf(meta);
      const main = find(meta, 'pitm').content;
      this.primary = this.item(idAt(main, 4, main[0]! === 0));
      this.visible = new Set([...this.made(this.primary), ...this.alphas.flatMap((alpha) => this.made(alpha))].map(({ id }) => id));
      const { width, height } = this.sizeOf(this.primary);
      [this.width, this.height] = [width, height];
      this.parts = this.partsOf(this.primary);
    } catch (error) {
      if (error instanceof RangeError) throw new Unreadable('cut off', { cause: error });
      throw error;
    }
  }

  /** How the picture is turned once decoded, as EXIF numbers it (1 to 8): `irot` first, then `imir` (MIAF, section 7.3.6.7). */
  get orientation(): number {
    const quarters = (propertyOf(this.primary, 'irot')?.[0] ?? 0) & 3; // anticlockwise
    const mirror = propertyOf(this.primary, 'imir')?.[0];
    const turned = mirror === undefined ? [1, 8, 3, 6] : mirror & 1 ? [2, 7, 4, 5] : [4, 5, 2, 7];
    return turned[quarters]!;
  }

  /** Whether the colours as stored have been multiplied by the transparency. */
  get isPremultiplied(): boolean {
    return this.references.some(({ type, from, to }) => type === 'prem' && from === this.primary.id && to.some((id) => this.visible.has(id)));
  }

  /** Whether the container says that only a part of the picture is to be shown; not every reader heeds it. */
  get isCut(): boolean {
    return propertyOf(this.primary, 'clap') !== undefined;
  }

  /** What the stored numbers mean; null where the container leaves that to the coded picture. */
  get colour(): ColourCode | null {
    const said = this.primary.properties.find(({ box: { type, content } }) => type === 'colr' && startsWith(content, 'nclx'))?.box.content;
    if (!said) return null;
    const codes = view(said);
    return { primaries: codes.getUint16(4), transfer: codes.getUint16(6), matrix: codes.getUint16(8), fullRange: Boolean(codes.getUint8(10) & 0x80) };
  }

  /** One part by itself: opaque, not cut, not turned, without metadata. */
  bare({ id }: Part): Uint8Array<ArrayBuffer> {
    const item = this.item(id);
    return this.write([{ ...item, hidden: false, properties: item.properties.filter(({ box: { type } }) => type !== 'clap' && !TURNS.includes(type)) }], item.id);
  }

  /** The picture with its transparency, cut as it is shown, but not turned and without metadata. */
  unturned(): Uint8Array<ArrayBuffer> {
    const items = this.items.filter(({ id }) => this.visible.has(id));
    return this.write(items.map((item) => ({ ...item, properties: item.properties.filter(({ box: { type } }) => !TURNS.includes(type)) })), this.primary.id);
  }

  /** The file with other pictures in place of some of its parts, by the parts' numbers. */
  withPictures(pictures: ReadonlyMap<number, CodedPicture>, metadata: MetadataEditor): Uint8Array<ArrayBuffer> {
    if (this.credentials) metadata.drop('content credentials');
    const shown = (item: Item): Item => ({ ...item, properties: item.properties.filter(({ box: { type, content } }) => SHOWING.includes(type) || metadata.unknown(content)) });
    const items = this.items.flatMap((item) => {
      const data = this.visible.has(item.id) ? item.data : this.keptData(item, metadata);
      const picture = pictures.get(item.id);
      return picture ? [replaced(item, picture, this.parts.length > 1)] : data ? [{ ...item, data }] : [];
    });
    return this.write(items.map(shown), this.primary.id);
  }

  private item(wanted: number): Item {
    const found = this.items.find(({ id }) => id === wanted);
    if (!found) throw new Unreadable('item missing');
    return found;
  }

  /** The transparency of the whole picture, else of its cells. */
  private get alphas(): Item[] {
    const of = (coloured: Item): Item[] =>
      this.items
        .filter((item) => this.references.some(({ type, from, to }) => type === 'auxl' && from === item.id && to.includes(coloured.id)))
        .filter((item) => ALPHA_KINDS.includes(auxiliaryKind(item)))
        .slice(0, 1); // as browsers do
    const whole = of(this.primary);
    return whole.length ? whole : this.made(this.primary).flatMap(of);
  }

  /** An item, and the cells that it is made of. */
  private made(item: Item): Item[] {
    return item.type === 'grid' ? [item, ...this.cellsOf(item)] : [item];
  }

  private cellsOf(grid: Item): Item[] {
    return this.references.filter(({ type, from }) => type === 'dimg' && from === grid.id).flatMap(({ to }) => to.map((id) => this.item(id)));
  }

  private sizeOf(item: Item): { width: number; height: number } {
    const size = propertyOf(item, 'ispe');
    if (!size) throw new Unreadable('no size');
    return { width: view(size).getUint32(4), height: view(size).getUint32(8) };
  }

  private partsOf(item: Item): Part[] {
    if (item.type !== 'grid') return [this.part(item, 0, 0)];
    const columns = item.data[3]! + 1;
    const cells = this.cellsOf(item);
    if (cells.length !== columns * (item.data[2]! + 1) || new Set(cells).size !== cells.length) throw new Unreadable('grid');
    const { width, height } = this.sizeOf(cells[0]!);
    return cells.map((cell, i) => this.part(cell, width * (i % columns), height * Math.floor(i / columns)));
  }

  private part(item: Item, x: number, y: number): Part {
    const configuration = propertyOf(item, 'av1C');
    if (item.type !== 'av01' || !configuration || configuration.length < CONFIGURATION_BYTES) throw new Unreadable(`item ${item.type}`);
    return { id: item.id, x, y, ...this.sizeOf(item), coded: item.data, configuration };
  }

  /** What a cloaked copy has of the data of an item that is not the picture; null where it goes. */
  private keptData({ id, type, named, data }: Item, metadata: MetadataEditor): Uint8Array | null {
    if (type !== 'Exif' && type !== 'mime') return metadata.drop('preview pictures');
    const described = this.references.filter((reference) => reference.type === 'cdsc' && reference.from === id).flatMap(({ to }) => to);
    if (described.length && !described.some((item) => this.visible.has(item))) return metadata.drop('other');
    if (type === 'Exif') {
      if (data.length < 4) return null;
      const tiff = metadata.exif(data.subarray(4 + view(data).getUint32(0)));
      return tiff && concatenate([new Uint8Array(4), tiff]);
    }
    const [, kind = '', packed] = latin1Text(named).split('\0');
    if (packed) return metadata.drop('other'); // nobody here can look into it
    if (kind.startsWith('application/rdf+xml')) return metadata.xmp(data);
    return kind.startsWith('image/') ? metadata.drop('preview pictures') : metadata.unknown(data);
  }

  private write(items: readonly Item[], primary: number): Uint8Array<ArrayBuffer> {
    const properties = [...new Set(items.flatMap((item) => item.properties.map((property) => property.box)))];
    const numbers = new Map(items.map(({ id }, i) => [id, i + 1]));
    const references = this.references.flatMap(({ type, from, to }) => {
      const [source, targets] = [numbers.get(from), to.flatMap((id) => numbers.get(id) ?? [])];
      return source && targets.length ? [box(type, concatenate([source, targets.length, ...targets].map((value) => big(value, 2))))] : [];
    });
    const kind = box('ftyp', withoutGainMap(this.brands));
    const metaWith = (start: number): Uint8Array =>
      box('meta', concatenate([
        new Uint8Array(4),
        box('hdlr', this.handler),
        box('pitm', concatenate([new Uint8Array(4), big(numbers.get(primary)!, 2)])),
        box('iloc', locations(items, start)),
        box('iinf', concatenate([new Uint8Array(4), big(items.length, 2), ...items.map((item, i) => entryOf(item, i + 1))])),
        box('iprp', concatenate([box('ipco', concatenate(properties.map(({ type, content }) => box(type, content)))), box('ipma', associations(items, properties))])),
        ...(references.length ? [box('iref', concatenate([new Uint8Array(4), ...references]))] : []),
      ]));
    const start = kind.length + metaWith(0).length + 8;
    return concatenate([kind, metaWith(start), box('mdat', concatenate(items.map(({ data }) => data)))]);
  }
}

function propertyOf({ properties }: Item, wanted: string): Uint8Array | undefined {
  return properties.find(({ box: { type } }) => type === wanted)?.box.content;
}

function auxiliaryKind(item: Item): string {
  const text = latin1Text(propertyOf(item, 'auxC')?.subarray(4) ?? new Uint8Array());
  return text.split('\0')[0]!;
}

/**
 * An item with another picture in it. Cells of a grid share what says how they are coded, and readers insist on that: theirs stays, but
 * for its copy of the sequence header, as it is true of the new ones as well.
 */
function replaced(item: Item, { coded, configuration }: CodedPicture, isCell: boolean): Item {
  const properties = item.properties.flatMap((property): Property[] => {
    const { type, content } = property.box;
    if (LAYERS.includes(type)) return [];
    if (type !== 'av1C' || (isCell && content.length === CONFIGURATION_BYTES)) return [property];
    if (isCell) throw new Unreadable('sequence header apart');
    return [{ box: { type, content: configuration }, essential: true }];
  });
  return { ...item, data: coded, properties };
}

function find(boxes: readonly IsoBox[], wanted: string): IsoBox {
  const found = boxes.find(({ type }) => type === wanted);
  if (!found) throw new Unreadable(`no ${wanted}`);
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

/** Whether a box of the file holds content credentials. */
export function isCredential({ type, content }: IsoBox): boolean {
  return type === 'uuid' && C2PA.every((byte, i) => content[i] === byte);
}

function withoutGainMap(brands: Uint8Array): Uint8Array {
  const compatible: Uint8Array[] = [];
  for (let at = 8; at + 4 <= brands.length; at += 4) compatible.push(brands.subarray(at, at + 4));
  return concatenate([brands.subarray(0, 8), ...compatible.filter((brand) => latin1Text(brand) !== GAIN_MAP)]);
}

type Entry = Pick<Item, 'id' | 'type' | 'hidden' | 'named'> & { isProtected: boolean };

/** What the metadata say of each item: entries have numbers of 16 bits in version 2 and of 32 in version 3. Throws `Unreadable`, `RangeError`. */
export function entriesOf(list: Uint8Array): Entry[] {
  return wholeIsoBoxes(list.subarray(list[0] === 0 ? 6 : 8)).map(({ content }) => {
    const [version, hidden] = [content[0]!, Boolean(content[3]! & 1)];
    if (version !== 2 && version !== 3) throw new Unreadable('item list');
    const at = version === 2 ? 8 : 10; // behind its number and how it is protected
    const isProtected = view(content).getUint16(at - 2) !== 0;
    return { id: idAt(content, 4, version === 2), hidden, isProtected, type: latin1Text(content.subarray(at, at + 4)), named: content.subarray(at + 4) };
  });
}

function itemsOf(meta: readonly IsoBox[], bytes: Uint8Array): Item[] {
  const places = placesOf(find(meta, 'iloc').content, bytes, meta.find(({ type }) => type === 'idat')?.content);
  const properties = propertiesOf(wholeIsoBoxes(find(meta, 'iprp').content));
  return entriesOf(find(meta, 'iinf').content).map(({ isProtected, ...entry }) => {
    if (isProtected) throw new Unreadable('protected');
    return { ...entry, properties: properties.get(entry.id) ?? [], data: concatenate(places.get(entry.id) ?? []) };
  });
}

function entryOf({ hidden, type, named }: Item, number: number): Uint8Array {
  return box('infe', concatenate([Uint8Array.of(2, 0, 0, hidden ? 1 : 0), big(number, 2), big(0, 2), latin1Bytes(type), named]));
}

/** Where items' data are, as `iloc` says it: in the file, or in the metadata themselves. */
const PLACE = { file: 0, metadata: 1 };

/**
 * Each item's data, by its number: pieces of the file. Throws `Unreadable`, `RangeError`.
 * @param content of `iloc`
 * @param inMetadata content of `idat`
 */
export function placesOf(content: Uint8Array, bytes: Uint8Array, inMetadata: Uint8Array = new Uint8Array()): Map<number, Uint8Array[]> {
  const version = content[0]!;
  const sizes = { offset: content[4]! >> 4, length: content[4]! & 15, base: content[5]! >> 4, index: version ? content[5]! & 15 : 0 };
  let at = 6;
  const read = (size: number): number => {
    let value = 0;
    for (let i = 0; i < size; i++) value = 256 * value + view(content).getUint8(at++);
    return value;
  };
  const places = new Map<number, Uint8Array[]>();
  for (let count = read(version < 2 ? 2 : 4); count > 0; count--) {
    const id = read(version < 2 ? 2 : 4);
    const place = version ? read(2) & 15 : PLACE.file;
    if (place > PLACE.metadata) throw new Unreadable('place of data');
    if (read(2)) throw new Unreadable('data in another file');
    const base = read(sizes.base);
    const from = place === PLACE.file ? bytes : inMetadata;
    const extents = Array.from({ length: read(2) }, () => {
      read(sizes.index);
      const start = base + read(sizes.offset);
      const length = read(sizes.length) || from.length - start;
      if (length < 0 || start + length > from.length) throw new Unreadable('cut off');
      return from.subarray(start, start + length);
    });
    places.set(id, extents);
  }
  return places;
}

function locations(items: readonly Item[], start: number): Uint8Array {
  let at = start;
  const entries = items.map(({ data }, i) => {
    const entry = concatenate([big(i + 1, 2), big(0, 2), big(1, 2), big(at, 4), big(data.length, 4)]);
    at += data.length;
    return entry;
  });
  return concatenate([new Uint8Array(4), Uint8Array.of(0x44, 0), big(items.length, 2), ...entries]);
}

/** What each item has of the properties that all share; more than one list may say so. */
function propertiesOf(about: readonly IsoBox[]): Map<number, Property[]> {
  const all = wholeIsoBoxes(find(about, 'ipco').content);
  const result = new Map<number, Property[]>();
  for (const { content } of about.filter(({ type }) => type === 'ipma')) {
    const [isLong, isWide] = [content[0]! > 0, Boolean(content[3]! & 1)];
    const data = view(content);
    let at = 8;
    for (let count = data.getUint32(4); count > 0; count--) {
      const item = idAt(content, at, !isLong);
      at += isLong ? 4 : 2;
      const properties = result.get(item) ?? [];
      for (let left = data.getUint8(at++); left > 0; left--) {
        const value = isWide ? data.getUint16(at) : data.getUint8(at);
        at += isWide ? 2 : 1;
        const essential = Boolean(value & (isWide ? 0x8000 : 0x80));
        const number = value & (isWide ? 0x7fff : 0x7f);
        if (!number) continue; // none
        if (number > all.length) throw new Unreadable('property missing');
        properties.push({ box: all[number - 1]!, essential });
      }
      result.set(item, properties);
    }
  }
  return result;
}

function associations(items: readonly Item[], properties: readonly IsoBox[]): Uint8Array {
  const entries = items.flatMap((item, i) =>
    item.properties.length
      ? [concatenate([big(i + 1, 2), big(item.properties.length, 1), ...item.properties.map((property) => big((property.essential ? 0x8000 : 0) | (1 + properties.indexOf(property.box)), 2))])]
      : [],
  );
  return concatenate([Uint8Array.of(0, 0, 0, 1), big(entries.length, 4), ...entries]);
}

/** Numbers of items have 16 bits in version 0, 32 in version 1. */
function referencesOf(meta: readonly IsoBox[]): Reference[] {
  const list = meta.find(({ type }) => type === 'iref')?.content;
  if (!list) return [];
  const isShort = list[0] === 0;
  const size = isShort ? 2 : 4;
  return wholeIsoBoxes(list.subarray(4)).map(({ type, content }) => {
    const to = Array.from({ length: view(content).getUint16(size) }, (_, i) => idAt(content, size + 2 + i * size, isShort));
    return { type, from: idAt(content, 0, isShort), to };
  });
}
