import { describe, expect, it } from 'vitest';
import { canonicalBox } from '../../../src/engine/align';
import { crop, type Picture } from '../../../bench/picture';
import { TRANSFORMATIONS } from '../../../bench/transformations';

/** Smooth in every direction, so that blur and compression leave it nearly as it is but a shift does not. */
function waves(size: number): Picture {
  const data = new Uint8Array(size * size * 3);
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++, at += 3) {
      data[at] = 128 + 80 * Math.sin(x / 12);
      data[at + 1] = 128 + 80 * Math.sin(y / 12);
      data[at + 2] = 128 + 80 * Math.sin((x + y) / 17);
    }
  }
  return { width: size, height: size, data };
}

function meanDifference(a: Picture, b: Picture): number {
  return a.data.reduce((sum, value, index) => sum + Math.abs(value - b.data[index]!), 0) / a.data.length;
}

const source = { picture: waves(250), alignment: { a: 1.2, b: 0.15, tx: 50, ty: 45 } };
const [left, top] = canonicalBox;
const inner = [left + 20, top + 20, left + 140, top + 140] as const;
const before = crop(source.picture, source.alignment, inner, 64);

describe('what happens to a picture between upload and reader', () => {
  it.each(TRANSFORMATIONS.map((one) => [one.name, one] as const))('%s: the face is where the alignment says', async (_, transformation) => {
    const { picture, alignment } = await transformation.apply(source);
    expect(meanDifference(before, crop(picture, alignment, inner, 64))).toBeLessThan(6);
  });

  it('would notice a face that moved by two pixels', () => {
    const moved = { ...source.alignment, tx: source.alignment.tx + 2, ty: source.alignment.ty + 2 };
    expect(meanDifference(before, crop(source.picture, moved, inner, 64))).toBeGreaterThan(6);
  });

  it.each(TRANSFORMATIONS.filter(({ by }) => by !== 'nobody').map((one) => [one.name, one] as const))('%s changes the pixels', async (_, transformation) => {
    const { picture } = await transformation.apply(source);
    expect(Buffer.compare(picture.data, source.picture.data)).not.toBe(0);
  });
});
