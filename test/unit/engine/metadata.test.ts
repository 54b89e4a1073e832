/** What of a source's metadata gets into the cloaked file. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { concatenate, latin1Bytes, view } from '../../../src/engine/formats/bytes';
import { editJpeg } from '../../../src/engine/formats/jpeg/edit';
import { writeSegment } from '../../../src/engine/formats/jpeg/segments';
import { orientationOnly, readOrientation } from '../../../src/engine/metadata/exif';
import { MetadataEditor } from '../../../src/engine/metadata/metadata';
import { dataSet, profileOf, resource, tiff } from './metadataBlocks';
import type { MetadataPolicy } from '../../../src/shared/metadataPolicies';

const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString('latin1');

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

const textOf = (packet: Uint8Array | null): string => Buffer.from(packet ?? []).toString();

/** All that stays of the block, and what the editor says went. */
function scrubbed(source: Uint8Array, policy: MetadataPolicy): { kept: string; bytes: Uint8Array | null; dropped: string[] } {
  const editor = new MetadataEditor(policy);
  const bytes = editor.exif(source);
  return { kept: text(bytes), bytes, dropped: editor.report.dropped };
}

describe.each([true, false])('EXIF, little-endian %s,', (little) => {
  it('loses place, serials, thumbnail and maker note', async () => {
    const { kept, bytes, dropped } = scrubbed(camera(little), 'private');
    expect(dropped).toEqual(['device serials', 'location', 'preview pictures']);
    for (const gone of ['MAKER-SN-777', 'BODY-SN-123', 'GPS-DATE-X', '\xff\xd8\xff']) expect(kept).not.toContain(gone);
    for (const there of ['Camera maker', '2024:01:02 03:04:05', 'Fine lens 50']) expect(kept).toContain(there);
    expect(readOrientation(bytes!)).toBe(6);
    expect(scrubbed(bytes!, 'private')).toEqual({ kept, bytes, dropped: [] });
    const jpeg = await sharp('samples/portrait-2.jpg').resize(64).jpeg().toBuffer();
    const { orientation } = await sharp(Buffer.concat([jpeg.subarray(0, 2), exifSegment(bytes!), jpeg.subarray(2)])).metadata();
    expect(orientation).toBe(6);
  });

  it('keeps place and serials where all is to be kept, but neither thumbnail nor maker note, in which anything may be', () => {
    const { kept, dropped } = scrubbed(camera(little), 'all');
    for (const there of ['BODY-SN-123', 'GPS-DATE-X', 'Fine lens 50']) expect(kept).toContain(there);
    for (const gone of ['MAKER-SN-777', '\xff\xd8\xff']) expect(kept).not.toContain(gone);
    expect(dropped).toEqual(['other', 'preview pictures']);
  });

  it('is dropped where it is damaged, but for the orientation', () => {
    const whole = camera(little);
    for (let length = 0; length < whole.length; length++) {
      const { kept } = scrubbed(whole.subarray(0, length), 'private');
      for (const gone of ['BODY-SN', 'GPS-DATE']) expect(kept).not.toContain(gone);
    }
    expect(readOrientation(new MetadataEditor('private').exif(whole.subarray(0, 80))!)).toBe(6);
  });

  it('is read once, whatever its directories say of one another', () => {
    const loop = tiff(little, [[{ tag: 0x010f, type: 2, value: latin1Bytes('Camera maker\0') }, { tag: 0x8769, type: 4, value: 8 }, { tag: 0x8825, type: 4, value: 8 }]], [8], new Uint8Array());
    expect(scrubbed(loop.bytes, 'private').kept).toContain('Camera maker');
    const { bytes } = tiff(little, [Array.from({ length: 0xffff }, (_, i) => ({ tag: i, type: 2, value: 0 }))], [], new Uint8Array());
    for (let i = 0; i < 0xffff; i++) view(bytes).setUint32(14 + 12 * i, bytes.length, little); // each all there is
    expect(scrubbed(bytes, 'private').bytes).toBeNull();
  });
});

const exifSegment = (block: Uint8Array): Uint8Array => writeSegment(0xe1, concatenate([latin1Bytes('Exif\0\0'), block]));

