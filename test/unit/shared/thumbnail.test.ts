/** Small pictures come from the pages' own processes. */
import { expect, it } from 'vitest';
import { toBase64 } from '../../../src/shared/dataAddress';
import { fromThumbnail } from '../../../src/shared/thumbnail';

const webp = (length: number): Uint8Array => new TextEncoder().encode(`RIFF....WEBP${'x'.repeat(length - 12)}`);

it('takes what may be a small picture', async () => {
  for (const length of [12, 13, 14, 5_000]) {
    const blob = fromThumbnail(toBase64(webp(length)))!;
    expect([blob.type, blob.size]).toEqual(['image/webp', length]);
    expect(new Uint8Array(await blob.arrayBuffer())).toEqual(webp(length));
  }
});

it.each([
  ['nothing', null],
  ['no text', { piece: 'UklGRg==' }],
  ['an empty text', ''],
  ['no base64', 'RIFF....WEBP'],
  ['another kind of picture', toBase64(new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>'))],
  ['what is too large', toBase64(webp(20_000))],
])('refuses %s', (_, value) => {
  expect(fromThumbnail(value)).toBeNull();
});
