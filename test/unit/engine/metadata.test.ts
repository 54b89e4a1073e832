/** What of a source's metadata gets into the cloaked file. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { concatenate, latin1Bytes } from '../../../src/engine/formats/bytes';
import { editJpeg } from '../../../src/engine/formats/jpeg/edit';
import { writeSegment } from '../../../src/engine/formats/jpeg/segments';
import { orientationOnly, readOrientation, scrubExif } from '../../../src/engine/metadata/exif';
import { MetadataEditor } from '../../../src/engine/metadata/metadata';
import type { MetadataPolicy } from '../../../src/shared/metadataPolicies';

const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString('latin1');
const nothing = (): void => {};

interface Tag {
  tag: number;
  type: number;
  value: Uint8Array | number;
}

/** A TIFF structure with directories one after another; the numbers of a directory's tags are as they come. */
function tiff(little: boolean, directories: Tag[][], links: number[], tail: Uint8Array): { bytes: Uint8Array; starts: number[]; tailAt: number } {
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

const thumbnail = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4);

/** As a camera writes it: main, EXIF and GPS directories, and a thumbnail. */
function camera(little: boolean, makerNote = latin1Bytes('MAKER-SN-777')): Uint8Array {
  const build = (starts: number[], tailAt: number) =>
    tiff(
      little,
      [
        [
          { tag: 0x010f, type: 2, value: latin1Bytes('Camera maker\0') },
          { tag: 0x0112, type: 3, value: 6 },
          { tag: 0x8769, type: 4, value: starts[1]! },
          { tag: 0x8825, type: 4, value: starts[2]! },
        ],
        [
          { tag: 0x9003, type: 2, value: latin1Bytes('2024:01:02 03:04:05\0') },
          { tag: 0x927c, type: 7, value: makerNote },
          { tag: 0xa431, type: 2, value: latin1Bytes('BODY-SN-123\0') },
          { tag: 0xa434, type: 2, value: latin1Bytes('Fine lens 50\0') },
        ],
        [
          { tag: 1, type: 2, value: latin1Bytes('N\0') },
          { tag: 29, type: 2, value: latin1Bytes('GPS-DATE-X\0') },
        ],
        [
          { tag: 0x0201, type: 4, value: tailAt },
          { tag: 0x0202, type: 4, value: thumbnail.length },
        ],
      ],
      [starts[3]!],
      thumbnail,
    );
  const { starts, tailAt } = build([0, 0, 0, 0], 0);
  return build(starts, tailAt).bytes;
}

describe.each([true, false])('EXIF, little-endian %s,', (little) => {
  it('loses place, serials and thumbnail, and keeps the rest where it was', () => {
    const source = camera(little);
    const dropped = new Set<string>();
    const kept = scrubExif(source, 'private', (kind) => dropped.add(kind))!;
    expect(kept).toHaveLength(source.length);
    expect(dropped).toEqual(new Set(['location', 'device serials', 'preview pictures']));
    for (const gone of ['MAKER-SN-777', 'BODY-SN-123', 'GPS-DATE-X', '\xff\xd8\xff']) expect(text(kept)).not.toContain(gone);
    for (const there of ['Camera maker', '2024:01:02 03:04:05', 'Fine lens 50']) expect(text(kept).indexOf(there)).toBe(text(source).indexOf(there));
    expect(readOrientation(kept)).toBe(6);
    expect(scrubExif(kept, 'private', () => expect.unreachable())).toEqual(kept);
  });

  it('keeps all but the thumbnail where all is to be kept', () => {
    const source = camera(little);
    const kept = text(scrubExif(source, 'all', nothing));
    for (const there of ['MAKER-SN-777', 'BODY-SN-123', 'GPS-DATE-X', 'Fine lens 50']) expect(kept).toContain(there);
    expect(kept).not.toContain('\xff\xd8\xff');
  });

  it('loses a maker note with a preview in it in any case', () => {
    const source = camera(little, concatenate([latin1Bytes('preview'), thumbnail]));
    expect(text(scrubExif(source, 'all', nothing))).not.toContain('preview');
  });

  it('is dropped where it is damaged, but for the orientation', () => {
    const whole = camera(little);
    for (let length = 0; length < whole.length; length++) {
      const kept = scrubExif(whole.subarray(0, length), 'private', nothing);
      if (kept) for (const gone of ['BODY-SN', 'GPS-DATE']) expect(text(kept)).not.toContain(gone);
    }
    expect(readOrientation(new MetadataEditor('private').exif(whole.subarray(0, 80))!)).toBe(6);
  });
});

it('nothing but an orientation other than the usual is left of EXIF that is to go', () => {
  expect(new MetadataEditor('none').exif(camera(true))).toEqual(orientationOnly(6));
  expect(new MetadataEditor('none', true).exif(camera(true))).toBeNull();
  expect(readOrientation(new MetadataEditor('all', true).exif(camera(true))!)).toBe(1);
});

const packet = (body: string): Uint8Array => new TextEncoder().encode(`<x:xmpmeta><rdf:RDF>${body}</rdf:RDF></x:xmpmeta>`);

