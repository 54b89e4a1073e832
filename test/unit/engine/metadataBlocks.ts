/** Blocks of metadata, made by hand: EXIF, Photoshop's resources, IPTC, colour profiles. */
import { concatenate, latin1Bytes, view } from '../../../src/engine/formats/bytes';

export interface Tag {
  tag: number;
  type: number;
  value: Uint8Array | number;
}

/** A TIFF structure with directories one after another; the numbers of a directory's tags are as they come. */
export function tiff(little: boolean, directories: Tag[][], links: number[], tail: Uint8Array): { bytes: Uint8Array; starts: number[]; tailAt: number } {
  const [starts, sizes]: number[][] = [[], []];
  let at = 8;
  for (const tags of directories) {
    starts!.push(at);
    const size = 6 + 12 * tags.length + tags.reduce((sum, { value }) => sum + (typeof value === 'number' || value.length <= 4 ? 0 : value.length), 0);
    sizes!.push(size);
    at += size;
  }
  const bytes = new Uint8Array(at + tail.length);
  const data = new DataView(bytes.buffer);
  bytes.set(latin1Bytes(little ? 'II' : 'MM'));
  data.setUint16(2, 42, little);
  data.setUint32(4, 8, little);
  directories.forEach((tags, d) => {
    const start = starts![d]!;
    let value = start + 6 + 12 * tags.length;
    data.setUint16(start, tags.length, little);
    tags.forEach((tag, i) => {
      const entry = start + 2 + 12 * i;
      data.setUint16(entry, tag.tag, little);
      data.setUint16(entry + 2, tag.type, little);
      if (typeof tag.value === 'number') {
        data.setUint32(entry + 4, 1, little);
        if (tag.type === 3) data.setUint16(entry + 8, tag.value, little);
        else data.setUint32(entry + 8, tag.value, little);
        return;
      }
      data.setUint32(entry + 4, tag.value.length, little);
      if (tag.value.length <= 4) bytes.set(tag.value, entry + 8);
      else {
        data.setUint32(entry + 8, value, little);
        bytes.set(tag.value, value);
        value += tag.value.length;
      }
    });
    data.setUint32(start + 2 + 12 * tags.length, links[d] ?? 0, little);
  });
  bytes.set(tail, at);
  return { bytes, starts: starts!, tailAt: at };
}

/** @param content of Photoshop's resource of this number */
export function resource(id: number, content: Uint8Array): Uint8Array {
  const head = new Uint8Array(12);
  head.set(latin1Bytes('8BIM'));
  view(head).setUint16(4, id);
  view(head).setUint32(8, content.length);
  return concatenate([head, content, new Uint8Array(content.length % 2)]);
}

/** @param number of IPTC's second record, unless another is given */
export function dataSet(number: number, value: Uint8Array, record = 2): Uint8Array {
  const head = Uint8Array.of(0x1c, record, number, 0, 0);
  view(head).setUint16(3, value.length);
  return concatenate([head, value]);
}

/** @param gap between the table and the first tag's data */
export function profileOf(tags: Record<string, Uint8Array>, gap = new Uint8Array()): Uint8Array<ArrayBuffer> {
  const names = Object.keys(tags);
  const head = new Uint8Array(132 + 12 * names.length);
  head.set(latin1Bytes('mntrRGB XYZ '), 12);
  head.set(latin1Bytes('acsp'), 36);
  view(head).setUint32(128, names.length);
  let at = head.length + gap.length;
  names.forEach((name, i) => {
    head.set(latin1Bytes(name), 132 + 12 * i);
    view(head).setUint32(136 + 12 * i, at);
    view(head).setUint32(140 + 12 * i, tags[name]!.length);
    at += tags[name]!.length;
  });
  view(head).setUint32(0, at);
  return concatenate([head, gap, ...Object.values(tags)]);
}
