/** What of a JPEG does not change is copied bit by bit: the file shows exactly what it would if every block were coded again. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { damaged } from '../../../bench/damage';
import { concatenate } from '../../../src/engine/formats/bytes';
import { type Change, STEPS_PER_LEVEL } from '../../../src/engine/formats/change';
import { extentOf, readJpeg, readParts } from '../../../src/engine/formats/jpeg/coefficients';
import { changeCoefficients, editJpeg } from '../../../src/engine/formats/jpeg/edit';
import { AC_TABLES, codesOf, HuffmanDecoder, optimalTable, withSymbols } from '../../../src/engine/formats/jpeg/huffman';
import { isUnreadable } from '../../../src/engine/formats/unreadable';
import { MetadataEditor } from '../../../src/engine/metadata/metadata';
import { jpegKinds, longestCode, rewritten } from './jpegKinds';

const edit = (bytes: Uint8Array, changes: readonly Change[]): Buffer => Buffer.from(concatenate(editJpeg(bytes, changes, new MetadataEditor('all'), 0)));
const raw = (bytes: Uint8Array): Promise<Buffer> => sharp(bytes).raw().toBuffer();

/** Every block coded again, as files were written before. */
function codedAgain(bytes: Uint8Array, changes: readonly Change[]): Buffer {
  const image = readJpeg(bytes);
  changeCoefficients(image, changes);
  return rewritten(image);
}

/** Hard stripes and a grain, so that every block of the box changes in many of its frequencies. */
function stripes(x: number, y: number, width: number, height: number, strength = 1): Change {
  const levels = (i: number): number => 30 * Math.sign(Math.sin(i / 7)) + 9 * Math.sin(i * 1.7) * Math.sin(i * 0.013);
  return { x, y, width, height, difference: Int16Array.from({ length: 3 * width * height }, (_, i) => Math.round(STEPS_PER_LEVEL * strength * levels(i))) };
}

/** By what they are, in a picture of this size. */
function changesFor(width: number, height: number): Record<string, Change[]> {
  const [w, h] = [Math.min(40, width), Math.min(33, height)];
  return {
    nothing: [],
    'the first pixel': [stripes(0, 0, 1, 1)],
    'the last pixel': [stripes(width - 1, height - 1, 1, 1)],
    'a part': [stripes(Math.floor((width - w) / 2), Math.floor((height - h) / 2), w, h)],
    'both ends': [stripes(0, 0, w, h), ...(width > 2 * w || height > 2 * h ? [stripes(width - w, height - h, w, h)] : [])],
    'parts beside each other': width > 90 ? [stripes(9, 5, 20, 20), stripes(29, 5, 11, 30), stripes(66, 11, 24, 9)] : [stripes(0, 0, 1, height)],
    all: [stripes(0, 0, width, height)],
    'a part, as hard as can be': [stripes(0, 0, w, h, 8)],
    'a part, by nothing': [{ x: 0, y: 0, width: w, height: h, difference: new Int16Array(3 * w * h) }],
  };
}

describe.each([[147, 101], [160, 96], [17, 1], [8, 40]])('a JPEG of %i x %i', async (width, height) => {
  const changes = Object.entries(changesFor(width, height));

  it.each(await jpegKinds(width, height))('$name shows what it would if all of it were coded again', async ({ bytes }) => {
    for (const [name, own] of changes) {
      const [now, before] = [edit(bytes, own), codedAgain(bytes, own)];
      const [copied, coded] = [readJpeg(now), readJpeg(before)];
      copied.components.forEach(({ coefficients }, i) => expect(Buffer.from(coefficients.buffer).equals(Buffer.from(coded.components[i]!.coefficients.buffer)), name).toBe(true));
      expect({ ...copied, components: [] }, name).toEqual({ ...coded, components: [] });
      expect((await raw(now)).equals(await raw(before)), name).toBe(true);
    }
  });
});

const kinds = await jpegKinds(160, 96);
const kind = (wanted: string): Buffer => kinds.find(({ name }) => name === wanted)!.bytes;

it.each(kinds)('a JPEG $name holds its blocks and nothing else', ({ bytes }) => {
  const written = edit(bytes, [stripes(32, 32, 48, 48)]);
  for (const { data, pieces } of readParts(written, [stripes(0, 0, 1, 1)]).sources) {
    const ends = pieces.filter(({ restarts }, i) => restarts || i === pieces.length - 1).map(({ to }) => to);
    expect(data.intervals.length).toBe(ends.length);
    ends.forEach((to, i) => {
      const end = data.intervals[i]!.end;
      expect(8 * end - to).toBeLessThan(8);
      if (to & 7) expect(data.data[end - 1]! & (0xff >> (to & 7))).toBe(0xff >> (to & 7)); // filled with ones
    });
  }
});

/** The bits of a unit as bytes, from its first bit on. */
function unitBytes(bytes: Uint8Array, x: number, y: number): Buffer {
  const { data, pieces } = readParts(bytes, [{ x, y, width: 1, height: 1, difference: new Int16Array(3) }]).sources[0]!;
  const { from } = pieces.find(({ predicted }) => predicted)!;
  return shifted(Buffer.from(data.data), from & 7).subarray(from >> 3, (from >> 3) + UNIT_BYTES);
}

/** So many bytes of a unit are no other's. */
const UNIT_BYTES = 12;

const shifted = (bytes: Buffer, by: number): Buffer => Buffer.from(bytes.map((byte, i) => (byte << by) | ((bytes[i + 1] ?? 0) >> (8 - by))));