it('nothing but an orientation other than the usual is left of EXIF that is to go', () => {
  expect(new MetadataEditor('none').exif(camera(true))).toEqual(orientationOnly(6));
});

const USUAL = {
  ...{ dc: 'http://purl.org/dc/elements/1.1/', exif: 'http://ns.adobe.com/exif/1.0/', aux: 'http://ns.adobe.com/exif/1.0/aux/', dcterms: 'http://purl.org/dc/terms/' },
  ...{ xmp: 'http://ns.adobe.com/xap/1.0/', photoshop: 'http://ns.adobe.com/photoshop/1.0/', ext: 'http://iptc.org/std/Iptc4xmpExt/2008-02-29/', my: 'http://example.org/' },
  ...{ mwg: 'http://www.metadataworkinggroup.com/schemas/regions/', dwc: 'http://rs.tdwg.org/dwc/terms/', drone: 'http://www.dji.com/drone-dji/1.0/', a: 'http://ns.adobe.com/xap/1.0/' },
  ...{ MP: 'http://ns.microsoft.com/photo/1.2/', MPReg: 'http://ns.microsoft.com/photo/1.2/t/Region#', pano: 'http://ns.google.com/photos/1.0/panorama/', plus: 'http://ns.useplus.org/ldf/xmp/1.0/' },
};
const packet = (body: string): Uint8Array =>
  new TextEncoder().encode(
    `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" ${Object.entries(USUAL).map(([prefix, namespace]) => `xmlns:${prefix}="${namespace}"`).join(' ')}>${body}</rdf:RDF></x:xmpmeta>${' '.repeat(99)}<?xpacket end="w"?>`,
  );

