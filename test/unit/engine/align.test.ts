import { describe, expect, it } from 'vitest';
import { apply, boundsInPicture, canonicalBox, fitSimilarity, invert, similarityTransform, symmetryOf, templatePoints } from '../../../src/engine/align';
import type { Point } from '../../../src/engine/types';

const transform = { a: 1.8, b: -0.4, tx: 120, ty: 75 };

describe('similarity transform', () => {
  it('is recovered from points that it moved', () => {
    const moved = templatePoints.map((point) => apply(transform, point));
    const found = similarityTransform(moved);
    for (const key of ['a', 'b', 'tx', 'ty'] as const) expect(found[key]).toBeCloseTo(transform[key], 9);
  });

  it('never mirrors, even when the points are mirrored', () => {
    const mirrored = templatePoints.map(({ x, y }) => ({ x: 200 - x, y }));
    const { a, b } = fitSimilarity(templatePoints, mirrored);
    // a reflection would have determinant -1; a similarity's is a² + b²
    expect(a * a + b * b).toBeGreaterThan(0);
    const residual = templatePoints.map((point, i) => {
      const at = apply(fitSimilarity(templatePoints, mirrored), point);
      return Math.hypot(at.x - mirrored[i]!.x, at.y - mirrored[i]!.y);
    });
    expect(Math.max(...residual)).toBeGreaterThan(5);
  });

  it('makes the squared error least: no small change of it does better', () => {
    const target = [
      { x: 10, y: 12 },
      { x: 50, y: 8 },
      { x: 33, y: 30 },
      { x: 31, y: 55 },
    ];
    const error = (t: typeof transform): number =>
      templatePoints.reduce((sum, point, i) => {
        const at = apply(t, point);
        return sum + (at.x - target[i]!.x) ** 2 + (at.y - target[i]!.y) ** 2;
      }, 0);
    const best = fitSimilarity(templatePoints, target);
    for (const key of ['a', 'b', 'tx', 'ty'] as const) {
      for (const change of [-1e-3, 1e-3]) expect(error({ ...best, [key]: best[key] + change })).toBeGreaterThan(error(best));
    }
  });

  it('inverts', () => {
    const back = apply(invert(transform), apply(transform, { x: 13, y: 87 }));
    expect(back.x).toBeCloseTo(13, 9);
    expect(back.y).toBeCloseTo(87, 9);
  });

  it('takes the canonical box to its bounds', () => {
    expect(boundsInPicture({ a: 2, b: 0, tx: 100, ty: 50 }, canonicalBox)).toEqual({ x: 52, y: 2, width: 320, height: 320 });
  });
});

describe('symmetry', () => {
  /** The template's face with its nose moved to the right, shares of the distance of the eyes. */
  const turnedBy = (share: number): Point[] => {
    const [right, left, nose, mouth] = templatePoints as [Point, Point, Point, Point];
    const straight = (right.x + left.x) / 2;
    return [right, left, { x: straight + share * (left.x - right.x), y: nose.y }, mouth];
  };

  it('is 1 where a face looks straight ahead, 0 where it is turned away, and in between as much as it is turned', () => {
    expect(symmetryOf(templatePoints)).toBe(1);
    expect([-0.11, 0, 0.11].map((share) => symmetryOf(turnedBy(share)))).toEqual([1, 1, 1]);
    expect([-0.9, -0.44, 0.44, 0.9].map((share) => symmetryOf(turnedBy(share)))).toEqual([0, 0, 0, 0]);
    // the template's eyes are not quite level, so that a nose straight ahead is a little off the middle
    expect(symmetryOf(turnedBy(0.27))).toBeCloseTo(0.5, 1);
    const shares = [0.15, 0.2, 0.3, 0.4].map((share) => symmetryOf(turnedBy(share)));
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    expect(new Set(shares).size).toBe(4);
    expect(symmetryOf(turnedBy(-0.3))).toBeCloseTo(symmetryOf(turnedBy(0.3)), 1);
  });

  it.each([[2, 0.7], [0.1, -2.4], [13, Math.PI]])('does not depend on scale %f and rotation %f', (scale, angle) => {
    const turn = { a: scale * Math.cos(angle), b: scale * Math.sin(angle), tx: 300, ty: -40 };
    for (const share of [0.05, 0.25, -0.25, 0.5]) {
      expect(symmetryOf(turnedBy(share).map((point) => apply(turn, point)))).toBeCloseTo(symmetryOf(turnedBy(share)), 9);
    }
  });
});
