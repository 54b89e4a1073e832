/** However a second copy of the picture got into a file, and in whatever form, none is in the cloaked one, by any policy. */
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { editBmp } from '../../../src/engine/formats/bmp/edit';
import { concatenate, latin1Bytes, latin1Text, view } from '../../../src/engine/formats/bytes';
import { GifEditor } from '../../../src/engine/formats/gif/editor';
import { editJpeg, withMetadataOf as jpegWithMetadataOf } from '../../../src/engine/formats/jpeg/edit';
import { writeSegment } from '../../../src/engine/formats/jpeg/segments';
import { editPng, PngEditor } from '../../../src/engine/formats/png/editor';
import { chunk as webpChunk, riff, webpChunks, withMetadataOf as webpWithMetadataOf } from '../../../src/engine/formats/webp/chunks';
import { WebpAnimationEditor } from '../../../src/engine/formats/webp/animation';
import { editWebp } from '../../../src/engine/formats/webp/edit';
import { MetadataEditor } from '../../../src/engine/metadata/metadata';
import { metadataPolicies, type MetadataPolicy } from '../../../src/shared/metadataPolicies';
import { dataSet, profileOf, resource, type Tag, tiff } from './metadataBlocks';

type Bytes = Uint8Array<ArrayBuffer>;

/** Small enough for a segment of a JPEG in any form. */
const SIDE = 96;
const forms: Record<string, Bytes> = {};
const pictures: Record<'jpeg' | 'png' | 'webp' | 'gif', Bytes> = {} as never;
let animation: Bytes;
let bmp: Bytes;

beforeAll(async () => {
  const copy = sharp('samples/portrait-2.jpg').resize(SIDE);
  const [jpeg, png, webp, raw] = await Promise.all([copy.clone().jpeg().toBuffer(), copy.clone().png().toBuffer(), copy.clone().webp().toBuffer(), copy.clone().raw().toBuffer()]);
  const base64 = jpeg.toString('base64');
  const made: Record<string, Buffer> = {
    ...{ jpeg, png, webp, raw, base64: Buffer.from(base64), deflated: deflateSync(raw.subarray(0, 9000)) },
    'jpeg without its beginning': Buffer.concat([Buffer.from('TEST\0\0\0'), jpeg.subarray(1)]),
    'base64 in lines': Buffer.from(base64.replace(/.{76}/g, '$&\n')),
    'base64 of an address': Buffer.from(jpeg.toString('base64url')),
    'base64 in UTF-16': Buffer.from(base64, 'utf16le'),
    'hexadecimal figures': Buffer.from(jpeg.toString('hex').replace(/.{72}/g, '$&\n')),
    numbers: Buffer.from(`[${[...jpeg].join(', ')}]`),
    scene: Buffer.from(`{"type":"scene","files":[{"url":"data:image/jpeg;base64,${base64}"}]}`),
  };
  for (const [name, bytes] of Object.entries(made)) forms[name] = new Uint8Array(bytes);
  const other = sharp('samples/portrait-3.jpg').resize(48);
  for (const format of ['jpeg', 'png', 'webp', 'gif'] as const) pictures[format] = new Uint8Array(await other.clone().toFormat(format).toBuffer());
  const frames = await Promise.all([other.clone().png().toBuffer(), other.clone().flop().png().toBuffer()]);
  animation = new Uint8Array(await sharp(frames, { join: { animated: true } }).webp().toBuffer());
  bmp = concatenate([latin1Bytes('BM'), new Uint8Array(52), new Uint8Array(await other.clone().raw().toBuffer())]);
  [54].forEach((start) => view(bmp).setUint32(10, start, true));
  [40, 48, 48].forEach((value, i) => view(bmp).setUint32(14 + 4 * i, value, true));
  view(bmp).setUint16(28, 24, true);
});

const IN_TEXT = ['base64', 'base64 in lines', 'base64 of an address', 'hexadecimal figures', 'numbers', 'scene'];
/** Where a copy is told from any other picture: behind the tables that most have. */
const FIRST = 800;
const [MOST_PIECES, PIECE, BETWEEN] = [12, 24, 40];

/** Pieces of a copy that must not be found again, as they are. */
function piecesOf(form: Uint8Array): Buffer[] {
  const step = BETWEEN * Math.max(1, Math.floor((form.length - FIRST) / MOST_PIECES / BETWEEN));
  return Array.from({ length: Math.floor((form.length - FIRST) / step) }, (_, i) => Buffer.from(form.subarray(FIRST + i * step, FIRST + i * step + PIECE)));
}

