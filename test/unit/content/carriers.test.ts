/** Pictures that hide in texts, in tables of spellings: each is found, with its very bytes, and replaced where it stands. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { carriedPictures, isDrawing } from '../../../src/content/carriers/carriers';
import { rememberGiven } from '../../../src/content/givenPictures';

const noise = Buffer.from(Array.from({ length: 24 * 24 * 3 }, (_, index) => (index * index * 31) % 251));
const photo = sharp(noise, { raw: { width: 24, height: 24, channels: 3 } });
const jpeg = await photo.jpeg().toBuffer();
const png = await photo.png().toBuffer();
const webp = await photo.webp().toBuffer();
const base64 = (bytes: Buffer | string): string => Buffer.from(bytes).toString('base64');
const b64 = base64(jpeg);
const percent = (bytes: Buffer): string => [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const lines = (text: string, length: number, end: string): string => text.replace(new RegExp(`.{${length}}(?=.)`, 'g'), `$&${end}`);
const references = (text: string, write: (code: number) => string): string => [...text].map((letter) => write(letter.charCodeAt(0))).join('');
const url = b64.replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');

/** What a cloaked one is here. */
const CLOAKED = Buffer.from(`\xff\xd8\xff ${'cloaked '.repeat(20)}`, 'latin1');
const cloaked = new File([CLOAKED], 'embedded picture', { type: 'image/jpeg' });
const bytesOf = async (file: File): Promise<Buffer> => Buffer.from(await file.arrayBuffer());
const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const digests = (found: File[]): Promise<string[]> => Promise.all(found.map(async (file) => digest(await bytesOf(file))));

