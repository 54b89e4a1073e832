/** Files that are turned, coded or damaged in odd ways: what the engine sees is what a page shows, and what it changes changes there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toStored, uprightSize } from '../../src/engine/orientation';
import { metadataPolicies } from '../../src/shared/metadataPolicies';
import { QUARTERS, STORED, type TurnedFile, turnedAnimations, turnedFiles } from '../unit/engine/turnedFiles';
import { damagedFiles, jpegColours, pngKinds } from '../unit/engine/codedFiles';
import { EnginePage } from './harness';

let page: EnginePage;
beforeAll(async () => {
  page = await EnginePage.open();
});
afterAll(() => page.close());

const base64 = ({ format, bytes }: Pick<TurnedFile, 'format' | 'bytes'>) => ({ type: `image/${format}`, base64: bytes.toString('base64') });

type Quarter = keyof typeof QUARTERS;

/** The nearest by name. */
function quarterOf([red, green, blue]: number[]): Quarter {
  const distance = (name: Quarter): number => QUARTERS[name].reduce((sum, value, i) => sum + (value - [red!, green!, blue!][i]!) ** 2, 0);
  return (Object.keys(QUARTERS) as Quarter[]).sort((a, b) => distance(a) - distance(b))[0]!;
}

/** The upright picture's quarters, row by row, of rows that are stored so. */
function quartersBy(orientation: number): Quarter[] {
  const size = uprightSize(orientation, STORED);
  const [a, b, c, d, e, f] = toStored(orientation, size);
  return [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]].map(([u, v]) => {
    const [x, y] = [u! * size.width, v! * size.height];
    const [right, below] = [a * x + c * y + e > STORED.width / 2, b * x + d * y + f > STORED.height / 2];
    return (Object.keys(QUARTERS) as Quarter[])[2 * Number(below) + Number(right)]!;
  });
}

const files = await turnedFiles();
const animations = await turnedAnimations();
const named = (look: { width: number; height: number; quarters: number[][] }) => ({ ...look, quarters: look.quarters.map(quarterOf) });

describe('a file is seen as a page shows it', () => {
  it.each([...files, ...animations])('$name', async (file) => {
    const { shown, decoded, orientation } = await page.run('looksOf', { file: base64(file) });
    const expected = { ...uprightSize(file.orientation, STORED), quarters: quartersBy(file.orientation) };
    expect(orientation).toBe(file.orientation);
    expect(named(decoded)).toEqual(expected);
    expect(named(shown!)).toEqual(expected);
  });
});

const BOX = { x: 4, y: 4, width: 16, height: 16 };
/** Pixels around it that change with it, by what is coded together; and how far others may. */
const spread: Partial<Record<TurnedFile['format'], readonly [margin: number, others: number]>> = { jpeg: [16, 3], png: [0, 0], webp: [16, 12] };

describe.each(metadataPolicies)('what is changed in a file changes there where a page shows it, if of its metadata %s stays', (metadata) => {
  it.each(files.filter(({ name, format }) => format in spread && !name.includes('cut off, of')))('$name', async (file) => {
    const [margin, others] = spread[file.format]!;
    const { isSameSize, inside, outside } = await page.run('written', { file: base64(file), box: BOX, levels: 30, margin, metadata });
    expect(isSameSize).toBe(true);
    expect(inside).toBeGreaterThan(15);
    expect(outside).toBeLessThanOrEqual(others);
  });
});

const { whole, cut } = await damagedFiles();
const [kinds, colours] = [await pngKinds(), await jpegColours()];

describe('what is changed in a file changes where a page shows it, and nowhere else,', () => {
  const change = async (file: Pick<TurnedFile, 'format' | 'bytes'>, margin: number) => page.run('written', { file: base64(file), box: BOX, levels: 30, margin, metadata: 'private' });

  it.each(kinds)('$name', async (file) => {
    const { inside, outside } = await change(file, 0);
    expect(inside).toBeGreaterThan(file.shifts ? 15 : 2);
    expect(inside).toBeLessThan(45);
    expect(outside).toBe(0);
  });

  it.each(colours)('$name', async (file) => {
    const { inside, outside } = await change(file, 16);
    expect(inside).toBeGreaterThan(15);
    expect(outside).toBeLessThanOrEqual(3);
  });

  it.each(whole)('$name', async (file) => {
    const { isSameSize, inside } = await change(file, 16);
    expect(isSameSize).toBe(true);
    expect(inside).toBeGreaterThan(15);
  });

  it.each(cut)('$name, of which a page shows the beginning', async (file) => {
    const { isSameSize, inside } = await change(file, 16);
    expect(isSameSize).toBe(true);
    expect(inside).toBeGreaterThan(15);
  });
});
