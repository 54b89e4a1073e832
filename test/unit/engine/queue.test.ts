import { describe, expect, it } from 'vitest';
import { Queue } from '../../../src/offscreen/queue';

const LONG = 60_000;
const never = (): Promise<never> => new Promise(() => {});

describe('queue', () => {
  it('runs one job after the other, in order', async () => {
    const queue = new Queue();
    const events: string[] = [];
    const job = (name: string) => queue.run(name, LONG, async () => {
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
    const failed = queue.run('a', LONG, () => Promise.reject(new Error('broken')));
    const next = queue.run('b', LONG, async () => 'done');
    await expect(failed).rejects.toThrow('broken');
    expect(await next).toBe('done');
  });

  it('ends a running job that does not heed its signal, and goes on', async () => {
    const queue = new Queue();
    const stuck = queue.run('a', LONG, never);
    const next = queue.run('b', LONG, async () => 'done');
    queue.abort('a');
    await expect(stuck).rejects.toMatchObject({ code: 'aborted' });
    expect(await next).toBe('done');
  });

  it('ends a waiting job at once, without running it', async () => {
    const queue = new Queue();
    let end = (): void => {};
    const running = queue.run('a', LONG, () => new Promise<void>((resolve) => (end = resolve)));
    let ran = false;
    const waiting = queue.run('b', LONG, async () => {
      ran = true;
    });
    queue.abort('b');
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    end();
    await running;
    await queue.run('c', LONG, async () => {});
    expect(ran).toBe(false);
  });

  it('tells the running job', async () => {
    const queue = new Queue();
    let told = false;
    const job = queue.run('a', LONG, (signal) => {
      signal.addEventListener('abort', () => (told = true));
      queue.abort('a');
      return never();
    });
    await expect(job).rejects.toMatchObject({ code: 'aborted' });
    expect(told).toBe(true);
  });

  it('ends a job that takes too long; waiting does not count', async () => {
    const queue = new Queue();
    const slow = queue.run('a', LONG, () => new Promise((resolve) => setTimeout(resolve, 50)));
    const patient = queue.run('b', 20, async () => 'done');
    await slow;
    expect(await patient).toBe('done');
    await expect(queue.run('c', 5, never)).rejects.toMatchObject({ code: 'timeout' });
  });

  it('lets a job go on that tells its progress, and says how far it is', async () => {
    const queue = new Queue();
    expect(queue.progress('a')).toBeNull();
    const job = queue.run('a', 60, async (_, onProgress) => {
      for (let i = 1; i <= 6; i++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        onProgress(i / 6);
      }
      return queue.progress('a');
    });
    expect(queue.progress('a')).toBe(0);
    expect(await job).toBe(1);
    expect(queue.progress('a')).toBeNull();
  });

  it('knows nothing of jobs that are over', async () => {
    const queue = new Queue();
    await queue.run('a', LONG, async () => {});
    expect(() => queue.abort('a')).not.toThrow();
  });
});