/** Where bytes of the original could be read by anybody: in letters, digits or percent signs. */
function tracesOf(original: Buffer, text: string): string[] {
  const plain = text.replace(/&(?:amp;)*#x0*([0-9a-f]+);?|\\+(?:u00|x|0*)([0-9a-f]{2})\s?/gi, (_, a, b) => String.fromCharCode(Number.parseInt(a ?? b, 16))).replace(/%(?:25)*([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  const variants = [text, plain].flatMap((each) => [each, each.replace(/\s|\\[nr]|\\/g, '').replace(/-/g, '+').replace(/_/g, '/')]);
  const middle = original.subarray(300, 330);
  const wanted = [...[0, 1, 2].map((shift) => base64(original.subarray(300 + shift, 330 + shift))), middle.toString('hex'), middle.toString('latin1')];
  return wanted.filter((part) => variants.some((each) => each.includes(part) || each.toLowerCase().includes(part.toLowerCase())));
}

async function expectReplaced(text: string, original: Buffer): Promise<string> {
  const carried = carriedPictures([['text/html', text]]);
  expect(await digests(carried.files)).toEqual([digest(original)]);
  expect(await carried.replace(carried.files)).toEqual([['text/html', text]]);
  const [[, replaced]] = (await carried.replace(carried.files.map(() => cloaked))) as [[string, string]];
  expect(tracesOf(original, replaced)).toEqual([]);
  const again = carriedPictures([['text/html', replaced]]);
  expect(await digests(again.files)).toEqual([digest(CLOAKED)]);
  return replaced;
}

const around = (content: string): string => `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">${content}</svg>`;

describe('an address is found and replaced', () => {
  it.each<[string, string]>([
    ['as browsers write it', `<img src="data:image/jpeg;base64,${b64}">`],
    ['in single quotes', `<img src='data:image/jpeg;base64,${b64}'>`],
    ['in no quotes', `<img src=data:image/jpeg;base64,${b64} alt=x>`],
    ['in no quotes, at the end of the tag', `<img src=data:image/jpeg;base64,${url}><p>after</p>`],
    ['in capitals', `<img src="DATA:IMAGE/JPEG;BASE64,${b64}">`],
    ['in some capitals', `<img src="dAtA:image/JPEG;Base64,${b64}">`],
    ['with parameters', `<img src="data:image/jpeg;charset=utf-8;name=a.jpg;base64,${b64}">`],
    ['with a parameter in quotes', `<img src='data:image/jpeg;name="a b.jpg";base64,${b64}'>`],
    ['without a type', `<img src="data:;base64,${b64}">`],
    ['with nothing but base64', `<img src="data:base64,${b64}">`],
    ['of no known type', `<img src="data:application/octet-stream;base64,${b64}">`],
    ['of a text', `<img src="data:text/plain;base64,${b64}">`],
    ['of another picture', `<img src="data:image/png;base64,${b64}">`],
    ['with spaces around base64', `<img src="data:image/jpeg ; base64 ,${b64}">`],
    ['after white space', `<img src=" \n\t data:image/jpeg;base64,${b64}">`],
    ['with white space within', `<img src="da\nta:image/jpeg;\tbase64,${lines(b64, 60, '\n   ')}">`],
    ['broken into lines by carriage returns', `<img src="data:image/jpeg;base64,\r\n${lines(b64, 76, '\r\n')}\r\n">`],
    ['with spaces in its base64', `<img src="data:image/jpeg;base64,${lines(b64, 10, ' ')}">`],
    ['with percent signs in its base64', `<img src="data:image/jpeg;base64,${encodeURIComponent(b64)}">`],
    ['all its base64 percent signs', `<img src="data:image/jpeg;base64,${percent(Buffer.from(b64))}">`],
    ['line breaks as percent signs', `<img src="data:image/jpeg;base64,${lines(b64, 76, '%0D%0A')}">`],
    ['without padding', `<img src="data:image/jpeg;base64,${b64.replace(/=+$/, '')}">`],
    ['base64url', `<img src="data:image/jpeg;base64,${url}">`],
    ['with a fragment', `<img src="data:image/jpeg;base64,${b64}#x">`],
    ['not base64', `<img src="data:image/jpeg,${percent(jpeg)}">`],
    ['not base64, no type', `<img src='data:,${percent(jpeg)}'>`],
    ['base64 that is not said to be', `<img src="data:image/jpeg,${b64}">`],
    ['references by number', `<img src="${references('data:image/jpeg;base64,', (code) => `&#${code};`)}${b64}">`],
    ['references by number, with zeros, without semicolons', `<img src="${references('data:', (code) => `&#000${code} `).replaceAll(' ', '')}image/jpeg;base64,${b64}">`],
    ['references by hexadecimal number', `<img src="${references(`data:image/jpeg;base64,${b64}`, (code) => `&#x${code.toString(16)};`)}">`],
    ['references by name', `<img src="data&colon;image&sol;jpeg&semi;base64&comma;${b64.replaceAll('+', '&plus;').replaceAll('/', '&sol;').replaceAll('=', '&equals;')}">`],
    ['tabs and line breaks as references', `<img src="da&Tab;ta&NewLine;:image/jpeg;base64,${lines(b64, 50, '&#10;')}">`],
    ['references within a page in an attribute', `<iframe srcdoc="&lt;img src=&quot;data:image/jpeg;base64,${b64}&quot;&gt;"></iframe>`],
    ['references to references', `<iframe srcdoc="&lt;img src=&quot;d&amp;#97;ta:image/jpeg;base64,${b64.replaceAll('/', '&amp;#47;')}&quot;&gt;"></iframe>`],
    ['srcset, alone', `<img srcset="data:image/jpeg;base64,${b64} 2x">`],
    ['srcset, beside others', `<img srcset="a.jpg 1x, data:image/jpeg;base64,${b64} 2x, b.jpg 3x">`],
    ['srcset of widths', `<source srcset="data:image/jpeg;base64,${b64} 480w,b.jpg 800w">`],
    ['a style', `<p style="background: url(data:image/jpeg;base64,${b64}) no-repeat">x</p>`],
    ['a style, quotes', `<p style='background: url("data:image/jpeg;base64,${b64}")'>x</p>`],
    ['a style, quotes as references', `<p style="background: url(&quot;data:image/jpeg;base64,${b64}&quot;)">x</p>`],
    ['a style, quotes as references, percent signs', `<p style="background: url(&quot;data:image/jpeg,${percent(jpeg)}&quot;)">x</p>`],
    ['a style sheet', `<style>p { background: image-set( 'data:image/jpeg;base64,${b64}' 1x) }</style>`],
    ['escapes of CSS', `<style>p { background: url("\\64 at\\000061:image/jpeg;base64,${b64.replaceAll('/', '\\2f ')}") }</style>`],
    ['a line break of CSS', `<style>p { background: url("data:image/jpeg;base64,${lines(b64, 99, '\\\n')}") }</style>`],
    ['JSON', JSON.stringify({ photo: `data:image/jpeg;base64,${b64}` }).replaceAll('/', '\\/')],
    ['JSON with line breaks', JSON.stringify({ photo: `data:image/jpeg;base64,${lines(b64, 76, '\r\n')}` })],
    ['JSON in JSON', JSON.stringify(JSON.stringify({ photo: `data:image/jpeg;base64,${b64}` }).replaceAll('/', '\\/'))],
    ['JSON in an attribute', `<div data-mce="${JSON.stringify({ src: `data:image/jpeg;base64,${b64}` }).replaceAll('"', '&quot;')}">x</div>`],
    ['a script', `<script>x = "\\x64\\u0061ta:image/jpeg;base64,${b64.replaceAll('/', '\\u002f')}"</script>`],
    ['a plain text', `data:image/jpeg;base64,${b64}`],
    ['a plain text among words', `See data:image/jpeg;base64,${b64.replace(/=+$/, '')} and tell me`],
    ['a plain text in lines', `data:image/jpeg;base64,\n${lines(b64, 76, '\n')}\nand more`],
    ['a list of addresses', `# one\r\ndata:image/jpeg;base64,${b64}\r\nhttp://example.test/\r\n`],
    ['markdown', `![x](data:image/jpeg;base64,${b64} "title")`],
    ['within another address', `http://example.test/?img=${encodeURIComponent(`data:image/jpeg;base64,${b64}`)}&x=1`],
    ['within an address within another', `http://example.test/?u=${encodeURIComponent(`http://a.test/?img=${encodeURIComponent(`data:image/jpeg;base64,${b64}`)}`)}`],
    ['of a file to be dragged out', `image/jpeg:a.jpg:data:image/jpeg;base64,${b64}`],
    ['VML of a conditional comment', `<!--[if gte vml 1]><v:shape><v:imagedata src="data:image/jpeg;base64,${b64}" o:title="x"/></v:shape><![endif]-->`],
    ['a remark', `<!--data:image/jpeg;base64,${url}-->`],
    ['an object, a video, a form', `<object data="data:image/jpeg;base64,${b64}"></object>`],
    ['inline drawing, href', around(`<image href="data:image/jpeg;base64,${b64}"/>`)],
    ['inline drawing among markup, xlink:href', `<p>x</p>${around(`<image xlink:href='data:image/jpeg;base64,${b64}'/>`)}`],
    ['a drawing in base64', `<img src="data:image/svg+xml;base64,${base64(around(`<image href="data:;base64,${b64}"/>`))}">`],
    ['a drawing in percent signs', `<img src="data:image/svg+xml,${encodeURIComponent(around(`<image href="data:;base64,${b64}"/>`))}">`],
    ['a drawing as it is', `<img src='data:image/svg+xml;utf8,${around(`<image href="data:;base64,${b64}"/>`)}'>`],
    ['a drawing in references', `<img src="data:image/svg+xml;utf8,${around(`<image href="data:;base64,${b64}"/>`).replaceAll('"', '&quot;').replaceAll('<', '&lt;')}">`],
    ['a drawing without a type', `<img src="data:;base64,${base64(around(`<image href="data:;base64,${b64}"/>`))}">`],
    ['a drawing in a drawing', `<img src="data:image/svg+xml;base64,${base64(around(`<image href="data:image/svg+xml,${encodeURIComponent(around(`<image href='data:;base64,${b64}'/>`))}"/>`))}">`],
    ['a drawing in a style', `<p style="background: url('data:image/svg+xml,${encodeURIComponent(around(`<image href='data:;base64,${b64}'/>`)).replaceAll("'", '%27')}')">x</p>`],
    ['a drawing in UTF-16', `<img src="data:image/svg+xml;base64,${base64(Buffer.from(around(`<image href="data:;base64,${b64}"/>`), 'utf16le'))}">`],
    ['bare base64', `{"photo":"${b64}"}`],
    ['bare base64, escaped', JSON.stringify({ bare: b64 }).replaceAll('/', '\\/')],
    ['bare base64 in a form', `bare=${encodeURIComponent(b64)}&x=1`],
    ['bare base64 of an office document', `<w:binData w:name="wordml://bare.jpg">${lines(b64, 76, '\r\n')}</w:binData>`],
    ['a page in an address, base64', `<iframe src="data:text/html;base64,${base64(`<img src="data:image/jpeg;base64,${b64}">`)}"></iframe>`],
    ['after a quote of JSON in an attribute', `<div data-x="{\\u0022src\\u0022:\\u0022data:image/jpeg;base64,${b64}\\u0022}">x</div>`],
    ['a page in an address', `<iframe src="data:text/html,${encodeURIComponent(`<img src="data:image/jpeg;base64,${b64}">`)}"></iframe>`],
  ])('%s', async (_, text) => {
    const replaced = await expectReplaced(text, jpeg);
    expect(replaced.length).toBeLessThan(text.length);
  });

  it.each<[string, string, Buffer]>([
    ['PNG', `<img src="data:image/jpeg;base64,${base64(png)}">`, png],
    ['WebP, no type', `<img src="data:;base64,${base64(webp)}">`, webp],
  ])('%s', async (_, text, original) => {
    await expectReplaced(text, original);
  });

  it('leaves what stands around it as it is', async () => {
    const carried = carriedPictures([['text/html', `<p>a</p><img alt="1" srcset="data:image/jpeg;base64,${b64} 1x, data:image/png;base64,${base64(png)} 2x"> b`]]);
    expect(carried.files).toHaveLength(2);
    const [[, replaced]] = (await carried.replace([cloaked, carried.files[1]!])) as [[string, string]];
    expect(replaced).toBe(`<p>a</p><img alt="1" srcset="data:image/jpeg;base64,${base64(CLOAKED)} 1x, data:image/png;base64,${base64(png)} 2x"> b`);
  });

  it('holds a picture once that stands in several texts, and replaces it in each', async () => {
    const carried = carriedPictures([
      ['text/html', `<img src="data:image/jpeg;base64,${b64}"><img src="data:;base64,${b64}">`],
      ['text/plain', 'a'],
      ['text/rtf', `{\\rtf1{\\pict\\jpegblip ${jpeg.toString('hex')}}}`],
    ]);
    expect(carried.files).toHaveLength(1);
    const replaced = await carried.replace([cloaked]);
    expect(replaced.map(([, text]) => tracesOf(jpeg, text))).toEqual([[], [], []]);
    expect(replaced[1]).toEqual(['text/plain', 'a']);
  });

  it('takes of a drawing that is a text of its own each photo', async () => {
    const text = `<?xml version="1.0" encoding="utf-16"?>${around(`<image href="data:;base64,${b64}"/><image href="data:;base64,${base64(png)}"/>`)}`;
    expect(isDrawing(text)).toBe(true);
    const carried = carriedPictures([['image/svg+xml', text]]);
    expect(await digests(carried.files)).toEqual([jpeg, png].map(digest));
    const [[, replaced]] = (await carried.replace([cloaked, carried.files[1]!])) as [[string, string]];
    expect(replaced).toContain(base64(png));
    expect(tracesOf(jpeg, replaced)).toEqual([]);
  });
});

describe('a drawing whose photo cannot be told from the rest is held as a whole', () => {
  it.each([
    ['entities', `<!DOCTYPE svg [<!ENTITY a "da"><!ENTITY b 'ta:'>]>${around(`<image href="&a;&b;,${percent(jpeg)}"/>`)}`],
    ['a remark within the address', around(`<style>rect { background: url("da<!-- x -->ta:,${percent(jpeg)}") }</style>`)],
    ['one that can and one that cannot', around(`<image href="data:;base64,${base64(png)}"/><style>rect { background: url("da<!-- x -->ta:,${percent(jpeg)}") }</style>`)],
  ])('%s', async (_, drawing) => {
    for (const text of [drawing, `<img src="data:image/svg+xml;base64,${base64(drawing)}">`]) {
      expect(await digests(carriedPictures([['text/html', text]]).files)).toEqual([digest(Buffer.from(drawing))]);
    }
  });
});

const hex = jpeg.toString('hex');
const dib = ((): Buffer => {
  const header = Buffer.alloc(40);
  header.writeUInt32LE(40, 0);
  header.writeInt32LE(16, 4);
  header.writeInt32LE(16, 8);
  header.writeUInt16LE(1, 12);
  header.writeUInt16LE(24, 14);
  return Buffer.concat([header, noise.subarray(0, 16 * 16 * 3)]);
})();
const record = (kind: number, data: Buffer): Buffer => {
  const head = Buffer.alloc(6);
  head.writeUInt32LE((6 + data.length) / 2, 0);
  head.writeUInt16LE(kind, 4);
  return Buffer.concat([head, data]);
};
const wmf = (...records: Buffer[]): Buffer => Buffer.concat([Buffer.from('010009000003000000000000000000000000', 'hex'), ...records, record(0, Buffer.alloc(0))]);
const lineTo = record(0x0213, Buffer.alloc(4));
const withBitmap = wmf(lineTo, record(0x0f43, Buffer.concat([Buffer.alloc(22), dib])), lineTo);
const linesAlone = wmf(...Array(20).fill(lineTo));
const emf = (...records: [number, Buffer][]): Buffer =>
  Buffer.concat(
    [[1, Buffer.concat([Buffer.alloc(32), Buffer.from(' EMF'), Buffer.alloc(64)])] as [number, Buffer], ...records, [14, Buffer.alloc(12)] as [number, Buffer]].map(([kind, data]) => {
      const head = Buffer.alloc(8);
      head.writeUInt32LE(kind, 0);
      head.writeUInt32LE(8 + data.length, 4);
      return Buffer.concat([head, data]);
    }),
  );
const rtf = (content: string): string => `{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0 Arial;}}{\\pard Our holiday ${content} at the lake\\par}}`;
const blipuid = '{\\*\\blipuid 0123456789abcdef0123456789abcdef}';

describe('a picture in RTF is found and replaced', () => {
  it.each<[string, string]>([
    ['alone', rtf(`{\\pict\\picw846\\pich846\\jpegblip ${hex}}`)],
    ['in capitals', rtf(`{\\pict\\jpegblip ${hex.toUpperCase()}}`)],
    ['in lines', rtf(`{\\pict\\jpegblip\r\n${lines(hex, 128, '\r\n')}\r\n}`)],
    ['in lines with a space in a byte', rtf(`{\\pict\\jpegblip\n${lines(hex, 77, '\n ')}}`)],
    ['right after the format', rtf(`{\\pict\\jpegblip${hex}}`)],
    ['of Word', rtf(`{\\*\\shppict{\\pict{\\*\\picprop\\shplid1025{\\sp{\\sn shapeType}{\\sv 75}}}\\picscalex100\\picw846\\jpegblip\\bliptag-1234${blipuid}\n${hex}}}`)],
    ['of Word, with what is for readers of old', rtf(`{\\*\\shppict{\\pict\\jpegblip\\bliptag7${blipuid}${hex}}}{\\nonshppict{\\pict\\picw846\\wmetafile8\\bliptag7${blipuid}${withBitmap.toString('hex')}}}`)],
    ['of LibreOffice', rtf(`{\\*\\shppict{\\pict{\\*\\picprop{\\sp{\\sn wzDescription}{\\sv x}}}\\picscalex99\\jpegblip\n${lines(hex, 128, '\n')}\n}}{\\nonshppict{\\pict\\picscalex99\\wmetafile8\n${lines(withBitmap.toString('hex'), 128, '\n')}\n}}`)],
    ['with a format that does not fit', rtf(`{\\pict\\pngblip ${hex}}`)],
    ['without a format', rtf(`{\\pict ${hex}}`)],
    ['in a group of its own', rtf(`{\\pict{\\jpegblip ${hex}}}`)],
    ['as bytes', rtf(`{\\pict\\jpegblip\\bin${jpeg.length} ${jpeg.toString('latin1')}}`)],
    ['cut off', rtf(`{\\pict\\jpegblip ${hex}`).replace(/}*$/, '').replace(/ at the lake.*/, '')],
    ['in a shape', rtf(`{\\shp{\\*\\shpinst{\\sp{\\sn pib}{\\sv {\\pict\\jpegblip ${hex}}}}}{\\shprslt{\\pict\\wmetafile8 ${withBitmap.toString('hex')}}}}`)],
    ['of an object that is embedded', rtf(`{\\object\\objemb{\\*\\objclass Package}{\\*\\objdata 0105000002000000${hex}}{\\result{\\pict\\jpegblip ${hex}}}}`)],
    ['without RTF around it', `\\jpegblip ${hex}`],
  ])('%s', async (_, text) => {
    const replaced = await expectReplaced(text, jpeg);
    expect(replaced).toContain(CLOAKED.toString('hex'));
    expect(replaced).not.toContain(dib.subarray(40, 80).toString('hex'));
    if (text.includes('Our holiday')) expect(replaced).toContain('Our holiday');
    if (text.includes('at the lake')) expect(replaced).toContain('at the lake');
    if (!text.includes('\\bin')) expect(replaced.split('{').length).toBe(replaced.split('}').length + (text.split('{').length - text.split('}').length));
  });

  it('a bitmap without the header of its file gets one, and loses it again', async () => {
    const text = rtf(`{\\pict\\dibitmap0\\wbmbitspixel24 ${dib.toString('hex')}}`);
    const carried = carriedPictures([['text/rtf', text]]);
    const [file] = carried.files;
    expect(file!.type).toBe('image/bmp');
    const changed = await bytesOf(file!);
    expect(changed.subarray(14)).toEqual(dib);
    expect(changed.readUInt32LE(10)).toBe(54);
    changed[60] = changed[60]! ^ 1;
    const [[, replaced]] = (await carried.replace([new File([new Uint8Array(changed)], 'a', { type: 'image/bmp' })])) as [[string, string]];
    expect(replaced).toBe(text.replace(dib.toString('hex'), changed.subarray(14).toString('hex')));
  });

  it('bytes are replaced by digits', async () => {
    const carried = carriedPictures([['text/rtf', rtf(`{\\pict\\jpegblip\\bin${jpeg.length} ${jpeg.toString('latin1')}}`)]]);
    expect(await carried.replace([cloaked])).toEqual([['text/rtf', rtf(`{\\pict\\jpegblip\n${CLOAKED.toString('hex')}}`)]]);
  });
});

describe('what nobody here reads is held where it stands alone', () => {
  it.each<[string, string, string]>([
    ['metafile with a bitmap', rtf(`{\\pict\\wmetafile8 ${withBitmap.toString('hex')}}`), 'image/wmf'],
    ['metafile for readers of old', rtf(`{\\nonshppict{\\pict\\wmetafile8 ${withBitmap.toString('hex')}}}`), 'image/wmf'],
    ['enhanced metafile with a bitmap', rtf(`{\\pict\\emfblip ${emf([27, Buffer.alloc(8)], [81, Buffer.alloc(72)]).toString('hex')}}`), 'image/emf'],
    ['enhanced metafile with an image of EMF+', rtf(`{\\pict\\emfblip ${emf([70, Buffer.concat([Buffer.from('1800000045 4d462b084000051000000004000000'.replace(/ /g, ''), 'hex'), Buffer.alloc(8)])]).toString('hex')}}`), 'image/emf'],
    ['metafile cut off', rtf(`{\\pict\\wmetafile8 ${linesAlone.subarray(0, 100).toString('hex')}}`), 'image/wmf'],
    ['picture of a Macintosh', rtf(`{\\pict\\macpict ${noise.toString('hex')}}`), 'image/svg+xml'],
    ['object with a photo', rtf(`{\\object{\\*\\objdata 0105000002000000${hex}}}`), 'image/svg+xml'],
  ])('%s', (_, text, type) => {
    expect(carriedPictures([['text/rtf', text]]).files.map((file) => file.type)).toEqual([type]);
  });
});

describe('passes letter for letter', () => {
  it.each<[string, string]>([
    ['nothing', ''],
    ['words', 'the data: 1, 2, 3 and metadata:image/none;base64,AAAA'],
    ['an address of a text', `<a href="data:text/html;base64,${base64('<p>words</p>')}">x</a>`],
    ['an address of a page without a picture', `<iframe src="data:text/html,${encodeURIComponent('<p>a, b</p>')}"></iframe>`],
    ['an address of nothing', '<img src="data:,"><img src="data:image/png;base64,"><img src="data:">'],
    ['addresses on the net', '<img src="http://example.test/a.jpg" srcset="b.jpg 2x">'],
    ['a drawing without a photo', `<img src="data:image/svg+xml,${encodeURIComponent(around('<circle r="4"/>'))}">`],
    ['an inline drawing without a photo', around('<circle r="4"/>')],
    ['a font', `<style>@font-face { src: url(data:font/woff2;base64,${base64(`wOF2${noise.toString('latin1')}`)}) }</style>`],
    ['words that begin like base64 of a picture', 'R0lGODlh and iVBORw0KGgo are how they begin, UklGR too'],
    ['RTF without a picture', rtf('\\b in bold\\b0')],
    ['RTF with a metafile of lines', rtf(`{\\*\\shppict{\\pict\\emfblip ${emf([27, Buffer.alloc(8)]).toString('hex')}}}{\\nonshppict{\\pict\\wmetafile8 ${linesAlone.toString('hex')}}}`)],
    ['RTF with an object without a photo', rtf(`{\\object{\\*\\objclass Equation.3}{\\*\\objdata 0105000002000000${noise.toString('hex')}}}`)],
    ['words about RTF', 'a \\pict group holds hexadecimal digits after \\jpegblip or \\pngblip, such as ffd8ff'],
    ['CSS and JSON', '<style>a::before { content: "\\64 ata"; }</style><script>{"a":"\\/9j\\/"}</script>'],
  ])('%s', async (_, text) => {
    const carried = carriedPictures([['text/html', text]]);
    expect(carried.files).toEqual([]);
    expect(await carried.replace([])).toEqual([['text/html', text]]);
  });

  it('a picture that the page was given', async () => {
    await rememberGiven(new Blob([webp]));
    const html = `<img src="data:image/webp;base64,${base64(webp)}">`;
    expect(carriedPictures([['text/html', html]]).files).toEqual([]);
    const carried = carriedPictures([['text/html', `${html}<img src="data:;base64,${b64}">`]]);
    expect(await digests(carried.files)).toEqual([digest(jpeg)]);
    expect(await carried.replace([cloaked])).toEqual([['text/html', `${html}<img src="data:image/jpeg;base64,${base64(CLOAKED)}">`]]);
  });
});

describe('text of any kind takes steps in proportion to its length', () => {
  const pieces = ['data:', 'data:,', 'data:;base64,', '"data:', 'd', '&', '&amp;', '&#0', '&#100;', '%', '%25', '\\', '\\\\n', '\\64 ', '{', '}', '{\\pict', '\\pict ', '\\bin9 ', '{\\pict\\jpegblip ff', '/9j/', 'iVBORw0KGgo', 'data&#0', 'da\n', '<svg>', 'data:image/svg+xml,<svg>', `data:;base64,${base64('<svg>')}`, '(data:,', '&quot;data:,'];
  it.each(pieces)('%j again and again', (piece) => {
    expect(carriedPictures([['text/html', `<p>\\pict ${piece.repeat(25_000)}`]]).files).toBeDefined();
  }, 60_000); // quadratic time would be hours
});
