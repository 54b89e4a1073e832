/** One job after the other, each with a name to abort it by and a time it may take. */
import { CloakError } from '../engine/types';

export class Queue {
  private readonly jobs = new Map<string, AbortController>();
  private last: Promise<unknown> = Promise.resolve();

  get isEmpty(): boolean {
    return this.jobs.size === 0;
  }

  /**
   * Runs `work` when all earlier jobs are over; its time counts from then. Rejects with a `CloakError` (`aborted`,
   * `timeout`) at once, even when `work` does not heed its signal.
   */
  async run<T>(id: string, milliseconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    this.jobs.set(id, controller);
    const job = this.last.then(async () => {
      signal.throwIfAborted();
      const timer = setTimeout(() => controller.abort(timeout()), milliseconds);
      try {
        return await Promise.race([work(signal), aborted]);
      } finally {
        clearTimeout(timer);
      }
    });
    this.last = job.catch(() => undefined);
    try {
      return await Promise.race([job, aborted]);
    } finally {
      this.jobs.delete(id);
    }
  }

  /** Nothing happens where no job of that name waits or runs. */
  abort(id: string): void {
    this.jobs.get(id)?.abort(new CloakError('aborted', 'Cloaking was cancelled.'));
  }
}

function timeout(): CloakError {
  return new CloakError('timeout', 'Cloaking this picture took too long. Try again, or try with a smaller picture.');
}