function expectGone(form: Uint8Array, written: Uint8Array | null, source: Uint8Array): void {
  const [pieces, before, after] = [piecesOf(form), Buffer.from(source), Buffer.from(written ?? [])];
  expect(pieces.filter((piece) => before.includes(piece)).length).toBeGreaterThan(0);
  expect(pieces.filter((piece) => after.includes(piece))).toEqual([]);
}

async function together(parts: BlobPart[] | Promise<BlobPart[]>): Promise<Bytes> {
  return new Uint8Array(await new Blob(await parts).arrayBuffer());
}

/** @param only the forms to try, where not all */
async function everyForm(only: readonly string[] | null, check: (copy: Bytes, policy: MetadataPolicy, name: string) => Promise<void> | void): Promise<void> {
  for (const [name, copy] of Object.entries(forms)) {
    if (only && !only.includes(name)) continue;
    for (const policy of metadataPolicies) await check(copy, policy, name);
  }
}

const MAKER: Tag = { tag: 0x10f, type: 2, value: latin1Bytes('Maker\0') };
const number = (tag: number, value: number): Tag => ({ tag, type: 4, value });
const blob = (tag: number, value: Uint8Array, type = 7): Tag => ({ tag, type, value });

/** A block whose tags know where its directories and its tail lie. */
function exifOf(directories: (starts: number[], tail: number) => Tag[][], links: (starts: number[]) => number[], tail: Uint8Array, little: boolean): Uint8Array {
  const blank = tiff(little, directories([0, 0, 0, 0], 0), [], tail);
  return tiff(little, directories(blank.starts, blank.tailAt), links(blank.starts), tail).bytes;
}

/** In the first directory, or in EXIF's own. */
const inTag = (tag: number, head = new Uint8Array(), type = 7) => (copy: Uint8Array, little: boolean): Uint8Array =>
  exifOf(() => [[MAKER, blob(tag, concatenate([head, copy]), type)]], () => [], new Uint8Array(), little);
const inExif = (tag: number, head = new Uint8Array(), type = 7) => (copy: Uint8Array, little: boolean): Uint8Array =>
  exifOf((starts) => [[MAKER, number(0x8769, starts[1]!)], [blob(tag, concatenate([head, copy]), type)]], () => [], new Uint8Array(), little);
const inGps = (tag: number, head = new Uint8Array(), type = 7) => (copy: Uint8Array, little: boolean): Uint8Array =>
  exifOf((starts) => [[MAKER, number(0x8825, starts[1]!)], [blob(tag, concatenate([head, copy]), type)]], () => [], new Uint8Array(), little);

const strips = (tail: number, length: number, count: number): Tag[] => {
  const offsets = new Uint8Array(4 * count);
  const lengths = new Uint8Array(4 * count);
  for (let i = 0; i < count; i++) {
    view(offsets).setUint32(4 * i, tail + i * Math.floor(length / count), true);
    view(lengths).setUint32(4 * i, Math.floor(length / count), true);
  }
  return [number(0x103, 1), { tag: 0x111, type: 4, value: offsets }, { tag: 0x117, type: 4, value: lengths }];
};

