import { describe, expect, it } from 'vitest';
import { asymmetryOf, compareOutside } from '../../../bench/fidelity';
import type { Picture } from '../../../bench/picture';
import { thresholdAtFalseAcceptRate } from '../../../bench/recogniser';

const grey = (): Picture => ({ width: 100, height: 100, data: new Uint8Array(30_000).fill(128) });
/** The canonical crop covers the left upper 80 x 80 pixels. */
const face = { a: 0.5, b: 0, tx: 12, ty: 12 };

describe('what changed outside the faces', () => {
  it('is nothing where only the face changed', () => {
    const after = grey();
    after.data[3 * (40 * 100 + 40)] = 90;
    expect(compareOutside(grey(), after, [face])).toEqual({ share: 0.36, mean: 0, largest: 0, meanSquare: 0 });
  });

  it('is told by its largest and its mean', () => {
    const after = grey();
    after.data[3 * (90 * 100 + 90)] = 118;
    expect(compareOutside(grey(), after, [face])).toEqual({ share: 0.36, mean: 10 / (3600 * 3), largest: 10, meanSquare: 100 / (3600 * 3) });
  });

  it('cannot be asked where faces fill the picture', () => {
    expect(compareOutside(grey(), grey(), [{ a: 2, b: 0, tx: 48, ty: 48 }])).toBeNull();
  });
});

describe('asymmetry', () => {
  it('is nothing where left mirrors right, and grows with what does not', () => {
    const picture = grey();
    expect(asymmetryOf(picture)).toBe(0);
    picture.data.fill(158, 3 * 10 * 100, 3 * (10 * 100 + 50)); // the left half of one line, by 30 levels
    expect(asymmetryOf(picture)).toBeCloseTo(30 / 100);
  });
});

describe('the threshold at a false accept rate', () => {
  const impostors = Float64Array.from({ length: 1000 }, (_, i) => i / 1000);

  it('lets that share of the impostors pass', () => {
    const threshold = thresholdAtFalseAcceptRate(impostors, 0.01);
    expect(impostors.filter((score) => score >= threshold)).toHaveLength(10);
  });

  it('is refused where there are too few pairs for it', () => {
    expect(() => thresholdAtFalseAcceptRate(impostors.slice(0, 50), 0.01)).toThrow('too few');
  });
});
