/** Counts the milliseconds of a report. */
import type { CloakReport, Stage } from './types';

export class Stopwatch {
  readonly ms: CloakReport['ms'] = { total: 0 };
  private readonly start = performance.now();

  /** Adds the time `work` takes to its stage. */
  async time<T>(stage: Stage, work: () => T | Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work();
    this.ms[stage] = (this.ms[stage] ?? 0) + performance.now() - start;
    return result;
  }

  /** Gives the report its times, and back. */
  finish(report: CloakReport): CloakReport {
    this.ms.total = performance.now() - this.start;
    report.ms = this.ms;
    return report;
  }
}