const EXIF: Record<string, (copy: Uint8Array, little: boolean) => Uint8Array> = {
  'a thumbnail': (copy, little) => exifOf((_, tail) => [[MAKER], [number(0x201, tail), number(0x202, copy.length)]], (starts) => [starts[1]!], copy, little),
  'a thumbnail in a third directory': (copy, little) => exifOf((_, tail) => [[MAKER], [number(0x103, 6)], [number(0x201, tail), number(0x202, copy.length)]], (starts) => [starts[1]!, starts[2]!], copy, little),
  'a thumbnail of no length': (copy, little) => exifOf((_, tail) => [[MAKER], [number(0x201, tail)]], (starts) => [starts[1]!], copy, little),
  'one strip': (copy, little) => exifOf((_, tail) => [[MAKER], [number(0x111, tail), number(0x117, copy.length)]], (starts) => [starts[1]!], copy, little),
  'sixteen strips': (copy) => exifOf((_, tail) => [[MAKER], strips(tail, copy.length, 16)], (starts) => [starts[1]!], copy, true),
  'strips of the first directory': (copy) => exifOf((_, tail) => [[MAKER, ...strips(tail, copy.length, 4)]], () => [], copy, true),
  tiles: (copy, little) => exifOf((_, tail) => [[MAKER, number(0x144, tail), number(0x145, copy.length)]], () => [], copy, little),
  'a directory below': (copy, little) => exifOf((starts, tail) => [[MAKER, number(0x14a, starts[1]!)], [number(0x111, tail), number(0x117, copy.length)]], () => [], copy, little),
  'a directory below that of EXIF': (copy, little) => exifOf((starts, tail) => [[MAKER, number(0x8769, starts[1]!)], [number(0x14a, starts[2]!)], [number(0x201, tail), number(0x202, copy.length)]], () => [], copy, little),
  'directories in a circle': (copy, little) => exifOf((starts, tail) => [[MAKER, number(0x8769, starts[0]!)], [number(0x201, tail), number(0x202, copy.length)]], (starts) => [starts[1]!, starts[0]!], copy, little),
  'no tag': (copy, little) => exifOf(() => [[MAKER]], () => [], copy, little),
  'a description': inTag(0x10e, undefined, 2),
  'an author': inTag(0x13b, undefined, 2),
  rights: inTag(0x8298, undefined, 2),
  'a resolution': inTag(0x11a),
  'a rational resolution': (copy, little) => inTag(0x11a, undefined, 1)(copy, little),
  "Microsoft's comment": inTag(0x9c9c, undefined, 1),
  'tucked in XMP': inTag(0x2bc),
  'tucked in IPTC': inTag(0x83bb),
  "tucked in Photoshop's resources": inTag(0x8649),
  'an index for printing': inTag(0xc4a5),
  padding: inTag(0xea1c),
  'an unknown tag': inTag(0xfe00),
  "a maker's note": inExif(0x927c),
  'a comment in ASCII': inExif(0x9286, latin1Bytes('ASCII\0\0\0')),
  'a comment in Unicode': inExif(0x9286, latin1Bytes('UNICODE\0')),
  'a comment in Japanese': inExif(0x9286, latin1Bytes('JIS\0\0\0\0\0')),
  'a comment in nothing': inExif(0x9286, new Uint8Array(8)),
  'a pattern of colours': inExif(0xa302),
  'settings of the device': inExif(0xa40b),
  'the name of a sound': inExif(0xa004, undefined, 2),
  'the owner': inExif(0xa430, undefined, 2),
  'how a place was found': inGps(27, latin1Bytes('ASCII\0\0\0')),
  'the date of a place': inGps(29, undefined, 2),
  latitude: inGps(2, undefined, 5),
};

const XMP_HEAD = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">';
const described = (body: string, attributes = ''): string =>
  `${XMP_HEAD}<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:n="http://ns.adobe.com/xap/1.0/" xmlns:g="http://ns.adobe.com/xap/1.0/g/img/" xmlns:u="http://example.org/" dc:format="image/jpeg"${attributes}>${body}</rdf:Description></rdf:RDF></x:xmpmeta>`;

const XMP: Record<string, (copy: string) => string> = {
  thumbnails: (copy) => described(`<n:Thumbnails><rdf:Alt><rdf:li rdf:parseType="Resource"><g:image>${copy}</g:image></rdf:li></rdf:Alt></n:Thumbnails>`),
  'a property of no list': (copy) => described(`<u:Any>${copy}</u:Any>`),
  'an attribute of no list': (copy) => described('', ` u:Any="${copy}"`),
  'a known property': (copy) => described(`<dc:description><rdf:Alt><rdf:li xml:lang="x-default">${copy}</rdf:li></rdf:Alt></dc:description>`),
  'a known attribute': (copy) => described('', ` dc:source="${copy}"`),
  'an address': (copy) => described(`<dc:rights rdf:resource="${copy}"/>`),
  'many items of a list': (copy) => described(`<dc:subject><rdf:Bag>${copy.replace(/.{80}/gs, '<rdf:li>$&</rdf:li>')}</rdf:Bag></dc:subject>`),
  'a language': (copy) => described(`<dc:title><rdf:Alt><rdf:li xml:lang="${copy}">x</rdf:li></rdf:Alt></dc:title>`),
  'a qualifier': (copy) => described(`<dc:title rdf:parseType="Resource"><rdf:value>x</rdf:value><u:q>${copy}</u:q></dc:title>`),
  CDATA: (copy) => described(`<dc:title><![CDATA[${copy}]]></dc:title>`),
  'a comment': (copy) => described(`<!--${copy}-->`),
  'an instruction': (copy) => described(`<?picture ${copy}?>`),
  'text of no property': (copy) => described(copy),
  'the name of a namespace': (copy) => described('', ` xmlns:q="${copy}" q:a="1"`),
  'another description': (copy) => `${XMP_HEAD}<rdf:Description/><rdf:Description xmlns:u="http://example.org/"><u:a><rdf:Description u:b="${copy}"/></u:a></rdf:Description></rdf:RDF></x:xmpmeta>`,
  'another element': (copy) => `${XMP_HEAD}<rdf:Description/></rdf:RDF><picture>${copy}</picture></x:xmpmeta>`,
  'what is no XML': (copy) => `${described('')}${copy}`,
};

