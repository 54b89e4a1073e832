/** Files over a Port whose messages are JSON, as in Chrome before 148. */
import { describe, expect, it, vi } from 'vitest';
import type { Port } from '../../../src/shared/browser';
import { FilePort } from '../../../src/shared/filePort';

const MEGABYTE = 2 ** 20;

/** What comes at the other end, of messages that carry no more than JSON does. */
async function overJson(...messages: unknown[]): Promise<{ came: unknown[]; longest: number }> {
  const came: unknown[] = [];
  let longest = 0;
  let hear: (message: unknown) => void;
  const port = {
    onMessage: { addListener: (listener: (message: unknown) => void) => (hear = listener) },
    postMessage(message: unknown) {
      const text = JSON.stringify(message);
      longest = Math.max(longest, text.length);
      hear(JSON.parse(text));
    },
  } as unknown as Port;
  new FilePort(port).onMessage((message) => came.push(message));
  const sender = new FilePort(port, true);
  for (const message of messages) await sender.post(message);
  return { came, longest };
}

function fileOf(length: number, name: string): File {
  return new File([Uint8Array.from({ length }, (_, index) => (index * 31) ^ (index >> 8))], name, { type: 'image/jpeg', lastModified: 1_234 });
}

describe('a file in pieces', () => {
  it.each([0, 1, 2, 3, 3 * 2 ** 18 - 1, 3 * 2 ** 18, 3 * 2 ** 18 + 1, 3 * MEGABYTE])('of %d bytes comes as it was', async (length) => {
    const file = fileOf(length, 'ü.jpg');
    const { came, longest } = await overJson({ file, options: { strength: 'strong' } });
    expect(came).toHaveLength(1);
    const [{ file: other, options }] = came as [{ file: File; options: unknown }];
    expect(other).toBeInstanceOf(File);
    expect([other.name, other.type, other.lastModified, other.size]).toEqual(['ü.jpg', 'image/jpeg', 1_234, length]);
    expect(Buffer.from(await other.arrayBuffer()).equals(Buffer.from(await file.arrayBuffer()))).toBe(true);
    expect(options).toEqual({ strength: 'strong' });
    expect(longest).toBeLessThan(2 * MEGABYTE);
  });

  it('is told from others, wherever they are in a message', async () => {
    const [a, b, empty] = [fileOf(MEGABYTE, 'a'), fileOf(5, 'b'), fileOf(0, 'empty')];
    const { came } = await overJson({ reply: { ok: true, value: [{ file: a }, empty, { deep: [b, null, 'text', 7] }] } });
    const [{ reply }] = came as [{ reply: { ok: boolean; value: [{ file: File }, File, { deep: [File, ...unknown[]] }] } }];
    const [first, second, third] = reply.value;
    expect(reply.ok).toBe(true);
    expect([first.file.name, second.name, third.deep[0].name]).toEqual(['a', 'empty', 'b']);
    expect([first.file.size, second.size, await third.deep[0].text()]).toEqual([a.size, 0, await b.text()]);
    expect(third.deep.slice(1)).toEqual([null, 'text', 7]);
  });

  it('leaves the messages before and after it as they are', async () => {
    const { came } = await overJson({ done: 0.5 }, { file: fileOf(9, 'a') }, { done: 1 });
    expect(came.map((message) => Object.keys(message as object))).toEqual([['done'], ['file'], ['done']]);
    expect([came[0], came[2]]).toEqual([{ done: 0.5 }, { done: 1 }]);
  });
});

it('fails where a file cannot be read, and says nothing', async () => {
  const file = fileOf(9, 'gone.jpg');
  vi.spyOn(file, 'slice').mockReturnValue({ arrayBuffer: () => Promise.reject(new Error('gone')) } as unknown as Blob);
  const posted: unknown[] = [];
  await expect(new FilePort({ postMessage: (message: unknown) => posted.push(message) } as unknown as Port, true).post({ file })).rejects.toThrow('gone');
  expect(posted).toEqual([]);
});

it('answers in pieces who is asked in pieces, and as it is who is asked so', async () => {
  for (const isOld of [true, false]) {
    const posted: unknown[] = [];
    let hear: (message: unknown) => void;
    const engine = new FilePort({ onMessage: { addListener: (listener: (message: unknown) => void) => (hear = listener) }, postMessage: (message: unknown) => posted.push(message) } as unknown as Port);
    engine.onMessage(() => {});
    await new FilePort({ postMessage: (message: unknown) => hear(message) } as unknown as Port, isOld).post({ file: fileOf(9, 'a') });
    const answer = { reply: fileOf(3, 'b') };
    await engine.post(answer);
    expect(posted).toEqual(isOld ? [{ $piece: expect.any(String) as string }, expect.objectContaining({ message: { reply: { $file: 0 } } })] : [answer]);
  }
});
