import { describe, expect, it } from 'vitest';
import { apply, boundsInPicture, canonicalBox, fitSimilarity, invert, similarityTransform, templatePoints } from '../../../src/engine/align';

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
