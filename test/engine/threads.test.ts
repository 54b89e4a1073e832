/** Wasm computes with several threads where it can: the same cloak, bit for bit, whatever their number. */
import { createHash } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { EnginePage, sample } from './harness';

const WORKER = '**/*.worker.js';
const options = { strength: 'standard', metadata: 'private', selfCheck: true };

async function cloakedBy(how: { threads: number; stuck?: string }): Promise<{ count: number; digest: string; faces: unknown }> {
  const page = await EnginePage.open({ steps: 2, ...how });
  try {
    const { base64, report } = await page.runOn('cloak', sample('portrait-2.jpg'), { options });
    return { count: await page.run('threads'), digest: createHash('sha256').update(Buffer.from(base64!, 'base64')).digest('hex'), faces: report!.faces };
  } finally {
    await page.close();
  }
}

let alone: Awaited<ReturnType<typeof cloakedBy>>;
beforeAll(async () => {
  alone = await cloakedBy({ threads: 1 });
});

it('takes one thread where one is asked for', () => expect(alone.count).toBe(1));

it.each([2, 4])('gives the same file with %d threads', async (threads) => {
  expect(await cloakedBy({ threads })).toEqual({ ...alone, count: threads });
});

it('gives the same file with one thread where the others do not start', async () => {
  expect(await cloakedBy({ threads: 4, stuck: WORKER })).toEqual(alone);
});
