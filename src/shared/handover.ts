/**
 * Hands a picture from the background to a page of the extension that opens for it. It lies on the device only until that page
 * has taken it; what no page took is gone at the next start of the browser.
 */
import { openDB, type DBSchema } from 'idb';

interface HandoverDatabase extends DBSchema {
  pictures: { key: string; value: File };
}

const database = () =>
  openDB<HandoverDatabase>('handover', 1, {
    upgrade: (opened) => void opened.createObjectStore('pictures'),
  });

/** The studio's address for a picture that was left for it; null for one that could not be read from its page: then `take` gives null, too. */
export function studioAddress(id: string | null): string {
  return `src/studio/studio.html?picture=${id ?? 'none'}`;
}

/** The name to take it by. */
export async function leave(file: File): Promise<string> {
  const id = crypto.randomUUID();
  const opened = await database();
  await opened.put('pictures', file, id);
  opened.close();
  return id;
}

/** Null where there is none, or it was taken before. */
export async function take(id: string): Promise<File | null> {
  const opened = await database();
  const transaction = opened.transaction('pictures', 'readwrite');
  const file = await transaction.store.get(id);
  await transaction.store.delete(id);
  await transaction.done;
  opened.close();
  return file ?? null;
}

/** Drops what nobody took. */
export async function dropLeft(): Promise<void> {
  const opened = await database();
  await opened.clear('pictures');
  opened.close();
}
