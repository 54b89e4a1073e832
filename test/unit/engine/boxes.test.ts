import { describe, expect, it } from 'vitest';
import { containment, intersectionOverUnion, suppressNonMaximum } from '../../../src/engine/detect/boxes';

describe('boxes', () => {
  const box = { x: 0, y: 0, width: 10, height: 10 };

  it('overlap by intersection over union', () => {
    expect(intersectionOverUnion(box, box)).toBe(1);
    expect(intersectionOverUnion(box, { ...box, x: 5 })).toBeCloseTo(1 / 3);
    expect(intersectionOverUnion(box, { ...box, x: 10 })).toBe(0);
  });

  it('lie in one another by share of the smaller', () => {
    expect(containment(box, { x: 2, y: 2, width: 4, height: 4 })).toBe(1);
    expect(containment({ x: 2, y: 2, width: 4, height: 4 }, box)).toBe(1);
    expect(containment(box, { x: 8, y: 0, width: 4, height: 10 })).toBe(0.5);
  });
});

describe('non-maximum suppression', () => {
  const face = (x: number, width: number, score: number) => ({ box: { x, y: 0, width, height: width }, score });
  const suppress = (faces: ReturnType<typeof face>[]) => suppressNonMaximum(faces, ({ score }) => score);

  it('keeps the best of what shows the same face', () => {
    expect(suppress([face(0, 10, 0.7), face(1, 10, 0.9), face(0, 11, 0.8)])).toEqual([face(1, 10, 0.9)]);
  });

  it('takes a part of a face, cut by the edge of a tile, for that face', () => {
    expect(suppress([face(0, 20, 0.9), face(1, 7, 0.6)])).toEqual([face(0, 20, 0.9)]);
  });

  it('keeps neighbours', () => {
    expect(suppress([face(0, 10, 0.9), face(8, 10, 0.8), face(30, 10, 0.7)])).toHaveLength(3);
  });
});