describe('XMP', () => {
  const source = packet(
    `<rdf:Description dc:title="Grüße" exif:GPSLatitude="51,30N" aux:SerialNumber='123' dcterms:provenance="https://c/m" photoshop:City="Ulm">` +
      '<photoshop:Country>Germany</photoshop:Country><xmp:Rating>5</xmp:Rating><xmp:Thumbnails><rdf:Alt>AAAA</rdf:Alt></xmp:Thumbnails>' +
      '<Iptc4xmpExt:LocationShown><rdf:Bag><rdf:li Iptc4xmpExt:City="Ulm"/></rdf:Bag></Iptc4xmpExt:LocationShown></rdf:Description>',
  );

  it('loses place and serials', () => {
    const editor = new MetadataEditor('private');
    const kept = Buffer.from(editor.xmp(source)!).toString();
    expect(kept).toBe(Buffer.from(packet('<rdf:Description dc:title="Grüße"><xmp:Rating>5</xmp:Rating></rdf:Description>')).toString());
    expect(editor.report).toEqual({ kept: ['description'], dropped: ['content credentials', 'device serials', 'location', 'preview pictures'] });
  });

  it('loses previews and the way to content credentials even where all is kept', () => {
    const kept = Buffer.from(new MetadataEditor('all').xmp(source)!).toString();
    expect(kept).not.toMatch(/Thumbnails|provenance/);
    expect(kept).toContain('GPSLatitude="51,30N"');
  });

  it.each([
    ['an unknown prefix', packet('<rdf:Description my:GPSLatitude="1"/>')],
    ['an entity', packet('<!ENTITY a "GPS">')],
    ['an element without an end', packet('<exif:GPSLatitude>51')],
    ['UTF-16', Uint8Array.from(Buffer.from('\ufeff<x:xmpmeta exif:GPSLatitude="1"/>', 'utf16le'))],
  ])('is dropped with %s', (_, bytes) => {
    expect(new MetadataEditor('private').xmp(bytes)).toBeNull();
  });
});

describe('the segments of a JPEG', () => {
  const resource = (id: number, content: Uint8Array): Uint8Array =>
    concatenate([latin1Bytes('8BIM'), Uint8Array.of(id >> 8, id & 255, 0, 0, 0, 0, 0, content.length), content, new Uint8Array(content.length % 2)]);
  const dataSet = (number: number, value: string): Uint8Array => concatenate([Uint8Array.of(0x1c, 2, number, 0, value.length), latin1Bytes(value)]);
  const iptc = concatenate([dataSet(5, 'Title!'), dataSet(90, 'Ulm-city'), dataSet(101, 'Germany')]);
  const extras = [
    writeSegment(0xe1, latin1Bytes('http://ns.adobe.com/xmp/extension/\0EXTENDED')),
    writeSegment(0xe2, latin1Bytes('MPF\0INDEX')),
    writeSegment(0xe2, latin1Bytes('ICC_PROFILE\0\x01\x01PROFILE')),
    writeSegment(0xeb, latin1Bytes('JP\0\x01\0\0\0\x01\0\0\0\x20jumb\0\0\0\x1ejumdc2pa\0MANIFEST')),
    writeSegment(0xed, concatenate([latin1Bytes('Photoshop 3.0\0'), resource(0x0404, iptc), resource(0x040c, thumbnail)])),
    writeSegment(0xe7, latin1Bytes('SECRET-VENDOR')),
    writeSegment(0xfe, latin1Bytes('a comment')),
  ];

  async function kept(policy: MetadataPolicy): Promise<{ file: string; report: MetadataEditor['report'] }> {
    const jpeg = await sharp('samples/portrait-2.jpg').resize(64).jpeg().toBuffer();
    const editor = new MetadataEditor(policy);
    const trailer = latin1Bytes('TRAILER: a motion photo');
    const file = text(concatenate(editJpeg(concatenate([jpeg.subarray(0, 2), ...extras, jpeg.subarray(2), trailer]), [], editor)));
    return { file, report: editor.report };
  }

  it.each([
    ['all', ['PROFILE', 'Title!', 'Ulm-city', 'Germany', 'SECRET-VENDOR', 'a comment'], ['content credentials', 'preview pictures']],
    ['private', ['PROFILE', 'Title!', 'a comment'], ['content credentials', 'location', 'other', 'preview pictures']],
    ['none', ['PROFILE'], ['content credentials', 'description', 'location', 'other', 'preview pictures']],
  ] as const)('by policy %s', async (policy, there, dropped) => {
    const { file, report } = await kept(policy);
    const all = ['EXTENDED', 'INDEX', 'PROFILE', 'MANIFEST', 'Title!', 'Ulm-city', 'Germany', 'SECRET-VENDOR', 'a comment', 'TRAILER'];
    expect(all.filter((word) => file.replace('ICC_PROFILE', '').includes(word))).toEqual(there);
    expect(report.dropped).toEqual(dropped);
  });
});