const PHOTOSHOP: Record<string, (copy: Uint8Array) => Uint8Array> = {
  ...Object.fromEntries([0x0409, 0x040c, 0x0422, 0x0424, 0x03ed, 0x040a, 0x03f2, 0x07d0].map((id) => [`resource ${id.toString(16)}`, (copy: Uint8Array) => resource(id, copy)])),
  ...Object.fromEntries([5, 25, 120, 116, 0, 202].map((id) => [`data set ${id}`, (copy: Uint8Array) => resource(0x0404, dataSet(id, copy.subarray(0, 0x7fff)))])),
  'data set of another record': (copy) => resource(0x0404, dataSet(10, copy.subarray(0, 0x7fff), 8)),
  'what follows a data set': (copy) => resource(0x0404, concatenate([dataSet(5, latin1Bytes('Title')), copy])),
  'what follows a resource': (copy) => concatenate([resource(0x0404, dataSet(5, latin1Bytes('Title'))), copy]),
  'many data sets': (copy) => resource(0x0404, concatenate(Array.from({ length: Math.floor(copy.length / 40) }, (_, i) => dataSet(25, copy.subarray(40 * i, 40 * i + 40))))),
};

const XYZ = latin1Bytes('XYZ \0\0\0\0............');
const PROFILES: Record<string, (copy: Uint8Array) => Bytes> = {
  'a tag of no list': (copy) => profileOf({ rXYZ: XYZ, prvw: copy }),
  'a name': (copy) => profileOf({ desc: concatenate([latin1Bytes('desc\0\0\0\0'), copy]), rXYZ: XYZ }),
  'a curve': (copy) => profileOf({ rTRC: concatenate([latin1Bytes('curv\0\0\0\0'), copy, new Uint8Array(9000)]), rXYZ: XYZ }),
  'a table of no kind': (copy) => profileOf({ A2B0: copy, rXYZ: XYZ }),
  'a gap': (copy) => profileOf({ rXYZ: XYZ }, copy as Bytes),
  'what follows it': (copy) => concatenate([profileOf({ rXYZ: XYZ }), copy]),
  'no profile': (copy) => concatenate([new Uint8Array(128), copy]),
};

describe.each([true, false])('in EXIF, little-endian %s,', (little) => {
  it.each(Object.entries(EXIF))('%s', async (_, make) =>
    everyForm(null, (copy, policy) => {
      const source = make(copy, little);
      expectGone(copy, new MetadataEditor(policy).exif(source), source);
    }),
  );
});

describe('in XMP', () => {
  it.each(Object.entries(XMP))('%s', async (_, make) =>
    everyForm(IN_TEXT, (copy, policy, name) => {
      const text = latin1Text(copy);
      const source = new TextEncoder().encode(make(name === 'scene' ? text.replaceAll('"', "'") : text));
      const written = new MetadataEditor(policy).xmp(source);
      // figures of a few hundred bytes are as plain a text as any
      if (name === 'numbers' && make === XMP['many items of a list']) expect((written ?? []).length).toBeLessThan(4000);
      else expectGone(copy, written, source);
    }),
  );
});

describe("in Photoshop's resources", () => {
  it.each(Object.entries(PHOTOSHOP))('%s', async (name, make) =>
    everyForm(name === 'many data sets' ? ['raw', 'jpeg', 'png', 'deflated'] : null, (copy, policy) => {
      const source = make(copy);
      expectGone(copy, new MetadataEditor(policy).photoshop(source), source);
    }),
  );
});

