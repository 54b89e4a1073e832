import { describe, expect, it } from 'vitest';
import { dataAddress, embeddedPictures } from '../../../src/content/embedded';

const bytesOf = async (file: File): Promise<number[]> => [...new Uint8Array(await file.arrayBuffer())];
const base64 = (...bytes: number[]): string => Buffer.from(bytes).toString('base64');
const picture = (type: string, ...bytes: number[]): File => new File([new Uint8Array(bytes)], 'cloaked', { type });

describe('pictures in texts', () => {
  it('are found in the order they stand in, with their type and bytes', async () => {
    const { files } = embeddedPictures([
      ['text/html', `<img src="data:image/jpeg;base64,${base64(1, 2, 3)}"><img src='data:image/png;base64,${base64(4)}'>`],
      ['text/plain', `data:image/svg+xml;base64,${base64(5, 6)}`],
    ]);
    expect(files.map(({ type }) => type)).toEqual(['image/jpeg', 'image/png', 'image/svg+xml']);
    expect(await Promise.all(files.map(bytesOf))).toEqual([[1, 2, 3], [4], [5, 6]]);
  });

  it('are found where the base64 is broken into lines or written with escapes', async () => {
    const whole = base64(...Array.from({ length: 90 }, (_, index) => index));
    const lines = `${whole.slice(0, 40)}\n ${whole.slice(40)}`;
    const escaped = base64(251, 255, 190).replace(/\+/g, '%2B').replace(/\//g, '%2F').replace(/=/g, '%3D');
    const { files } = embeddedPictures([['text/html', `<img src="data:image/png;base64,${lines}"><img src="data:image/gif;base64,${escaped}">`]]);
    expect(await Promise.all(files.map(bytesOf))).toEqual([Array.from({ length: 90 }, (_, index) => index), [251, 255, 190]]);
  });

  it('are nothing else: no address without base64, no other type, nothing that cannot be read', () => {
    const { files } = embeddedPictures([
      ['text/html', `<img src="http://example.test/a.jpg"><a href="data:text/html;base64,${base64(1)}">x</a><img src="data:image/svg+xml,<svg/>"><img src="data:image/png;base64,A">`],
    ]);
    expect(files).toEqual([]);
  });
});

describe('are found however their address is spelled', () => {
  const jpeg = Buffer.from('\xff\xd8\xff\xe0 and so on', 'latin1');
  const photo = jpeg.toString('base64');
  const percent = [...jpeg].map((byte) => `%${byte.toString(16)}`).join('');
  const drawing = (href: string): string => `<svg xmlns="http://www.w3.org/2000/svg"><image href="${href}"/></svg>`;

  it.each([
    ['in capitals', `<img src="DATA:IMAGE/JPEG;BASE64,${photo}">`, 'image/jpeg'],
    ['with parameters', `<img src="data:image/jpeg;charset=utf-8;name=a.jpg;base64,${photo}">`, 'image/jpeg'],
    ['without a type', `<img src="data:;base64,${photo}">`, 'image/jpeg'],
    ['of another type', `<img src='data:application/octet-stream;base64,${photo}'>`, 'image/jpeg'],
    ['without base64', `<img src="data:image/jpeg,${percent}">`, 'image/jpeg'],
    ['without quotes', `<img src=data:;base64,${photo} alt=x>`, 'image/jpeg'],
    ['after white space', `<img src=" \n data:;base64,${photo}">`, 'image/jpeg'],
    ['in a style', `<p style="background: url(data:;base64,${photo})">x</p>`, 'image/jpeg'],
    ['in a style with quotes', `<p style="background: url(&quot;data:;base64,${photo}&quot;)">x</p>`, 'image/jpeg'],
    ['in a drawing', `<img src="data:image/svg+xml;base64,${Buffer.from(drawing(`data:;base64,${photo}`)).toString('base64')}">`, 'image/svg+xml'],
    ['in a drawing without base64', `<img src="data:image/svg+xml,${encodeURIComponent(drawing(`data:;base64,${photo}`))}">`, 'image/svg+xml'],
  ])('%s', async (_, html, type) => {
    const embedded = embeddedPictures([['text/html', html]]);
    expect(embedded.files.map((file) => file.type)).toEqual([type]);
    if (type === 'image/jpeg') expect(await bytesOf(embedded.files[0]!)).toEqual([...jpeg]);
    expect(await embedded.replace([embedded.files[0]!])).toEqual([['text/html', html]]);
    const [[, replaced]] = (await embedded.replace([picture('image/png', 9)])) as [[string, string]];
    expect(replaced).toContain(`data:image/png;base64,${base64(9)}`);
    expect(replaced).not.toMatch(/base64,\/9j|%ff%d8/i);
    expect(replaced.replace(/data:image\/png;base64,CQ==/, '')).toBe(html.replace(/data:[^"')&]*?(?= alt=|["')]|&quot;)/i, ''));
  });

  it('a drawing without a photo is none', () => {
    expect(embeddedPictures([['text/html', `<img src="data:image/svg+xml,${encodeURIComponent(drawing('a.jpg'))}">`]]).files).toEqual([]);
  });
});

describe('put back into the texts', () => {
  it('each takes the place of its own, and nothing else changes', async () => {
    const html = `<p>a</p><img src="data:image/jpeg;base64,${base64(1)}"><img src="data:image/png;base64,A"><img src="data:image/png;base64,${base64(2)}"> b`;
    const embedded = embeddedPictures([['text/html', html], ['text/plain', 'a b']]);
    const replaced = await embedded.replace([picture('image/jpeg', 7), picture('image/png', 8)]);
    expect(replaced).toEqual([
      ['text/html', html.replace(base64(1), base64(7)).replace(base64(2), base64(8))],
      ['text/plain', 'a b'],
    ]);
  });

  it('what was not changed stands there letter for letter', async () => {
    const html = `<img src="data:image/jpeg;base64,${base64(1).replace('=', '%3D')}"><img src="data:image/png;base64,${base64(2)}">`;
    const embedded = embeddedPictures([['text/html', html]]);
    expect(await embedded.replace([embedded.files[0]!, picture('image/png', 9)])).toEqual([['text/html', html.replace(base64(2), base64(9))]]);
  });
});

it('writes a picture of many bytes as an address', async () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 256);
  expect(await dataAddress(new File([bytes], 'a.png', { type: 'image/png' }))).toBe(`data:image/png;base64,${Buffer.from(bytes).toString('base64')}`);
});