it.each(['with the tables of the standard', 'at quality 100', 'restarting every 3', '4:2:2'])('nothing of what was under a change is left in a JPEG %s', (name) => {
  const bytes = kind(name);
  const written = edit(bytes, [stripes(32, 32, 48, 48)]);
  const everyShift = (of: Buffer): Buffer[] => Array.from({ length: 8 }, (_, by) => shifted(Buffer.from(readParts(of, []).sources[0]!.data.data), by));
  const isIn = (unit: Buffer, streams: Buffer[]): boolean => streams.some((stream) => stream.includes(unit));
  const [before, after] = [everyShift(bytes), everyShift(written)];
  for (let y = 32; y < 80; y += 16) {
    for (let x = 32; x < 80; x += 16) {
      const unit = unitBytes(bytes, x, y);
      expect(isIn(unit, before)).toBe(true);
      expect(isIn(unit, after)).toBe(false);
    }
  }
  expect(isIn(unitBytes(bytes, 0, 0), after)).toBe(true); // what did not change is
});

const tables = (of: Uint8Array) => readParts(of, []).sources[0]!.tables.map((table) => table && [...table.counts, ...table.symbols]);

it('keeps the tables where they have a code for everything', () => {
  const bytes = kind('with the tables of the standard');
  expect(tables(edit(bytes, [stripes(32, 32, 48, 48)]))).toEqual(tables(bytes));
});

it('makes other tables where one has no code left', () => {
  const bytes = kind('coarser, with tables that have no code left');
  expect(longestCode(bytes)).toBe(16);
  expect(tables(edit(bytes, []))).toEqual(tables(bytes));
  const [before, after] = [tables(bytes)[AC_TABLES]!, tables(edit(bytes, [stripes(32, 32, 48, 48, 5)]))[AC_TABLES]!];
  expect(after.length).toBeGreaterThan(before.length);
  expect(after.slice(0, 16)).not.toEqual(before.slice(0, 16));
});

describe('a Huffman table', () => {
  const table = optimalTable(Uint32Array.from({ length: 256 }, (_, symbol) => (symbol < 20 ? 100 - symbol : 0)));

  it.each([1, 3, 20])('takes %i further symbols and keeps its codes', (count) => {
    const added = Array.from({ length: count }, (_, i) => 100 + i);
    const made = withSymbols(table, added);
    expect(made.moved).toEqual([]);
    const [before, after] = [codesOf(table), codesOf(made.table)];
    for (const symbol of table.symbols) expect([after.code[symbol], after.length[symbol]]).toEqual([before.code[symbol], before.length[symbol]]);
    const decoder = new HuffmanDecoder(made.table);
    for (const symbol of made.table.symbols) {
      expect(decoder.find(after.code[symbol]! << (16 - after.length[symbol]!))).toBe((after.length[symbol]! << 8) | symbol);
      expect(after.code[symbol]).not.toBe((1 << after.length[symbol]!) - 1); // no code of ones only
    }
  });

  it.each([1, 3, 20])('takes %i where it has no room, and keeps nearly all codes', (count) => {
    const full = optimalTable(Uint32Array.from({ length: 256 }, (_, symbol) => (symbol < 30 ? 2 ** Math.min(symbol, 24) : 0)));
    const added = Array.from({ length: count }, (_, i) => 100 + i);
    const { table: made, moved } = withSymbols(full, added);
    const [before, after] = [codesOf(full), codesOf(made)];
    expect(moved.length).toBeGreaterThan(0);
    expect(moved.length).toBeLessThanOrEqual(count);
    for (const symbol of full.symbols) {
      if (!moved.includes(symbol)) expect([after.code[symbol], after.length[symbol]]).toEqual([before.code[symbol], before.length[symbol]]);
    }
    const decoder = new HuffmanDecoder(made);
    expect(made.symbols.length).toBe(full.symbols.length + count);
    for (const symbol of made.symbols) {
      expect(decoder.find(after.code[symbol]! << (16 - after.length[symbol]!))).toBe((after.length[symbol]! << 8) | symbol);
      expect(after.code[symbol]).not.toBe((1 << after.length[symbol]!) - 1);
    }
  });
});

it.each(kinds)('a damaged JPEG $name is read, or said to be unreadable', ({ bytes }) => {
  for (let seed = 0; seed < 25; seed++) {
    const file = damaged(Uint8Array.from(bytes), seed);
    expect(['none', 'part', 'whole']).toContain(extentOf(file));
    try {
      const written = edit(file, [stripes(32, 32, 48, 48)]);
      readJpeg(written);
    } catch (error) {
      expect(isUnreadable(error), `seed ${seed}: ${String(error)}`).toBe(true);
    }
  }
});

it.each([['arithmetic coding', 0xc9], ['no losses', 0xc3], ['a difference between scans', 0xc5]])('leaves %s to others', (_, marker) => {
  const bytes = Buffer.from(kind('4:2:0'));
  bytes[bytes.indexOf(Buffer.from([0xff, 0xc0])) + 1] = marker;
  expect(() => edit(bytes, [])).toThrow('another kind of JPEG');
});

it('leaves 12 bits to others', () => {
  const bytes = Buffer.from(kind('4:2:0'));
  bytes[bytes.indexOf(Buffer.from([0xff, 0xc0])) + 4] = 12;
  expect(() => edit(bytes, [])).toThrow('another kind of JPEG');
});

it('codes a small picture anew, with tables that fit it', async () => {
  const bytes = await sharp({ create: { width: 640, height: 640, channels: 3, background: '#874', noise: { type: 'gaussian', mean: 120, sigma: 30 } } }).jpeg({ optimiseCoding: false }).toBuffer();
  const [small, copied] = [0, 1].map((copies) => concatenate(editJpeg(bytes, [], new MetadataEditor('all'), copies ? 0 : undefined)));
  expect(small!.length).toBeLessThan(0.99 * copied!.length);
  expect((await raw(small!)).equals(await raw(copied!))).toBe(true);
});
