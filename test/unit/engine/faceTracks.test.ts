/** Faces followed through the frames of an animation. */
import { describe, expect, it } from 'vitest';
import { type FrameFaces, type Sketch, trackFaces } from '../../../src/engine/faceTracks';
import type { DetectedFace } from '../../../src/engine/types';

const face: DetectedFace = { score: 1, box: { x: 0, y: 0, width: 1, height: 1 }, keypoints: [] as unknown as DetectedFace['keypoints'] };
const sketch = (level: number): Sketch => ({ width: 200, height: 200, scale: 1, values: new Float32Array(200 * 200).fill(level) });
/** A frame with faces of the template's size at these places. */
const frame = (places: [x: number, y: number][], level = 100): FrameFaces => ({
  seen: places.map(([tx, ty]) => ({ face, transform: { a: 1, b: 0, tx, ty } })),
  sketch: sketch(level),
});
const tracksOf = (frames: FrameFaces[]): number[][] => trackFaces(frames).map((faces) => faces.map(({ track }) => track).sort());

describe('faces in frames', () => {
  it('are the same as long as they move a little at a time', () => {
    expect(tracksOf([frame([[0, 0]]), frame([[20, 0]]), frame([[40, 10]])])).toEqual([[0], [0], [0]]);
    expect(tracksOf([frame([[0, 0]]), frame([[90, 0]])], )).toEqual([[0, 1], [0, 1]]);
  });

  it('do not tremble where the picture stands still', () => {
    const [, second, third, fourth, fifth] = trackFaces([frame([[10, 10]]), frame([[10.6, 9.5]]), frame([[14, 10]]), frame([[12, 11]], 103), frame([[16, 10]], 106)]);
    for (const { transform } of [second![0]!, third![0]!, fourth![0]!]) expect(transform).toMatchObject({ tx: 10, ty: 10 });
    expect(fifth![0]!.transform).toMatchObject({ tx: 16, ty: 10 });
  });

  it('are where they were while the detector misses them, before and after', () => {
    expect(tracksOf([frame([]), frame([[0, 0]]), frame([]), frame([]), frame([[5, 0]]), frame([])])).toEqual([[0], [0], [0], [0], [0], [0]]);
  });

  it('end where another scene begins', () => {
    expect(tracksOf([frame([[0, 0]], 100), frame([], 160), frame([], 160)])).toEqual([[0], [], []]);
    expect(tracksOf([frame([], 20), frame([[0, 0]], 100)])).toEqual([[], [0]]);
  });

  it('keep apart when there are two', () => {
    expect(tracksOf([frame([[0, 0], [90, 0]]), frame([[92, 0], [2, 0]])])).toEqual([[0, 1], [0, 1]]);
  });
});