describe('in a colour profile', () => {
  it.each(Object.entries(PROFILES))('%s', async (_, make) =>
    everyForm(null, (copy, policy) => {
      if (copy.length < 4096 + 64) return; // less could be a name
      const source = make(copy);
      expectGone(copy, new MetadataEditor(policy).profile(source), source);
    }),
  );

  it('which otherwise stays as it is', () => {
    const profile = profileOf({ desc: latin1Bytes('desc\0\0\0\0Display P3..'), rXYZ: XYZ, rTRC: latin1Bytes('para\0\0\0\0....') });
    profile.fill(7, 84, 100);
    expect(new MetadataEditor('none').profile(profile)).toEqual(profile);
  });
});

const JPEG: Record<string, (copy: Uint8Array) => Uint8Array> = {
  ...Object.fromEntries(
    [
      ...[[0xe0, 'JFXX\0\x10'], [0xe0, 'JFXX\0\x11'], [0xe0, 'JFXX\0\x13'], [0xe0, 'JFIF\0\x01\x02\0\0\x01\0\x01\x60\x60'], [0xe0, 'CIFF'], [0xe0, '']],
      ...[[0xe1, ''], [0xe1, 'http://ns.adobe.com/xmp/extension/\0'], [0xe1, 'QVCI\0'], [0xe1, 'FLIR\0']],
      ...[[0xe2, 'MPF\0'], [0xe2, 'FPXR\0'], [0xe2, 'urn:iso:std:iso:ts:21496:-1\0'], [0xe2, 'ICC_PROFILE\0\x01\x01'], [0xe3, 'Meta\0\0'], [0xe3, 'JPS\0'], [0xe4, ''], [0xe4, 'SCALADO\0']],
      ...[[0xe5, 'RMETA\0'], [0xe6, 'GoPro\0'], [0xe7, 'PENTAX \0'], [0xe8, 'SPIFF\0'], [0xe9, 'Media Jukebox\0'], [0xea, 'UNICODE\0'], [0xea, 'AROT\0\0'], [0xeb, 'JP\0\x01\0\0\0\x01'], [0xeb, 'HDR_RI']],
      ...[[0xec, 'Ducky'], [0xec, 'PictureInfo\0'], [0xed, 'Adobe_CM'], [0xed, 'Photoshop 3.0\0'], [0xee, 'Adobe\0d\0\0\0\0\x01'], [0xef, 'Q 90'], [0xfe, ''], [0xfe, 'thumb='], [0xf0, ''], [0xfd, '']],
    ].map(([marker, head]) => [`segment ${(marker as number).toString(16)} ${head}`, (copy: Uint8Array) => writeSegment(marker as number, concatenate([latin1Bytes(head as string), copy]))]),
  ),
  'between segments': (copy) => copy.map((byte) => (byte === 0xff ? 0xfe : byte)),
  'EXIF in a segment after the first': (copy) =>
    concatenate([exifSegment(inTag(0x10f, undefined, 2)(latin1Bytes('Maker\0'), true)), exifSegment(EXIF['no tag']!(copy, true))]),
};

const exifSegment = (block: Uint8Array): Uint8Array => writeSegment(0xe1, concatenate([latin1Bytes('Exif\0\0'), block]));

describe('in a JPEG', () => {
  it.each(Object.entries(JPEG))('%s', async (_, make) =>
    everyForm(null, (copy, policy) => {
      const { jpeg } = pictures;
      const extra = make(copy);
      const source = concatenate([jpeg.subarray(0, 2), extra, jpeg.subarray(2)]);
      const marks = source.includes(0xff) && extra[0] !== 0xff ? extra : copy;
      expectGone(marks, concatenate(editJpeg(source, [], new MetadataEditor(policy))), source);
      expectGone(marks, concatenate(jpegWithMetadataOf(source, jpeg, new MetadataEditor(policy))), source);
    }),
  );

  it('behind its end', () => everyForm(null, (copy, policy) => {
    const source = concatenate([pictures.jpeg, copy]);
    expectGone(copy, concatenate(editJpeg(source, [], new MetadataEditor(policy))), source);
  }));
});

const pngChunk = (type: string, content: Uint8Array): Bytes => {
  const result = new Uint8Array(content.length + 12);
  view(result).setUint32(0, content.length);
  result.set(latin1Bytes(type), 4);
  result.set(content, 8);
  view(result).setUint32(8 + content.length, crc32(result.subarray(4, 8 + content.length)));
  return result;
};
const headed = (head: string, copy: Uint8Array): Uint8Array => concatenate([latin1Bytes(head), copy]);
const packed = (head: string, copy: Uint8Array): Uint8Array => concatenate([latin1Bytes(head), deflateSync(copy)]);

