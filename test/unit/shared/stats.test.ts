import { describe, expect, it } from 'vitest';
import type { CloakReport, FaceReport } from '../../../src/engine/types';
import { protectionOf, summarise, type Protection } from '../../../src/shared/stats';

const face = (before: number, after: number): FaceReport => ({
  score: 1,
  box: { x: 0, y: 0, width: 1, height: 1 },
  keypoints: [] as never,
  similarity: { before, after },
  recognised: false,
  steps: 12,
  psnr: 40,
});

const report = (faces: FaceReport[], outcome: CloakReport['outcome'] = 'cloaked'): CloakReport => ({
  outcome,
  type: 'image/jpeg',
  width: 1,
  height: 1,
  backend: 'wasm',
  strength: 'standard',
  visibility: 3,
  faces,
  ms: { total: 12 },
  bytes: { before: 1, after: 1 },
});

describe('protectionOf', () => {
  it('is the mean over the faces, and nothing of the picture', () => {
    expect(protectionOf(report([face(1, 0.25), face(0.5, 0.75)]), 'x', 7)).toEqual({
      time: 7,
      site: 'x',
      faces: 2,
      similarity: { before: 0.75, after: 0.5 },
      recognised: 0,
      ms: 12,
      backend: 'wasm',
    });
  });

  it('is null for what was not cloaked', () => expect(protectionOf(report([], 'no-face'), 'x', 7)).toBeNull());

  it('has no similarity where the self-check was off', () => {
    expect(protectionOf(report([{ ...face(1, 1), similarity: null }]), 'x', 7)!.similarity).toBeNull();
  });

  it('refuses nonsense', () => {
    expect(() => protectionOf({ ...report([face(1, 1)]), backend: 'cloud' as never }, 'x', 7)).toThrow();
    expect(() => protectionOf(report([face(NaN, 1)]), 'x', 7)).toThrow();
    expect(() => protectionOf(report([]), 'x', 7)).toThrow();
  });
});

describe('summarise', () => {
  const noon = new Date(2026, 2, 10, 12);
  const row = (time: Date, faces: number, similarity: Protection['similarity'], backend: Protection['backend'] = 'wasm'): Protection => ({
    time: time.getTime(),
    site: 'x',
    faces,
    similarity,
    recognised: similarity && 1,
    ms: 1,
    backend,
  });

  it('is empty before the first', () => {
    const nothing = { pictures: 0, faces: 0 };
    expect(summarise([], noon)).toEqual({ today: nothing, allTime: nothing, check: null, backend: null });
  });

  it('counts today from midnight on this device', () => {
    const rows = [
      row(new Date(2026, 2, 9, 23, 59, 59), 4, null),
      row(new Date(2026, 2, 10, 0, 0, 0), 1, null),
      row(noon, 2, null, 'webgl'),
    ];
    expect(summarise(rows, noon)).toMatchObject({
      today: { pictures: 2, faces: 3 },
      allTime: { pictures: 3, faces: 7 },
      backend: 'webgl',
    });
  });

  it('weighs similarity by faces, and leaves out what was not checked', () => {
    const rows = [row(noon, 3, { before: 1, after: 0.25 }), row(noon, 1, { before: 0.5, after: 0.75 }), row(noon, 9, null)];
    expect(summarise(rows, noon).check).toEqual({ faces: 4, recognised: 2, before: 0.875, after: 0.375 });
  });
});
