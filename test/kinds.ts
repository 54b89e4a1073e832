/** Files of every kind that is told by its content, made by hand: pictures that cannot be cloaked, drawings with and without a photo, and what is no picture. */
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';

export interface Kind {
  name: string;
  bytes: Buffer;
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
/** With some of what follows in such a file. */
const padded = (head: string, length = 2000): Buffer => Buffer.concat([latin1(head), Buffer.alloc(Math.max(0, length - head.length), 7)]);

const box = (type: string, content: string): string => {
  const length = content.length + 8;
  return String.fromCharCode(length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255) + type + content;
};
const ftyp = (major: string, ...compatible: string[]): string => box('ftyp', `${major}\0\0\0\0${compatible.join('')}`);
const handler = (type: string): string => box('meta', `\0\0\0\0${box('hdlr', `\0\0\0\0\0\0\0\0${type}${'\0'.repeat(13)}`)}`);

const short = (value: number): string => String.fromCharCode(value & 255, value >> 8);
const long = (value: number): string => short(value & 0xffff) + short(value >>> 16);
const icon = (kind: 1 | 2): string => `\0\0${short(kind)}${short(1)}\x20\x20\0\0${short(1)}${short(32)}${long(1000)}${long(22)}`;
const targa = (kind: number, width: number, height: number, depth: number): string =>
  `\0\0${String.fromCharCode(kind)}\0\0\0\0\0\0\0\0\0${short(width)}${short(height)}${String.fromCharCode(depth)}\0`;

const HEIF_BRANDS = ['mif1', 'mif2', 'mif3', 'msf1', 'miaf', 'MiHE', 'MiHA', 'MiHB', 'MiPr', 'MiAn', 'MA1A', 'MA1B', '1pic', 'jpeg', 'jpgs', 'j2ki', 'j2is', 'avci', 'avcs', 'vvic', 'vvis', 'evbi', 'unif', 'geo1'];
const HEIC_BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs'];

/** By format (`ImageFormat`), each of which goes under any name and type. */
export const pictures: (Kind & { format: string })[] = (
  [
    ...HEIC_BRANDS.map((brand) => ['heic', `HEIF, brand ${brand}`, padded(ftyp(brand, 'isom'))]),
    ...HEIF_BRANDS.map((brand) => ['heif', `HEIF, brand ${brand}`, padded(ftyp(brand))]),
    ['heif', 'HEIF, unknown brand with a known one behind many', padded(ftyp('zzzz', ...Array.from({ length: 90 }, (_, i) => `x${100 + i}`), 'mif1'))],
    ['heic', 'HEIF, unknown brand with heic', padded(ftyp('zzzz', 'heic'))],
    ['heif', 'HEIF, unknown brands alone', padded(ftyp('zzzz', 'yyyy') + handler('pict'))],
    ['avif', 'AVIF, brand avio', padded(ftyp('avio', 'mif1'))],
    ['avif', 'AVIF, brand mif1', padded(ftyp('mif1', 'avif'))],
    ['cr3', 'CR3', padded(ftyp('crx ', 'isom'))],
    ['crw', 'CRW', padded('II\x1a\0\0\0HEAPCCDR\x02\0')],
    ['raf', 'RAF', padded('FUJIFILMCCD-RAW 0201FF383501X-T4\0\0')],
    ['orf', 'ORF', padded('IIRO\x08\0\0\0')],
    ['orf', 'ORF of an older camera', padded('IIRS\x08\0\0\0')],
    ['orf', 'ORF, big-endian', padded('MMOR\0\0\0\x08')],
    ['rw2', 'RW2', padded('IIU\0\x18\0\0\0')],
    ['x3f', 'X3F', padded('FOVb\0\0\x02\0')],
    ['mrw', 'MRW', padded('\0MRM\0\0\x02\0')],
    ['iiq', 'IIQ', padded('IIIITwaR\0\0\0\0')],
    ['tiff', 'CR2', padded('II*\0\x10\0\0\0CR\x02\0')],
    ['tiff', 'NEF, ARW, PEF, SRW, 3FR, DNG', padded('II*\0\x08\0\0\0')],
    ['tiff', 'KDC, big-endian', padded('MM\0*\0\0\0\x08')],
    ['tiff', 'BigTIFF', padded('II+\0\x08\0\0\0\x10\0\0\0')],
    ['tiff', 'BigTIFF, big-endian', padded('MM\0+\0\x08\0\0\0\0\0\0')],
    ['psd', 'PSD', padded('8BPS\0\x01\0\0\0\0\0\0\0\x03')],
    ['psd', 'PSB', padded('8BPS\0\x02\0\0\0\0\0\0\0\x03')],
    ['jp2', 'JPEG 2000', padded(`\0\0\0\x0cjP  \r\n\x87\n${ftyp('jp2 ', 'jp2 ')}`)],
    ['jp2', 'JPEG 2000, codestream alone', padded('\xff\x4f\xff\x51\0\x2f')],
    ['jxl', 'JPEG XL', padded('\0\0\0\x0cJXL \r\n\x87\n')],
    ['jxl', 'JPEG XL, codestream alone', padded('\xff\x0a\xfa\x1f')],
    ['jxr', 'JPEG XR', padded('II\xbc\x01\x20\0\0\0')],
    ['ico', 'ICO', padded(icon(1))],
    ['ico', 'CUR', padded(icon(2))],
    ...[12, 16, 40, 42, 46, 52, 56, 64, 108, 124].map((size) => ['bmp', `BMP, header of ${size} bytes`, padded(`BM\0\x08\0\0\0\0\0\0\x36\0\0\0${long(size)}\x01\0\0\0`)]),
    ...['P1', 'P2', 'P3', 'P4', 'P5', 'P6'].map((kind) => ['pnm', `PNM, ${kind}`, padded(`${kind}\n# made by hand\n2 2\n255\n`)]),
    ['pnm', 'PNM in one line', padded('P6 640 480 255 ')],
    ['pnm', 'PAM', padded('P7\nWIDTH 2\nHEIGHT 2\nDEPTH 3\nMAXVAL 255\nENDHDR\n')],
    ['pnm', 'PFM', padded('PF\n2 2\n-1.0\n')],
    ['tga', 'TGA, as long as it says', Buffer.concat([latin1(targa(2, 20, 10, 24)), Buffer.alloc(600, 9)])],
    ['tga', 'TGA with its mark', Buffer.concat([latin1(targa(10, 20, 10, 32)), Buffer.alloc(77, 9), latin1('TRUEVISION-XFILE.\0')])],
    ['dds', 'DDS', padded('DDS \x7c\0\0\0\x07\x10\0\0')],
    ['qoi', 'QOI', padded('qoif\0\0\x01\0\0\0\x01\0\x03\0')],
    ['flif', 'FLIF', padded('FLIF31\x7f\x7f')],
    ['pcx', 'PCX', padded('\n\x05\x01\x08' + '\0'.repeat(124))],
    ['sgi', 'SGI', padded('\x01\xda\x01\x01\0\x03\x01\x40\0\xf0\0\x03')],
    ['ras', 'Sun raster', padded('\x59\xa6\x6a\x95\0\0\x01\x40')],
    ['djvu', 'DjVu', padded('AT&TFORM\0\0\x10\0DJVU')],
    ['bpg', 'BPG', padded('BPG\xfb\x20\0')],
    ['exr', 'EXR', padded('v/1\x01\x02\0\0\0')],
    ['hdr', 'HDR', padded('#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2 +X 2\n')],
    ['xcf', 'XCF', padded('gimp xcf v011\0')],
    ['icns', 'ICNS', padded('icns\0\0\x10\0ic07')],
    ['wmf', 'WMF with a bitmap', latin1(`\x01\0\x09\0\0\x03${'\0'.repeat(12)}${long(5)}\x13\x02\0\0\0\0${long(20)}\x43\x0f${'\x07'.repeat(34)}${long(3)}\0\0`)],
    ['wmf', 'WMF, placeable', latin1(`\xd7\xcd\xc6\x9a${'\0'.repeat(18)}\x01\0\x09\0\0\x03${'\0'.repeat(12)}${long(20)}\x41\x0b${'\x07'.repeat(34)}${long(3)}\0\0`)],
    ['wmf', 'WMF, cut off', latin1(`\x01\0\x09\0\0\x03${'\0'.repeat(12)}${long(500)}\x13\x02`)],
    ['emf', 'EMF with a bitmap', latin1(`${long(1)}${long(88)}${'\0'.repeat(32)} EMF${'\0'.repeat(44)}${long(81)}${long(80)}${'\x07'.repeat(72)}${long(14)}${long(20)}${'\0'.repeat(12)}`)],
    ['mng', 'MNG', padded('\x8aMNG\r\n\x1a\n')],
  ] as [string, string, Buffer][]
).map(([format, name, bytes]) => ({ format, name, bytes }));

/** Well-formed, and of no use but as the head of one that is not empty. */
const jpeg = await sharp({ create: { width: 4, height: 4, channels: 3, background: '#a75' } }).jpeg().toBuffer();
const png = await sharp({ create: { width: 4, height: 4, channels: 3, background: '#a75' } }).png().toBuffer();
const base64 = (bytes: Buffer | string): string => Buffer.from(bytes).toString('base64');
const percent = (bytes: Buffer): string => [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

const NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9"';
const around = (content: string): string => `<svg ${NAMESPACES}>${content}</svg>`;
const address = `data:image/jpeg;base64,${base64(jpeg)}`;
const image = `<image width="9" height="9" href="${address}"/>`;
const drawing = around(image);
const SVG = 'http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd';
const remark = `<!-- ${'made with care > '.repeat(300)} -->`;
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
const utf32 = (text: string): Buffer => Buffer.concat([...text].map((character) => Buffer.from([character.codePointAt(0)! & 255, character.codePointAt(0)! >> 8, 0, 0])));
const references = (text: string, write: (code: number) => string): string => [...text].map((character) => write(character.charCodeAt(0))).join('');
const link = (href: string): string => around(`<image width="9" height="9" href="${href}"/>`);

/** Drawings in which browsers show a photo, or editors and sites may. */
export const drawingsWithPhoto: Kind[] = Object.entries<Buffer | string>({
  'plain': drawing,
  'declaration': `<?xml version="1.0" encoding="utf-8" standalone="no"?>\n${drawing}`,
  'mark of UTF-8': `\ufeff${drawing}`,
  'DTD': `<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "${SVG}">\n${drawing}`,
  'DTD with declarations and remarks in it': `<!DOCTYPE svg [\n<!-- it's > ] here -->\n<?keep ]>?><!ENTITY ns "http://example.test/]>">\n<!ATTLIST svg viewBox CDATA '0 0 9 9'>\n]>\n${drawing}`,
  'photo as an attribute of the DTD': `<!DOCTYPE svg [<!ATTLIST image href CDATA "${address}">]>${around('<image width="9" height="9"/>')}`,
  'remark of kilobytes': `<?xml version="1.0"?>${remark}${drawing}`,
  'many remarks': `${'<!-- one more --> \n'.repeat(5000)}${drawing}`,
  'white space of kilobytes': ' \n'.repeat(5000) + drawing,
  'style sheet instruction': `<?xml version="1.0"?>\n<?xml-stylesheet type="text/css" href="a.css" title="a > b"?>\n${drawing}`,
  'UTF-16, little-endian, with its mark': Buffer.concat([Buffer.from([0xff, 0xfe]), utf16(drawing)]),
  'UTF-16, big-endian, with its mark': Buffer.concat([Buffer.from([0xfe, 0xff]), utf16(drawing).swap16()]),
  'UTF-16, little-endian, without a mark': utf16(`<?xml version="1.0" encoding="utf-16"?>${drawing}`),
  'UTF-16, big-endian, without a mark': utf16(drawing).swap16(),
  'UTF-16 with a long remark of other letters': Buffer.concat([Buffer.from([0xff, 0xfe]), utf16(`<!-- ${'лю日本㸀㰀'.repeat(900)} -->${drawing}`)]),
  'UTF-32': utf32(drawing),
  'prefix': `<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:image href="${address}"/></s:svg>`,
  'capitals in the address': link(address.replace('data:image/jpeg', 'DATA:IMAGE/JPEG')),
  'some capitals': link(address.replace('data:image/jpeg;base64', 'DaTa:image/JPEG;BASE64')),
  'no type': link(`data:;base64,${base64(jpeg)}`),
  'no type, no base64': link(`data:,${percent(png)}`),
  'another type': link(`data:application/octet-stream;base64,${base64(png)}`),
  'type of a text': link(`data:text/plain;charset=utf-8;base64,${base64(jpeg)}`),
  'parameters': link(address.replace(';base64', ';charset=utf-8;name=a.jpg;base64')),
  'percent escapes, no base64': link(`data:image/png,${percent(png)}`),
  'percent escapes in the base64': link(address.replaceAll('/', '%2F').replaceAll('+', '%2B').replace('image%2F', 'image/')),
  'white space in the base64': link(`data:;base64,${base64(jpeg).replace(/.{60}/g, '$&\n   ')}`),
  'white space before the address': link(`\n  data:;base64,${base64(jpeg)}`),
  'xlink:href': around(`<image xlink:href='data:;base64,${base64(jpeg)}'/>`),
  'drawing in the drawing': around(`<g><svg x="1"><svg>${image}</svg></svg></g>`),
  'drawing in an address': link(`data:image/svg+xml;base64,${base64(around(link(`data:;base64,${base64(jpeg)}`)))}`),
  'drawing in an address, percent escapes': link(`data:image/svg+xml,${encodeURIComponent(link(`d&#97;ta:;base64,${base64(jpeg)}`))}`),
  'drawing in UTF-16 in an address': link(`data:image/svg+xml;base64,${utf16(link(`data:;base64,${base64(jpeg)}`)).toString('base64')}`),
  'url() of an attribute': around(`<rect style="fill:url(&quot;data:;base64,${base64(jpeg)}&quot;)"/>`),
  'url() of a style sheet': around(`<style>rect { background: url( data:;base64,${base64(jpeg)} ) }</style>`),
  'url() with quotes in a literal section': around(`<style><![CDATA[ rect > a { background-image: url('data:;base64,${base64(jpeg)}') } ]]></style>`),
  'style sheet in an address': `<?xml-stylesheet href="data:text/css;base64,${base64(`image{content:url(data:;base64,${base64(jpeg)})}`)}"?>${around('')}`,
  'escapes of CSS': around(`<style>rect { background: url("\\64 at\\000061:;base64,${base64(jpeg)}") }</style>`),
  'picture in a page in the drawing': around(`<foreignObject><img xmlns="http://www.w3.org/1999/xhtml" src="data:;base64,${base64(jpeg)}"/></foreignObject>`),
  'references by number': link(`${references('data:', (code) => `&#${code};`)};base64,${base64(jpeg)}`),
  'references by hexadecimal number': link(`${references('data:', (code) => `&#x000${code.toString(16)};`)};base64,${base64(jpeg)}`),
  'line break within the scheme': link(`da&#10;ta:;base64,${base64(jpeg)}`),
  'entities': `<!DOCTYPE svg [<!ENTITY a "da"><!ENTITY b 'ta:'><!ENTITY c "&a;&b;">]>${link(`&c;;base64,${base64(jpeg)}`)}`,
  'entity that is the address': `<!DOCTYPE svg [<!ENTITY photo "&#100;ata:;base64,${base64(jpeg)}">]>${link('&photo;')}`,
  'entity of an entity of the DTD': `<!DOCTYPE svg [<!ENTITY % p "<!ENTITY a 'd&#38;#97;ta:'>"> %p;]>${link(`&a;;base64,${base64(jpeg)}`)}`,
  'remark within the address': around(`<style>rect { background: url("da<!-- x -->ta:;base64,${base64(jpeg)}") }</style>`),
  'literal section within the address': around(`<style>rect { background: url("<![CDATA[da]]><![CDATA[ta:]]>;base64,${base64(jpeg)}") }</style>`),
  'entities without end': `<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 9 }, (_, i) => `<!ENTITY ${'abcdefghij'[i + 1]} "${`&${'abcdefghij'[i]};`.repeat(10)}">`).join('')}]>${around('<text>&j;</text>')}`,
  'packed by gzip': gzipSync(drawing),
  'packed by gzip, long remark, UTF-16': gzipSync(utf16(`<!-- ${'long '.repeat(20_000)} -->${drawing}`)),
  'packed by gzip, cut off': gzipSync(Buffer.from(drawing + Array.from({ length: 20_000 }, (_, i) => i * i).join())).subarray(0, -5000),
}).map(([name, content]) => ({ name, bytes: Buffer.from(content as string) }));

/** Drawings alone, which have no face. */
export const drawingsAlone: Kind[] = Object.entries<Buffer | string>({
  'plain': around('<circle r="4"/>'),
  'DTD': `<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "${SVG}">${around('<path d="M0 0h9"/>')}`,
  'entities of an editor': `<!DOCTYPE svg [<!ENTITY ns_svg "http://www.w3.org/2000/svg"><!ENTITY st0 "fill:#123;">]><svg xmlns="&ns_svg;"><path style="&st0;" d="M0 0h9"/></svg>`,
  'address of another file': around('<image href="photo.jpg"/><image xlink:href="https://example.test/a.png"/>'),
  'font': around(`<style>@font-face { src: url(data:font/woff2;base64,${base64('wOF2\0\x01\0\0 no picture')}) } </style>`),
  'style sheet': around(`<style>@import url("data:text/css,rect%7Bfill:red%7D");</style>`),
  'drawing in the drawing': link(`data:image/svg+xml;base64,${base64(around('<circle r="4"/>'))}`),
  'words about addresses': around('<metadata>metadata: 4, 5; data: 3, 4; "data:" is a scheme, and so on</metadata><desc data-a="x">C:\\data\\new</desc>'),
  'attributes named so': around('<g data-name="a" id="data:1,2"/>'),
  'UTF-16': Buffer.concat([Buffer.from([0xff, 0xfe]), utf16(around('<text>日本語</text>'))]),
  'packed by gzip': gzipSync(around('<circle r="4"/>')),
  'many numbers': around(`<path d="${'M1 2.5 L3 4 '.repeat(100_000)}"/>`),
}).map(([name, content]) => ({ name, bytes: Buffer.from(content as string) }));

/** No pictures, some of which begin like one. */
export const others: Kind[] = Object.entries<Buffer | string>({
  'empty': '',
  'one byte': '<',
  'text': 'This is no picture.\n',
  'words that begin like a format': 'BMW makes cars, and motorcycles too',
  'words that begin like a raw': 'MMORPG players: read this. '.repeat(40),
  'words that begin like another raw': 'FOVb, IIRO and icns are names.',
  'lines that begin like PCX': '\n\n\n\n',
  'words that begin like QOI': 'qoif is the mark of a format, and FLIF too',
  'words that begin like PNM': 'P5 is a road, and P6 12 of the others',
  'list that begins like PNM': 'P3\nP4\nP5\n',
  'PDF': '%PDF-1.7\n%\xe2\xe3\n',
  'PDF with a photo': `%PDF-1.7\n<svg>${address}</svg>`,
  'web page': '<!DOCTYPE html>\n<html><body></body></html>',
  'web page with a drawing and a photo': `<!doctype html><html><body>${drawing}<img src="${address}"></body></html>`,
  'XML': `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><icon>${address}</icon></feed>`,
  'XML of a name that begins alike': `<svgs>${address}</svgs>`,
  'text that speaks of drawings': `Write <svg> and then ${image}`,
  'script': `export const photo = '${address}';`,
  'JSON': JSON.stringify({ photo: address }),
  'style sheet': `a { background: url(${address}) }`,
  'open remark': `<!-- ${'never closed '.repeat(1000)}`,
  'open remarks': '<!--'.repeat(100_000),
  'WMF of lines': latin1(`\x01\0\x09\0\0\x03${'\0'.repeat(12)}${long(5)}\x13\x02\0\0\0\0${long(3)}\0\0`),
  'EMF of lines': latin1(`${long(1)}${long(88)}${'\0'.repeat(32)} EMF${'\0'.repeat(44)}${long(27)}${long(16)}${'\x07'.repeat(8)}${long(14)}${long(20)}${'\0'.repeat(12)}`),
  'zip (docx, epub, pages)': latin1('PK\x03\x04\x14\0\x06\0\x08\0'),
  'gzip (tar)': gzipSync(Buffer.concat([latin1('notes.txt\0\0\0'), Buffer.alloc(5000)])),
  'gzip of XML': gzipSync('<?xml version="1.0"?><gpx/>'),
  'gzip, damaged': latin1('\x1f\x8b\x08\0garbage that no one can read'),
  'mp4': ftyp('isom', 'isom', 'iso2', 'avc1', 'mp41'),
  'mp4 of a phone': ftyp('mp42', 'mp42', 'isom') + handler('mdta'),
  'mov': ftyp('qt  ', 'qt  '),
  '3gp': ftyp('3gp5', '3gp5', 'isom'),
  'm4a': ftyp('M4A ', 'M4A ', 'mp42', 'isom'),
  'fragmented mp4': ftyp('iso6', 'dash', 'cmfc', 'av01'),
  'matroska': latin1('\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01'),
  'MPEG video': latin1(`\0\0\x01\xb3\x14\0\xf0${'\x10'.repeat(60)}`),
  'sound': latin1('RIFF\x24\0\0\0WAVEfmt \x10\0\0\0'),
  'video': latin1('RIFF\x24\0\0\0AVI LIST'),
  'MP3': latin1('\xff\xfb\x90\x64\0\0'),
  'MP3 with a cover': Buffer.concat([latin1('ID3\x03\0\0\0\0\x1f\x76APIC'), jpeg]),
  'font': latin1('\0\x01\0\0\0\x11\x01\0'),
  'program': latin1(`MZ\x90\0\x03\0\0\0${'\0'.repeat(200)}`),
  'zeros': Buffer.alloc(300_000),
  'white space': ' '.repeat(300_000),
  'like a TGA, but of another length': Buffer.concat([latin1(targa(2, 20, 10, 24)), Buffer.alloc(601, 9)]),
  'sqlite': latin1('SQLite format 3\0\x10\0'),
  'UTF-16 text': Buffer.concat([Buffer.from([0xff, 0xfe]), utf16('No picture at all.')]),
}).map(([name, content]) => ({ name, bytes: Buffer.from(content as string, 'latin1') }));
