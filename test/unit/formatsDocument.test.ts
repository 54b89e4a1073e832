/** docs/formats.md says what the corpus shows, and its table has a row for each of its pictures. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeCorpus, type CorpusPicture } from '../../bench/corpus';
import { metadataPolicies } from '../../src/shared/metadataPolicies';

const corpus: CorpusPicture[] = await makeCorpus('samples/portrait-2.jpg');
let rows: Map<string, string[]>;
let text: string;
beforeAll(async () => {
  text = await readFile('docs/formats.md', 'utf8');
  const table = /<!-- bench:fidelity -->([^]*)<!-- \/bench:fidelity -->/.exec(text)![1]!;
  const cells = table.trim().split('\n').slice(2).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
  rows = new Map(cells.map(([name, ...rest]) => [name!, rest]));
});

it('has measured each picture of the corpus, and no other', () => {
  expect([...rows.keys()]).toEqual(corpus.map(({ name }) => name));
});

it('names every choice on metadata', () => {
  for (const policy of metadataPolicies) expect(text).toContain(`| \`${policy}\``);
});

describe.each(corpus)('$name', ({ name, promise, file }) => {
  it(`is ${promise}, as the document promises`, () => {
    const [kind, outside, face, , bytes, dropped] = rows.get(name)!;
    if (promise === 'held') {
      expect(kind).toMatch(/^held: /);
      return;
    }
    expect(kind).toMatch(new RegExp(`^${name.split(' ')[0]!.toLowerCase()}\\b`));
    expect(Number(face)).toBeGreaterThan(30);
    expect(dropped).toBe(file.bytes.includes('SN-12345') ? 'device serials, location' : '–');
    if (promise === 'edited' || promise === 'contained') expect(outside === 'same' || Number(outside) >= 46).toBe(true);
    expect(Number(bytes)).toBeGreaterThanOrEqual(0.7);
    expect(Number(bytes)).toBeLessThanOrEqual(1.3);
  });
});
