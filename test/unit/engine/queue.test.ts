import { describe, expect, it } from 'vitest';
import { CloakError } from '../../../src/engine/types';
import { Queue } from '../../../src/offscreen/queue';

const LONG = 60_000;
const nobody = new AbortController().signal;
const aborted = { code: 'aborted' };
const abort = (controller: AbortController): void => controller.abort(new CloakError('aborted'));
const never = (): Promise<never> => new Promise(() => {});

describe('queue', () => {
  it('runs one job after the other, in order', async () => {
    const queue = new Queue();
    const events: string[] = [];
    const job = (name: string) => queue.run(LONG, nobody, async () => {
      events.push(`${name} starts`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      events.push(`${name} ends`);
      return name;
    });
    expect(await Promise.all([job('a'), job('b'), job('c')])).toEqual(['a', 'b', 'c']);
    expect(events).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends']);
    expect(queue.isEmpty).toBe(true);
  });

  it('goes on after a job that failed', async () => {
    const queue = new Queue();
    const failed = queue.run(LONG, nobody, () => Promise.reject(new Error('broken')));
    const next = queue.run(LONG, nobody, async () => 'done');
    await expect(failed).rejects.toThrow('broken');
    expect(await next).toBe('done');
  });

  it('ends a running job that does not heed its signal, and goes on', async () => {
    const queue = new Queue();
    const caller = new AbortController();
    const stuck = queue.run(LONG, caller.signal, never);
    const next = queue.run(LONG, nobody, async () => 'done');
    abort(caller);
    await expect(stuck).rejects.toMatchObject(aborted);
    expect(await next).toBe('done');
  });

  it('ends a waiting job at once, without running it', async () => {
    const queue = new Queue();
    let end = (): void => {};
    const running = queue.run(LONG, nobody, () => new Promise<void>((resolve) => (end = resolve)));
    let ran = false;
    const caller = new AbortController();
    const waiting = queue.run(LONG, caller.signal, async () => {
      ran = true;
    });
    abort(caller);
    await expect(waiting).rejects.toMatchObject(aborted);
    end();
    await running;
    await queue.run(LONG, nobody, async () => {});
    expect(ran).toBe(false);
  });

  it('tells the running job', async () => {
    const queue = new Queue();
    let told = false;
    const caller = new AbortController();
    const job = queue.run(LONG, caller.signal, (signal) => {
      signal.addEventListener('abort', () => (told = true));
      abort(caller);
      return never();
    });
    await expect(job).rejects.toMatchObject(aborted);
    expect(told).toBe(true);
  });

  it('ends a job that takes too long; waiting does not count', async () => {
    const queue = new Queue();
    const slow = queue.run(LONG, nobody, () => new Promise((resolve) => setTimeout(resolve, 50)));
    const patient = queue.run(20, nobody, async () => 'done');
    await slow;
    expect(await patient).toBe('done');
    await expect(queue.run(5, nobody, never)).rejects.toMatchObject({ code: 'timeout' });
  });

  it('lets a job go on that tells its progress, and hands that on', async () => {
    const queue = new Queue();
    const told: number[] = [];
    const work = async (_: AbortSignal, onProgress: (done: number) => void): Promise<string> => {
      for (let i = 1; i <= 6; i++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        onProgress(i / 6);
      }
      return 'done';
    };
    expect(await queue.run(60, nobody, work, (done) => told.push(done))).toBe('done');
    expect(told).toEqual([1, 2, 3, 4, 5, 6].map((i) => i / 6));
  });

  it('does not begin what was called off before', async () => {
    const queue = new Queue();
    let ran = false;
    const job = queue.run(LONG, AbortSignal.abort(new CloakError('aborted')), async () => {
      ran = true;
    });
    await expect(job).rejects.toMatchObject(aborted);
    await queue.run(LONG, nobody, async () => {});
    expect(ran).toBe(false);
    expect(queue.isEmpty).toBe(true);
  });
});
