/** One built extension in as many Chromiums as there are processors, opened when first needed. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import pMap from 'p-map';
import { openExtension, type Extension } from '../scripts/extension';

/** More than this would wait for memory rather than for processors. */
const MOST = 4;

export class Engines {
  private opened: Promise<Extension[]> | null = null;

  private constructor(
    private readonly dist: string,
    /** Of the built files' contents. */
    readonly fingerprint: string,
    /** Git's short name of the commit that the build's folder is at; `+` where something is changed in it. */
    readonly revision: string,
  ) {}

  static async of(dist: string): Promise<Engines> {
    return new Engines(dist, (await contentHash(dist)).slice(0, 12), revisionOf(dist));
  }

  /** Does `work` for every item, each in an extension that does nothing else meanwhile; results in the items' order. */
  async map<T, R>(items: readonly T[], work: (extension: Extension, item: T) => Promise<R>): Promise<R[]> {
    if (items.length === 0) return [];
    this.opened ??= Promise.all(
      Array.from({ length: Math.min(MOST, availableParallelism()) }, () => openExtension({ dist: this.dist })),
    );
    const free = [...(await this.opened)];
    return pMap(
      items,
      async (item) => {
        const extension = free.pop()!;
        try {
          return await work(extension, item);
        } finally {
          free.push(extension);
        }
      },
      { concurrency: free.length },
    );
  }

  async close(): Promise<void> {
    const extensions = (await this.opened) ?? [];
    this.opened = null;
    await Promise.all(extensions.map((extension) => extension.close()));
  }
}

/** SHA-256 over names and contents of all files under a folder. */
export async function contentHash(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(file.slice(folder.length)).update(await readFile(file));
  return hash.digest('hex');
}

function revisionOf(dist: string): string {
  const { status, stdout } = spawnSync('git', ['-C', dist, 'describe', '--always', '--dirty=+', '--exclude=*'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : 'no commit';
}
