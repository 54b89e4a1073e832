/** One job after the other, each with a time it may be silent. */
import { CloakError } from '../engine/types';
import { unlessAborted } from '../shared/timeLimit';

/** A share of the work is done, 0 to 1. */
type OnProgress = (done: number) => void;

export class Queue {
  private jobs = 0;
  private last: Promise<unknown> = Promise.resolve();

  get isEmpty(): boolean {
    return this.jobs === 0;
  }

  /**
   * Runs `work` when all earlier jobs are over; its time counts from then, and anew each time it tells its progress. Rejects at once where the
   * caller aborts, with the reason, and with a `CloakError` (`timeout`), even when `work` does not heed its signal.
   */
  async run<T>(milliseconds: number, caller: AbortSignal, work: (signal: AbortSignal, onProgress: OnProgress) => Promise<T>, onProgress: OnProgress = () => {}): Promise<T> {
    const late = new AbortController();
    const signal = AbortSignal.any([caller, late.signal]);
    const running = this.last.then(async () => {
      signal.throwIfAborted();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const goOn = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => late.abort(new CloakError('timeout')), milliseconds);
      };
      goOn();
      const tell: OnProgress = (done) => {
        goOn();
        onProgress(done);
      };
      try {
        return await unlessAborted(work(signal, tell), signal);
      } finally {
        clearTimeout(timer);
      }
    });
    this.last = running.catch(() => undefined);
    this.jobs += 1;
    try {
      return await unlessAborted(running, signal);
    } finally {
      this.jobs -= 1;
    }
  }
}
