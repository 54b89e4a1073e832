import { describe, expect, it } from 'vitest';
import type { CloakReport, FaceReport } from '../../../src/engine/types';
import { told, sureness } from '../../../src/shared/certainty';
import { DAYS, fromVersion1, protectionOf, summarise, type Protection } from '../../../src/shared/stats';

const face = (before: number, after: number): FaceReport => ({
  score: 1,
  box: { x: 0, y: 0, width: 1, height: 1 },
  keypoints: [] as never,
  similarity: { before, after },
  recognised: false,
  steps: 12,
  warp: { distance: 3, strain: 0.1 },
});

const report = (faces: FaceReport[], outcome: CloakReport['outcome'] = 'cloaked'): CloakReport => ({
  outcome,
  type: 'image/jpeg',
  width: 1,
  height: 1,
  backend: 'wasm',
  strength: 'standard',
  faces,
  ms: { total: 12 },
  bytes: { before: 1, after: 1 },
});

describe('protectionOf', () => {
  it('has what was said of each face, and nothing of the picture', () => {
    expect(protectionOf(report([face(1, 0.25), { ...face(0.5, 0.75), recognised: true }]), 'x', 7)).toEqual({
      time: 7,
      site: 'x',
      faces: 2,
      checks: [
        { before: 1, after: 0.25, recognised: false },
        { before: 0.5, after: 0.75, recognised: true },
      ],
      ms: 12,
      backend: 'wasm',
    });
  });

  it('is null for what was not cloaked', () => expect(protectionOf(report([], 'no-face'), 'x', 7)).toBeNull());

  it('has no checks where the self-check was off', () => {
    expect(protectionOf(report([{ ...face(1, 1), similarity: null, recognised: null }]), 'x', 7)!.checks).toEqual([]);
  });

  it('refuses nonsense', () => {
    expect(() => protectionOf({ ...report([face(1, 1)]), backend: 'cloud' as never }, 'x', 7)).toThrow();
    expect(() => protectionOf(report([face(NaN, 1)]), 'x', 7)).toThrow();
    expect(() => protectionOf(report([]), 'x', 7)).toThrow();
  });
});

describe('fromVersion1', () => {
  const old = { time: 7, site: 'x', faces: 3, ms: 12, backend: 'wasm' as const };

  it('gives each face the mean of its picture, and keeps how many were recognised', () => {
    const [known, unknown] = [true, false].map((recognised) => ({ before: 0.99, after: 0.9, recognised }));
    expect(fromVersion1({ ...old, similarity: { before: 0.99, after: 0.9 }, recognised: 1 })).toEqual({ ...old, checks: [known, unknown, unknown] });
  });

  it('has no checks where there was none', () => expect(fromVersion1({ ...old, similarity: null, recognised: null })).toEqual({ ...old, checks: [] }));
});

describe('summarise', () => {
  const noon = new Date(2026, 2, 10, 12);
  const row = (time: Date, faces: number, checks: Protection['checks'] = []): Protection => ({ time: time.getTime(), site: 'x', faces, checks, ms: 1, backend: 'wasm' });
  const check = (before: number, after: number, recognised = false): Protection['checks'][number] => ({ before, after, recognised });

  it('is empty before the first', () => {
    const nothing = { pictures: 0, faces: 0 };
    const summary = summarise([], noon);
    expect(summary).toMatchObject({ today: nothing, allTime: nothing, check: null });
    expect(summary.days).toHaveLength(DAYS);
  });

  it('counts today from midnight on this device', () => {
    const rows = [row(new Date(2026, 2, 9, 23, 59, 59), 4), row(new Date(2026, 2, 10, 0, 0, 0), 1), row(noon, 2)];
    expect(summarise(rows, noon)).toMatchObject({ today: { pictures: 2, faces: 3 }, allTime: { pictures: 3, faces: 7 } });
  });

  it('counts each of the last days by itself, and what was before them only in all', () => {
    const rows = [row(new Date(2026, 1, 8, 23, 59), 9), row(new Date(2026, 1, 9, 0, 0), 1), row(new Date(2026, 2, 9, 23, 59), 2), row(noon, 3), row(noon, 4)];
    const { days, allTime } = summarise(rows, noon);
    expect(days.map(({ faces }) => faces)).toEqual([1, ...Array(27).fill(0), 2, 7]);
    expect(days[0]!.start).toBe(new Date(2026, 1, 9).getTime());
    expect(allTime).toEqual({ pictures: 5, faces: 19 });
  });

  it('says in the mean over the faces of these days how sure the recogniser is', () => {
    const before = new Date(2026, 0, 1);
    const rows = [row(before, 1, [check(0.99, 0.99, true)]), row(noon, 2, [check(0.98, 0.95, true), check(0.99, 0.8)]), row(noon, 9)];
    const { faces, recognised, ...sure } = summarise(rows, noon).check!;
    expect({ faces, recognised }).toEqual({ faces: 2, recognised: 1 });
    expect(sure.before).toBeCloseTo((sureness(0.98) + sureness(0.99)) / 2);
    expect(sure.after).toBeCloseTo((sureness(0.95) + sureness(0.8)) / 2);
  });
});

describe('how sure a recogniser is', () => {
  it('rises with the similarity, from hardly to almost', () => {
    const sure = [0.7, 0.85, 0.9, 0.924, 0.95, 0.99].map(sureness);
    expect(sure).toEqual(sure.toSorted((a, b) => a - b));
    expect(sure[0]).toBeLessThan(0.02);
    expect(sure.at(-1)).toBeGreaterThan(0.98);
  });

  it('is never told to be none or all', () => {
    expect([0, 0.004, 0.5, 0.999, 1].map(told)).toEqual([0.01, 0.01, 0.5, 0.99, 0.99]);
  });
});