describe('XMP', () => {
  const source = packet(
    `<rdf:Description dc:format="image/jpeg" exif:GPSLatitude="51,30N" aux:SerialNumber='123' dcterms:provenance="https://c/m" photoshop:City="Ulm" my:Own="x">` +
      '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Grüße &amp; Küsse</rdf:li></rdf:Alt></dc:title>' +
      '<photoshop:Country>Germany</photoshop:Country><xmp:Rating>5</xmp:Rating><xmp:Thumbnails><rdf:Alt>AAAA</rdf:Alt></xmp:Thumbnails>' +
      '<ext:LocationShown><rdf:Bag><rdf:li ext:City="Ulm"/></rdf:Bag></ext:LocationShown></rdf:Description>',
  );

  it('loses place and serials', () => {
    const editor = new MetadataEditor('private');
    expect(textOf(editor.xmp(source))).toBe(
      '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"><dc:format>image/jpeg</dc:format>' +
        '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Grüße &amp; Küsse</rdf:li></rdf:Alt></dc:title><xmp:Rating>5</xmp:Rating></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>',
    );
    expect(editor.report).toEqual({ kept: ['description'], dropped: ['content credentials', 'device serials', 'location', 'other', 'preview pictures'] });
  });

  it('loses previews and the way to content credentials even where all is kept', () => {
    const kept = textOf(new MetadataEditor('all').xmp(source));
    expect(kept).not.toMatch(/Thumbnails|provenance|Own/);
    for (const there of ['<exif:GPSLatitude>51,30N<', '<aux:SerialNumber>123<', '<Iptc4xmpExt:City>Ulm<']) expect(kept).toContain(there);
  });

  it.each([
    ['people', '<ext:PersonInImage><rdf:Bag><rdf:li>Ada</rdf:li></rdf:Bag></ext:PersonInImage>'],
    ['location', '<pano:PoseHeadingDegrees>90</pano:PoseHeadingDegrees>'],
    ['location', '<dwc:decimalLatitude>51</dwc:decimalLatitude>'],
    ['device serials', '<aux:SerialNumber>1</aux:SerialNumber>'],
    ['preview pictures', '<my:Any>data:image/jpeg;base64,/9j/4AAQ</my:Any>'],
    ['preview pictures', '<rdf:Description xmlns:g="http://ns.google.com/photos/1.0/camera/" g:MotionPhoto="1"/>'],
    ['other', '<my:Own>x</my:Own>'],
  ])('that goes is reported as %s: %s', (kind, property) => {
    const editor = new MetadataEditor('private');
    editor.xmp(packet(property.startsWith('<rdf:Description') ? property : `<rdf:Description xmp:Label="label">${property}</rdf:Description>`));
    expect(editor.report.dropped.filter((dropped) => dropped !== 'description')).toEqual([kind]);
  });

  it('that was made here stays as it is', () => {
    const once = new MetadataEditor('all').xmp(source)!;
    const editor = new MetadataEditor('all');
    expect(textOf(editor.xmp(once))).toBe(textOf(once));
    expect(editor.report.dropped).toEqual([]);
  });

  it.each([
    ['a person in a region', '<mwg:Regions><rdf:Description><mwg:RegionList><rdf:Bag><rdf:li mwg:Name="SECRET"/></rdf:Bag></mwg:RegionList></rdf:Description></mwg:Regions>'],
    ["a person in Microsoft's region", '<MP:RegionInfo rdf:parseType="Resource"><MPReg:Regions><rdf:Bag><rdf:li MPReg:PersonDisplayName="SECRET"/></rdf:Bag></MPReg:Regions></MP:RegionInfo>'],
    ['a person in the picture', '<ext:PersonInImage><rdf:Bag><rdf:li>SECRET</rdf:li></rdf:Bag></ext:PersonInImage>'],
    ['a place of Darwin Core', '<dwc:decimalLatitude>SECRET</dwc:decimalLatitude>'],
    ["a place of a drone's maker", '<rdf:Description drone:GpsLongtitude="SECRET"/>'],
    ['a cell', '<my:CellId>SECRET</my:CellId>'],
    ["a maker's note", `<my:MakerNote>${'SECRET '.repeat(3000)}</my:MakerNote>`],
    ['a place under another prefix', '<rdf:Description xmlns:q="http://ns.adobe.com/exif/1.0/" q:GPSLatitude="SECRET"/>'],
    ['a place inside of a title', '<dc:title rdf:parseType="Resource"><ext:City>SECRET</ext:City></dc:title>'],
    ['a place as an attribute of a title', '<dc:title ext:City="SECRET"/>'],
    ['a name in a namespace that begins like a known one', '<rdf:Description xmlns:q="http://purl.org/dc/elements/1.1/x" q:title="SECRET"/>'],
    ['a comment', '<!-- SECRET -->'],
    ['an instruction', '<?note SECRET?>'],
    ['the text of no property', 'SECRET'],
    ['where a panorama looks', '<pano:PoseHeadingDegrees>SECRET</pano:PoseHeadingDegrees>'],
  ])('loses %s', (_, property) => {
    const body = property.startsWith('<rdf:Description') ? property : `<rdf:Description>${property}</rdf:Description>`;
    const kept = textOf(new MetadataEditor('private').xmp(packet(`${body}<rdf:Description xmp:Label="label"/>`)));
    expect(kept).not.toContain('SECRET');
    expect(kept).toContain('label');
  });

  it.each([
    ['an attribute', '<rdf:Description a:Label="x"/>', '<xmp:Label>x</xmp:Label>'],
    ['in CDATA', '<rdf:Description><dc:format><![CDATA[a<b]]></dc:format></rdf:Description>', '<dc:format>a&lt;b</dc:format>'],
    ['an address', '<rdf:Description><plus:DataMining rdf:resource="http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED"/></rdf:Description>', '<plus:DataMining>http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED<'],
    ['a panorama', '<rdf:Description pano:ProjectionType="equirectangular"/>', '<GPano:ProjectionType>equirectangular<'],
  ])('keeps what is known, as %s', (_, body, there) => {
    expect(textOf(new MetadataEditor('private').xmp(packet(body)))).toContain(there);
  });

  it.each([
    ['an unknown prefix', packet('<rdf:Description your:GPSLatitude="1"/>')],
    ['an entity', packet('<!ENTITY a "GPS">')],
    ['a type of document', new TextEncoder().encode('<!DOCTYPE x [<!ENTITY a "GPS">]><x xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&a;</x>')],
    ['an element without an end', packet('<rdf:Description><exif:GPSLatitude>51')],
    ['UTF-16', Uint8Array.from(Buffer.from('\ufeff<x:xmpmeta exif:GPSLatitude="1"/>', 'utf16le'))],
    ['more than a description has', packet(`<rdf:Description xmp:Label="label"/>${' '.repeat(1 << 20)}`)],
  ])('is dropped with %s', (_, bytes) => {
    expect(new MetadataEditor('private').xmp(bytes)).toBeNull();
  });

  const MEGABYTE = 1_000_000;
  // by patterns each of these took minutes
  it.each<[string, (bytes: number) => string]>([
    ['elements without an end', (n) => '<dc:a>'.repeat(n / 6)],
    ['beginnings of elements', (n) => '<dc:a '.repeat(n / 6)],
    ['attributes without a value', (n) => `<rdf:Description${' dc:a'.repeat(n / 5)}`],
    ['spaces', (n) => `<rdf:Description dc:a${' '.repeat(n)}`],
    ['a long name', (n) => `<dc:${'a'.repeat(n)}`],
    ['elements beside each other', (n) => '<rdf:Description><dc:a></dc:a></rdf:Description>'.repeat(n / 48)],
    ['elements inside each other', (n) => `${'<dc:a>'.repeat(n / 13)}${'</dc:a>'.repeat(n / 13)}`],
    ['attributes', (n) => `<rdf:Description ${Array.from({ length: n / 16 }, (_, i) => `dc:a${i}="a"`).join(' ')}/>`],
    ['namespaces', (n) => `<rdf:Description ${Array.from({ length: n / 20 }, (_, i) => `xmlns:a${i}="a${i}"`).join(' ')}/>`],
    ['a long namespace', (n) => `<rdf:Description xmlns:q="${'q'.repeat(n / 2)}">${'<q:a/>'.repeat(n / 12)}</rdf:Description>`],
    ['items', (n) => `<rdf:Description><dc:subject><rdf:Bag>${'<rdf:li>a</rdf:li>'.repeat(n / 18)}</rdf:Bag></dc:subject></rdf:Description>`],
    ['references', (n) => `<rdf:Description><dc:format>${'&amp;'.repeat(n / 5)}</dc:format></rdf:Description>`],
    ['comments', (n) => '<!--'.repeat(n / 4)],
    ['beginnings', (n) => '<'.repeat(n)],
    ['zeros', (n) => `${'\0'.repeat(n - 1)}x`],
  ])('of a megabyte of %s is gone through once', (_, make) => {
    const kept = new MetadataEditor('all').xmp(packet(make(MEGABYTE)));
    expect((kept ?? []).length).toBeLessThan(300_000);
  });
});