const PNG: Record<string, (copy: Uint8Array) => Uint8Array> = {
  'a text of a known keyword': (copy) => pngChunk('tEXt', headed('Comment\0', copy)),
  "a text of an app's own": (copy) => pngChunk('tEXt', headed('application/vnd.excalidraw+json\0', copy)),
  'an international text': (copy) => pngChunk('iTXt', headed('Description\0\0\0en\0\0', copy)),
  'an international keyword': (copy) => pngChunk('iTXt', concatenate([latin1Bytes('Description\0\0\0'), copy, latin1Bytes('\0\0text')])),
  'a packed text': (copy) => pngChunk('zTXt', packed('Comment\0\0', copy)),
  'a packed international text': (copy) => pngChunk('iTXt', packed('Comment\0\x01\0\0\0', copy)),
  'packed XMP': (copy) => pngChunk('iTXt', packed('XML:com.adobe.xmp\0\x01\0\0\0', copy)),
  'a raw profile': (copy) => pngChunk('zTXt', packed('Raw profile type exif\0\0', copy)),
  'a raw profile that is not packed': (copy) => pngChunk('tEXt', headed('raw profile type APP1\0', copy)),
  EXIF: (copy) => pngChunk('eXIf', EXIF['a thumbnail']!(copy, true)),
  'a profile': (copy) => pngChunk('iCCP', packed('name\0\0', PROFILES['a tag of no list']!(copy))),
  'no profile': (copy) => pngChunk('iCCP', packed('name\0\0', copy)),
  'a chunk of its own': (copy) => pngChunk('prVW', copy),
  'a suggested palette': (copy) => pngChunk('sPLT', headed('x\0\x08', copy)),
  'a histogram': (copy) => pngChunk('hIST', copy),
  'a date': (copy) => pngChunk('tIME', copy),
  ...Object.fromEntries(['bKGD', 'sBIT', 'cHRM', 'gAMA', 'pHYs', 'caBX'].map((type) => [`chunk ${type}`, (copy: Uint8Array) => pngChunk(type, copy)])),
};

describe('in a PNG', () => {
  it.each(Object.entries(PNG))('%s', async (_, make) =>
    everyForm(null, async (copy, policy, name) => {
      if (name === 'deflated') return; // packed once more
      const extra = make(copy);
      const source = concatenate([pictures.png.subarray(0, 33), extra, pictures.png.subarray(33)]);
      expectGone(extra, await together(editPng(source, [], new MetadataEditor(policy))), source);
      expect((await together(editPng(source, [], new MetadataEditor(policy)))).length).toBeLessThan(pictures.png.length + 800);
    }),
  );

  it.each<[string, (copy: Uint8Array) => Uint8Array]>([['a file', (copy) => copy], ['more of a picture', (copy) => concatenate([pngChunk('IDAT', copy), pngChunk('IEND', new Uint8Array())])]])('behind its end: %s', async (_, make) =>
    everyForm(null, async (copy, policy) => {
      const source = concatenate([pictures.png, make(copy)]);
      expectGone(copy, await together(new PngEditor(source).finish(new MetadataEditor(policy))), source);
    }),
  );
});

/** Ended by an empty one. */
const blocks = (...contents: Uint8Array[]): Uint8Array => concatenate([...contents.flatMap((content) => Array.from({ length: Math.ceil(content.length / 255) }, (_, i) => content.subarray(255 * i, 255 * i + 255)).flatMap((block) => [Uint8Array.of(block.length), block])), Uint8Array.of(0)]);
const extension = (label: number, ...contents: Uint8Array[]): Uint8Array => concatenate([Uint8Array.of(0x21, label), blocks(...contents)]);

const GIF: Record<string, (copy: Uint8Array) => Uint8Array> = {
  'a comment': (copy) => extension(0xfe, copy),
  'a plain text': (copy) => extension(0x01, new Uint8Array(12), copy),
  'an unknown extension': (copy) => extension(0x99, copy),
  'an application': (copy) => extension(0xff, latin1Bytes('APPTHUMB1.0'), copy),
  'a profile': (copy) => extension(0xff, latin1Bytes('ICCRGBG1012'), PROFILES['a gap']!(copy)),
  'no profile': (copy) => extension(0xff, latin1Bytes('ICCRGBG1012'), copy),
  'behind how often it repeats': (copy) => extension(0xff, latin1Bytes('NETSCAPE2.0'), Uint8Array.of(1, 0, 0), copy),
  'a graphic control': (copy) => extension(0xf9, new Uint8Array(4), copy),
};

