/** One built extension in as many Chromiums as there are processors, opened when first needed. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join, relative } from 'node:path';
import pMap from 'p-map';
import { openExtension, type Extension } from '../scripts/extension';

/** More than this would wait for memory rather than for processors. */
const MOST = 4;

export class Engines {
  private opened: Promise<Extension[]> | null = null;

  private constructor(
    private readonly dist: string,
    /** Of what cloaks: a page of settings with other words is no other engine. */
    readonly fingerprint: string,
    /** Git's short name of the commit that the build's folder is at; `+` where something is changed in it. */
    readonly revision: string,
  ) {}

  static async of(dist: string): Promise<Engines> {
    return new Engines(dist, (await contentHash(dist, await filesOfEngine(dist))).slice(0, 12), revisionOf(dist));
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

const ENGINE_PAGE = 'offscreen.html';

/** The engine's page, what it and its scripts name, and theirs; and all models. */
async function filesOfEngine(dist: string): Promise<string[]> {
  const others = new Set(await filesIn(dist));
  const found = [...others].filter((file) => basename(file) === ENGINE_PAGE || file.startsWith(join(dist, 'models')));
  for (const file of found) {
    others.delete(file);
    if (!/\.(html|js)$/.test(file)) continue;
    const text = await readFile(file, 'utf8');
    found.push(...[...others].filter((other) => text.includes(basename(other)) && others.delete(other)));
  }
  return found.sort();
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
}

/** SHA-256 over names and contents of some files of a folder, all where none are given. */
export async function contentHash(folder: string, files?: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files ?? (await filesIn(folder))) hash.update(relative(folder, file)).update(await readFile(file));
  return hash.digest('hex');
}

function revisionOf(dist: string): string {
  const { status, stdout } = spawnSync('git', ['-C', dist, 'describe', '--always', '--dirty=+', '--exclude=*'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : 'no commit';
}