describe('the segments of a JPEG', () => {
  const iptc = concatenate([dataSet(5, latin1Bytes('Title!')), dataSet(90, latin1Bytes('Ulm-city')), dataSet(101, latin1Bytes('Germany'))]);
  const profile = profileOf({ desc: latin1Bytes('text\0\0\0\0PROFILE'), rXYZ: latin1Bytes('XYZ \0\0\0\0............') });
  const extras = [
    writeSegment(0xe1, latin1Bytes('http://ns.adobe.com/xmp/extension/\0EXTENDED')),
    writeSegment(0xe2, latin1Bytes('MPF\0INDEX')),
    ...[2, 1].map((piece) => writeSegment(0xe2, concatenate([latin1Bytes('ICC_PROFILE\0'), Uint8Array.of(piece, 2), profile.subarray(150 * (piece - 1), 150 * piece + 9999 * (piece - 1))]))),
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
    ['all', ['PROFILE', 'Title!', 'Ulm-city', 'Germany', 'a comment'], ['content credentials', 'other', 'preview pictures']],
    ['private', ['PROFILE', 'Title!', 'a comment'], ['content credentials', 'location', 'other', 'preview pictures']],
    ['none', ['PROFILE'], ['content credentials', 'description', 'other', 'preview pictures']],
  ] as const)('by policy %s', async (policy, there, dropped) => {
    const { file, report } = await kept(policy);
    const all = ['EXTENDED', 'INDEX', 'PROFILE', 'MANIFEST', 'Title!', 'Ulm-city', 'Germany', 'SECRET-VENDOR', 'a comment', 'TRAILER'];
    expect(all.filter((word) => file.replace('ICC_PROFILE', '').includes(word))).toEqual(there);
    expect(report.dropped).toEqual(dropped);
  });
});