describe('in a GIF', () => {
  it('behind the data of its picture, which changes', () => everyForm(null, async (copy, policy) => {
    const { gif } = pictures;
    const source = concatenate([gif.subarray(0, -2), blocks(copy), Uint8Array.of(0x3b)]); // the picture's blocks go on
    const editor = new GifEditor(source);
    await editor.change(0, [{ x: 8, y: 8, width: 16, height: 16, difference: new Int16Array(3 * 16 * 16).fill(1000) }]);
    expectGone(copy, await together(editor.finish(new MetadataEditor(policy))), source);
  }));

  const edit = (source: Uint8Array, policy: MetadataPolicy): Promise<Bytes> => together(new GifEditor(source).finish(new MetadataEditor(policy)));

  it.each(Object.entries(GIF))('%s', async (_, make) =>
    everyForm(null, async (copy, policy) => {
      const { gif } = pictures;
      const head = 13 + 3 * (2 << (gif[10]! & 7));
      const source = concatenate([gif.subarray(0, head), make(copy), gif.subarray(head)]);
      expectGone(copy, await edit(source, policy), source);
    }),
  );

  it('behind its end', () => everyForm(null, async (copy, policy) => {
    const source = concatenate([pictures.gif, copy]);
    expectGone(copy, await edit(source, policy), source);
  }));
});

const extended = (flags: number): Uint8Array => webpChunk('VP8X', Uint8Array.of(flags, 0, 0, 0, 47, 0, 0, 47, 0, 0));
const WEBP: Record<string, (copy: Uint8Array) => [before: Uint8Array[], after: Uint8Array[]]> = {
  EXIF: (copy) => [[], [webpChunk('EXIF', EXIF['sixteen strips']!(copy, true))]],
  'EXIF with a signature': (copy) => [[], [webpChunk('EXIF', headed('Exif\0\0', EXIF['no tag']!(copy, true)))]],
  'no XMP': (copy) => [[], [webpChunk('XMP ', copy)]],
  'a profile': (copy) => [[webpChunk('ICCP', PROFILES['what follows it']!(copy))], []],
  'no profile': (copy) => [[webpChunk('ICCP', copy)], []],
  'a chunk of its own': (copy) => [[], [webpChunk('THMB', copy)]],
  'a second picture': (copy) => [[], [webpChunk('VP8 ', copy)]],
  'transparency behind the picture': (copy) => [[], [webpChunk('ALPH', copy)]],
  'a frame of no animation': (copy) => [[], [webpChunk('ANMF', copy)]],
};

describe('in a WebP', () => {
  it.each(Object.entries(WEBP))('%s', async (_, make) =>
    everyForm(null, async (copy, policy) => {
      const own = [...webpChunks(pictures.webp)].filter(({ type }) => type === 'VP8 ').map(({ type, content }) => webpChunk(type, content));
      const [before, after] = make(copy);
      const source = riff([extended(0), ...before, ...own, ...after]);
      expectGone(copy, await editWebp(source, [], new MetadataEditor(policy)), source);
      expectGone(copy, webpWithMetadataOf(source, source, new MetadataEditor(policy)), source);
    }),
  );

  it('behind the data of its picture, which changes', () => everyForm(null, async (copy, policy) => {
    const own = [...webpChunks(pictures.webp)].map(({ type, content }) => webpChunk(type, type === 'VP8 ' ? concatenate([content, copy]) : content));
    const change = { x: 8, y: 8, width: 16, height: 16, difference: new Int16Array(3 * 16 * 16).fill(1000) };
    expectGone(copy, await editWebp(riff(own), [change], new MetadataEditor(policy)), riff(own));
  }));

  it('behind its end', () => everyForm(null, async (copy, policy) => {
    const source = concatenate([pictures.webp, webpChunk('XMP ', copy), copy]);
    expectGone(copy, await editWebp(source, [], new MetadataEditor(policy)), source);
  }));

  it.each<[string, (chunks: Uint8Array[], copy: Uint8Array) => Uint8Array[]]>([
    ['beside the frames', (chunks, copy) => [...chunks, webpChunk('THMB', copy)]],
    ['behind the header', ([header, ...chunks], copy) => [webpChunk('VP8X', concatenate([header!.subarray(8), copy])), ...chunks]],
    ['in a second header', (chunks, copy) => [...chunks, webpChunk('ANIM', copy)]],
    ['in a frame', (chunks, copy) => chunks.map((piece) => (latin1Text(piece.subarray(0, 4)) === 'ANMF' ? webpChunk('ANMF', concatenate([piece.subarray(8), webpChunk('THMB', copy)])) : piece))],
    ['as a second picture of a frame', (chunks, copy) => chunks.map((piece) => (latin1Text(piece.subarray(0, 4)) === 'ANMF' ? webpChunk('ANMF', concatenate([piece.subarray(8), webpChunk('VP8L', copy)])) : piece))],
  ])('that is animated, %s', async (_, insert) =>
    everyForm(null, async (copy, policy) => {
      const source = riff(insert([...webpChunks(animation)].map(({ type, content }) => webpChunk(type, content)), copy));
      const written = await together(new WebpAnimationEditor(source).finish(new MetadataEditor(policy)));
      expectGone(copy, written, source);
      expect((await sharp(written).metadata()).pages).toBe(2);
    }),
  );
});

