import { describe, expect, it } from 'vitest';
import { nameWorst, worstOf } from '../../../bench/figures';
import { type Measured, targetReport } from '../../../bench/goals';
import { looksReport } from '../../../bench/looksFigures';
import type { Estimate, LooksResult } from '../../../bench/looksResult';
import { fullReport, shortReport } from '../../../bench/report';
import type { Kind, PortraitsResult, Result } from '../../../bench/result';
import { REALIGNED, TRANSFORMATIONS } from '../../../bench/transformations';

const fidelity = { butteraugliMax: 5.5, butteraugli3Norm: 2.4, ssimulacra: 0.01, psnr: 40.25, ssim: 0.98, largestResidual: 13 };

function result(name: string, kind: Kind, cosines: number[]): Result {
  const histogram = Array<number>(100).fill(1);
  return {
    name,
    kind,
    key: '',
    revision: 'abc1234',
    uncloaked: 0,
    thresholds: { espdl_mbf: 0.3, two: 0.25 },
    photos: cosines.map((cosine, index) => ({
      id: `Person_${index}`,
      cropSide: 200,
      scores: Object.fromEntries(
        TRANSFORMATIONS.map((transformation) => {
          const score = { cosine, verifies: 0, first: false };
          return [transformation.name, { espdl_mbf: score, two: { cosine: cosine + 0.1, verifies: 0.25, first: true } }];
        }),
      ),
      ...(kind === 'clean' ? {} : { crop: fidelity }),
    })),
    histograms: { espdl_mbf: { genuine: histogram, impostor: histogram }, two: { genuine: histogram, impostor: histogram } },
  };
}

function portraits(name: string, kind: PortraitsResult['kind'], recognised: boolean[]): PortraitsResult {
  const cosines = Object.fromEntries([...TRANSFORMATIONS, REALIGNED].map((one) => [one.name, { espdl_mbf: 0.3, two: 0.2 }]));
  return {
    ...{ name, kind, key: '', revision: 'abc1234', uncloaked: 0 },
    portraits: recognised.map((known, index) => ({ id: `portrait-${index}`, cosines, recognised: known, steps: 14, bytes: { before: 100, after: 101 } })),
  };
}

const estimate = (age: number, expression: string, confidence: number): Estimate => ({ age, sex: 'female', expression, confidence });

const looks: LooksResult = {
  ...{ name: 'standard', key: '', revision: 'abc1234', uncloaked: 0 },
  pictures: [30, 32, 41].map((age, index) => ({
    id: String(index),
    kind: 'portrait',
    paint: { butteraugli3Norm: 1, psnr: 46 },
    warps: [{ distance: 4, strain: 0.1 }],
    asymmetry: { before: 10, after: 10.5 },
    estimate: { before: estimate(31, 'neutral', index ? 0.9 : 0.4), after: estimate(age, index ? 'neutral' : 'sad', 0.9) },
  })),
};

const measured: Measured = {
  photos: [result('standard', 'cloaked', [0.2, 0.3]), result('maximum', 'cloaked', [0.1]), result('paint alone', 'paint', [0.5]), result('clean', 'clean', [1, 1])],
  portraits: [portraits('clean', 'clean', [true]), portraits('standard', 'cloaked', [true, false])],
  looks: [looks],
};

const row = (table: string, label: string) => table.split('\n').find((line) => line.startsWith(`| ${label}`)) ?? '';

describe('the judges', () => {
  it('are told by the one that a cloak does worst before', () => {
    expect(worstOf({ one: 0.2, two: 0.3, three: 0.1 })).toEqual({ judge: 'two', value: 0.3 });
    expect(worstOf({})).toBeNull();
  });

  it('are named once, and where another is the worst', () => {
    const of = (judge: string) => ({ judge, value: 1 });
    expect(nameWorst({ cosine: of('one'), matches: of('one') })).toBe('one');
    expect(nameWorst({ cosine: of('one'), matches: of('two'), first: of('one') })).toBe('one; matches: two');
    expect(nameWorst({ cosine: null })).toBe('–');
  });
});

describe('the goals', () => {
  const table = targetReport(measured);

  it('are beside what the worst judge says, not the mean', () => {
    expect(row(table, 'LFW, worst judge: still matches another photo, raw')).toContain('12.0%: 25.0%, **not reached**');
    expect(row(table, 'LFW, worst judge: found first')).toContain('15.0%: 100.0%, **not reached**');
  });

  it('on portraits are about one judge, and the own check', () => {
    expect(row(table, 'portraits, espdl_mbf: cosine, raw')).toContain('0.250: 0.300, **not reached**');
    expect(row(table, 'portraits: own check')).toContain('10%: 50%, **not reached**');
  });

  it('are about looks too', () => {
    expect(row(table, 'paint on the retouched picture')).toContain('1.10: 1.00, reached');
    expect(row(table, 'estimated age changes by, median')).toContain('5.0: 1.0, reached');
    expect(row(table, 'estimated age changes by, 90th')).toContain('12.0: 10.0, reached');
    expect(row(table, 'estimated expression changes')).toContain('8.0%: 33.3%, **not reached**');
  });

  it('say what was not measured', () => {
    expect(row(table, 'warp').match(/not measured/g)).toHaveLength(2);
  });
});

describe('the report', () => {
  const report = fullReport(measured);

  it('has every transformation, and clean before cloaked', () => {
    for (const { name } of [...TRANSFORMATIONS, REALIGNED]) expect(report).toContain(name);
    expect(report.indexOf('| clean |')).toBeLessThan(report.indexOf('| **standard** |'));
  });

  it('has the worst judge before the mean', () => {
    expect(row(shortReport(measured), '**standard**')).toBe('| **standard** | two | 0.35 | 25.0% / 25.0% / 25.0% | 100.0% | 0.30 | 12.5% / 12.5% / 12.5% | 50.0% |');
  });

  it('sets PSNR against the paper only where nothing was bent', () => {
    expect(row(report, 'paint alone (1 people): the paper')).toContain('PSNR 40.25 dB, SSIM 0.9800; the paper');
    expect(row(report, 'PSNR, dB | 41.31')).toContain('| 40.25 |');
    expect(row(report, 'PSNR, dB | 41.31')).toContain('| says nothing of a bent face |');
  });

  it('leaves out strengths that are no more', () => {
    expect(report).not.toContain('maximum');
  });
});

describe('the looks', () => {
  it('tell the expression apart where the estimator was sure of it', () => {
    expect(row(looksReport([looks]), '3 portraits, **standard**')).toBe(
      '| 3 portraits, **standard** | 1.00 | 46.0 | 4.0 | 0.100 | 0.50 | 1.0 / 10.0 | 0.0% | 33.3% | 0.0% of 2 |',
    );
  });
});
