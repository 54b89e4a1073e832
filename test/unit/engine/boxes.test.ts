import { describe, expect, it } from 'vitest';
import { containment, detectionWindows, intersectionOverUnion, suppressNonMaximum } from '../../../src/engine/detect/boxes';

const options = { minFace: 80, smallestShare: 0.12, overlap: 0.25 };

describe('detection windows', () => {
  it('take a small picture in one look', () => {
    expect(detectionWindows(250, 200, { ...options, minFace: 32 })).toEqual([{ x: 0, y: -25, side: 250 }]);
  });

  it.each([
    [4000, 3000],
    [3000, 4000],
    [1024, 1024],
    [6000, 800],
    [801, 7001],
  ])('show every face of a %i x %i picture whole and large enough', (width, height) => {
    const windows = detectionWindows(width, height, options);
    for (let face = options.minFace; face < Math.min(width, height); face *= 1.17) {
      for (let i = 0; i < 400; i++) {
        const x = ((i * 0.618034) % 1) * (width - face);
        const y = ((i * 0.754878) % 1) * (height - face);
        const seen = windows.some(
          (window) =>
            x >= window.x && y >= window.y && x + face <= window.x + window.side && y + face <= window.y + window.side &&
            face >= options.smallestShare * window.side,
        );
        expect(seen, `face of ${face.toFixed()} at ${x.toFixed()}, ${y.toFixed()}`).toBe(true);
      }
    }
  });

  it('stop where faces would be too small to matter', () => {
    const sides = detectionWindows(4000, 3000, options).map(({ side }) => side);
    expect(Math.min(...sides) * options.smallestShare).toBeCloseTo(options.minFace);
  });
});

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
