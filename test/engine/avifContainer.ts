/** AVIFs put together in every way that the container (ISO/IEC 23008-12) leaves open, from pictures that are coded already. */
import { Avif } from '../../src/engine/formats/avif/container';

export interface TestItem {
  id: number;
  type: string;
  data: Buffer;
  hidden?: boolean;
  /** Behind the type: name, type of content. */
  named?: string;
  properties?: TestProperty[];
}

export interface TestProperty {
  type: string;
  content: Buffer;
  essential?: boolean;
}

export interface TestReference {
  type: string;
  from: number;
  to: number[];
}

export interface Container {
  items: TestItem[];
  references?: TestReference[];
  brands?: string;
  /** Numbers of 32 bits. */
  wide?: boolean;
  /** Where the data of items are. */
  place?: 'mdat' | 'idat' | 'pieces' | 'long';
  /** Boxes of the metadata beside the usual. */
  more?: Buffer[];
  /** Boxes behind it all. */
  behind?: Buffer[];
  /** One list of properties an item. */
  manyLists?: boolean;
}

const big = (value: number, bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) & 255));
export const box = (type: string, ...content: (Buffer | number[])[]): Buffer => {
  const bytes = Buffer.concat(content.map((piece) => Buffer.from(piece)));
  return Buffer.concat([big(bytes.length + 8, 4), Buffer.from(type, 'latin1'), bytes]);
};

/** Pieces that the data of an item are cut into. */
const PIECES = 3;

/** The first item is the picture. */
export function avifOf({ items, references = [], brands = 'avif\0\0\0\0avifmif1miafMA1B', wide = false, place = 'mdat', more = [], behind = [], manyLists = false }: Container): Buffer {
  const size = wide ? 4 : 2;
  const id = (value: number): Buffer => big(value, size);
  const properties = items.flatMap((item) => item.properties ?? []);
  const lists = items.map((item) => Buffer.concat([id(item.id), big(item.properties?.length ?? 0, 1), ...(item.properties ?? []).map((property) => big((property.essential ? 0x8000 : 0) | (properties.indexOf(property) + 1), 2))]));
  const ipma = (some: Buffer[]): Buffer => box('ipma', [wide ? 1 : 0, 0, 0, 1], big(some.length, 4), ...some);
  const cut = ({ data }: TestItem): Buffer[] => {
    const length = Math.ceil(data.length / PIECES);
    return place === 'pieces' ? Array.from({ length: PIECES }, (_, i) => data.subarray(i * length, (i + 1) * length)) : [data];
  };
  const data = items.flatMap((item, number) => cut(item).map((piece, part) => ({ number, part, piece })));
  if (place === 'pieces') data.reverse();
  const version = place === 'idat' || wide ? (wide ? 2 : 1) : 0;
  const build = (start: number): Buffer[] => {
    const at = new Map<string, number>();
    let offset = place === 'idat' ? 0 : start;
    for (const { number, part, piece } of data) {
      at.set(`${number} ${part}`, offset);
      offset += piece.length;
    }
    // positions are given from a base, but for the data in the metadata
    const base = place === 'idat' ? 0 : 16;
    const places = items.map((item, number) => {
      const pieces = cut(item);
      return Buffer.concat([
        big(item.id, version === 2 ? 4 : 2), ...(version ? [big(place === 'idat' ? 1 : 0, 2)] : []), big(0, 2), big(base, 4), big(pieces.length, 2),
        ...pieces.flatMap((piece, part) => [big(at.get(`${number} ${part}`)! - base, 4), big(piece.length, 4)]),
      ]);
    });
    const meta = box('meta', [0, 0, 0, 0],
      box('hdlr', Buffer.alloc(8), Buffer.from('pict'), Buffer.alloc(13)),
      box('iprp', box('ipco', ...properties.map((property) => box(property.type, property.content))), ...(manyLists ? lists.map((list) => ipma([list])) : [ipma(lists)])),
      box('iloc', [version, 0, 0, 0, 0x44, 0x40], big(items.length, version === 2 ? 4 : 2), ...places),
      ...(place === 'idat' ? [box('idat', ...data.map(({ piece }) => piece))] : []),
      box('pitm', [wide ? 1 : 0, 0, 0, 0], id(items[0]!.id)),
      box('iinf', [wide ? 1 : 0, 0, 0, 0], big(items.length, wide ? 4 : 2), ...items.map((item) => box('infe', [wide ? 3 : 2, 0, 0, item.hidden ? 1 : 0], id(item.id), [0, 0], Buffer.from(`${item.type}${item.named ?? ''}\0`, 'latin1')))),
      ...(references.length ? [box('iref', [wide ? 1 : 0, 0, 0, 0], ...references.map(({ type, from, to }) => box(type, id(from), big(to.length, 2), ...to.map(id))))] : []),
      ...more,
    );
    const kind = box('ftyp', Buffer.from(brands, 'latin1'));
    if (place === 'idat') return [kind, meta, ...behind];
    const content = Buffer.concat(data.map(({ piece }) => piece));
    const media = place === 'long' ? Buffer.concat([big(1, 4), Buffer.from('mdat'), big(content.length + 16, 8), content]) : box('mdat', content);
    return place === 'long' ? [kind, media, meta, ...behind] : [kind, meta, media, ...behind];
  };
  const [kind, second] = build(0);
  return Buffer.concat(build(place === 'long' ? kind!.length + 16 : kind!.length + second!.length + 8));
}

/** What an AVIF's only coded picture takes to be one in another container. */
export function codedOf(avif: Buffer, colour = '\0\x01\0\x0d\0\x06\x80'): { data: Buffer; properties: TestProperty[] } {
  const { coded, configuration, width, height } = new Avif(avif).parts[0]!;
  return {
    data: Buffer.from(coded),
    properties: [
      { type: 'ispe', content: Buffer.concat([Buffer.alloc(4), big(width, 4), big(height, 4)]) },
      { type: 'av1C', content: Buffer.from(configuration), essential: true },
      { type: 'colr', content: Buffer.from(`nclx${colour}`, 'latin1') },
    ],
  };
}
