/** One job after the other, each with a name to abort it by and to ask after it, and a time it may be silent. */
import { CloakError } from '../engine/types';

interface Job {
  controller: AbortController;
  /** Of its work, 0 to 1. */
  done: number;
}

export class Queue {
  private readonly jobs = new Map<string, Job>();
  private last: Promise<unknown> = Promise.resolve();

  get isEmpty(): boolean {
    return this.jobs.size === 0;
  }

  /**
   * Runs `work` when all earlier jobs are over; its time counts from then, and anew each time it tells its progress. Rejects
   * with a `CloakError` (`aborted`, `timeout`) at once, even when `work` does not heed its signal.
   */
  async run<T>(id: string, milliseconds: number, work: (signal: AbortSignal, onProgress: (done: number) => void) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const job: Job = { controller, done: 0 };
    this.jobs.set(id, job);
    const running = this.last.then(async () => {
      signal.throwIfAborted();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const onProgress = (done: number): void => {
        job.done = done;
        clearTimeout(timer);
        timer = setTimeout(() => controller.abort(new CloakError('timeout')), milliseconds);
      };
      onProgress(0);
      try {
        return await Promise.race([work(signal, onProgress), aborted]);
      } finally {
        clearTimeout(timer);
      }
    });
    this.last = running.catch(() => undefined);
    try {
      return await Promise.race([running, aborted]);
    } finally {
      this.jobs.delete(id);
    }
  }

  /** Share of its work that a job has done; null where no job of that name waits or runs. */
  progress(id: string): number | null {
    return this.jobs.get(id)?.done ?? null;
  }

  /** Nothing happens where no job of that name waits or runs. */
  abort(id: string): void {
    this.jobs.get(id)?.controller.abort(new CloakError('aborted'));
  }
}