describe('in a BMP', () => {
  /** With the last of the headers, which can name a profile. */
  const withHeader = (kind: string, between: Uint8Array, profile: Uint8Array, behind: Uint8Array): Bytes => {
    const head = new Uint8Array(138);
    head.set(bmp.subarray(0, 54));
    const data = view(head);
    data.setUint32(10, 138 + between.length, true);
    data.setUint32(14, 124, true);
    data.setUint32(70, view(latin1Bytes(kind)).getUint32(0), true);
    data.setUint32(126, 124 + between.length + bmp.length - 54, true);
    data.setUint32(130, profile.length, true);
    return concatenate([head, between, bmp.subarray(54), profile, behind]);
  };
  const none = new Uint8Array();

  it.each<[string, (copy: Uint8Array) => Bytes]>([
    ['behind its pixels', (copy) => concatenate([bmp, copy])],
    ['before its pixels', (copy) => {
      const source = concatenate([bmp.subarray(0, 54), copy, bmp.subarray(54)]);
      view(source).setUint32(10, 54 + copy.length, true);
      return source;
    }],
    ['before its pixels, with a profile', (copy) => withHeader('MBED', copy, profileOf({ rXYZ: XYZ }), none)],
    ['behind its profile', (copy) => withHeader('MBED', none, profileOf({ rXYZ: XYZ }), copy)],
    ['in its profile', (copy) => withHeader('MBED', none, PROFILES['a gap']!(copy), none)],
    ['as its profile', (copy) => withHeader('MBED', none, copy, none)],
    ['as the name of a profile', (copy) => withHeader('LINK', none, copy, none)],
  ])('%s', async (_, make) =>
    everyForm(null, async (copy, policy) => {
      const source = make(copy);
      const written = editBmp(source.slice(), [], new MetadataEditor(policy));
      expectGone(copy, written, source);
      expect(view(written).getUint32(2, true)).toBe(written.length);
    }),
  );

  it('loses no profile that is one', () => {
    const profile = profileOf({ rXYZ: XYZ });
    const source = withHeader('MBED', none, profile, none);
    const written = editBmp(source.slice(), [], new MetadataEditor('none'));
    expect(written.subarray(-profile.length)).toEqual(profile);
    expect(written).toHaveLength(source.length);
  });
});

it.each<[keyof typeof pictures, (source: Bytes, metadata: MetadataEditor) => unknown]>([
  ['jpeg', (source, metadata) => editJpeg(source, [], metadata)],
  ['png', (source, metadata) => editPng(source, [], metadata)],
  ['webp', (source, metadata) => editWebp(source, [], metadata)],
  ['gif', (source, metadata) => new GifEditor(source).finish(metadata)],
])('a film behind the end of a %s is reported as dropped, and nothing else is', async (format, edit) => {
  const dropped = async (behind: string): Promise<string[]> => {
    const metadata = new MetadataEditor('all');
    await edit(concatenate([pictures[format], latin1Bytes(behind)]), metadata);
    return metadata.report.dropped;
  };
  expect(await dropped('\0\0\0\x18ftypmp42\0\0\0\0')).toEqual(['preview pictures']);
  expect(await dropped('more')).toEqual(['other']);
  expect(await dropped('\0\0\0\0')).toEqual([]);
  expect(await dropped('')).toEqual([]);
});
