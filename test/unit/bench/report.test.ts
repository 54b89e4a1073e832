import { describe, expect, it } from 'vitest';
import { targetReport, fullReport } from '../../../bench/report';
import type { Result } from '../../../bench/result';
import { TRANSFORMATIONS } from '../../../bench/transformations';

const fidelity = { butteraugliMax: 5.5, butteraugli3Norm: 2.4, ssimulacra: 0.01, psnr: 39, ssim: 0.98, largestResidual: 13 };

function result(name: string, kind: Result['kind'], cosines: number[]): Result {
  const histogram = Array<number>(100).fill(1);
  return {
    name,
    kind,
    key: '',
    revision: 'abc1234',
    uncloaked: 0,
    thresholds: { one: 0.3, two: 0.25 },
    photos: cosines.map((cosine, index) => ({
      id: `Person_${index}`,
      cropSide: 200,
      scores: Object.fromEntries(
        TRANSFORMATIONS.map((transformation) => {
          const score = { cosine, verifies: 0, first: false };
          return [transformation.name, { one: score, two: { cosine: cosine + 0.1, verifies: 1, first: true } }];
        }),
      ),
      ...(kind === 'clean' ? {} : { crop: fidelity, whole: fidelity }),
    })),
    histograms: { one: { genuine: histogram, impostor: histogram }, two: { genuine: histogram, impostor: histogram } },
  };
}

const row = (table: string, label: string) => table.split('\n').find((line) => line.startsWith(`| ${label}`)) ?? '';

describe('the benchmark says what was reached', () => {
  const results = [result('standard', 'cloaked', [0.2, 0.3]), result('clean', 'clean', [1, 1])];

  it('beside each goal', () => {
    const table = targetReport(results);
    expect(row(table, 'cosine, at most')).toContain('0.350: 0.300, reached'); // mean of .2, .3 and .3, .4
    expect(row(table, 'still matches another photo')).toContain('25.0%: 50.0%, **not reached**');
    expect(row(table, 'largest residual')).toContain('12.0: 13.0, **not reached**');
    expect(row(table, 'PSNR')).toContain('38.00: 39.00, reached');
  });

  it('and what was not measured', () => {
    expect(row(targetReport(results), 'cosine, at most').match(/not measured/g)).toHaveLength(3);
  });

  it('with every transformation, and clean before cloaked', () => {
    const report = fullReport(results);
    for (const { name } of TRANSFORMATIONS) expect(report).toContain(name);
    expect(report.indexOf('| clean |')).toBeLessThan(report.indexOf('| **standard** |'));
  });
});
