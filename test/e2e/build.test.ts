/** The build: the same sources give the same bytes, and a script that would start late ends it. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const vite = resolve('node_modules/vite/bin/vite.js');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nullswap-build-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function zipOfBuild(name: string): Promise<Buffer> {
  await run(process.execPath, [vite, 'build', '--outDir', join(folder, name, 'dist'), '--emptyOutDir']);
  const zips = (await readdir(join(folder, name))).filter((file) => file.endsWith('.zip'));
  expect(zips).toHaveLength(1);
  return readFile(join(folder, name, zips[0]!));
}

it('makes the same zip twice', async () => {
  const first = await zipOfBuild('first');
  const second = await zipOfBuild('second');
  expect(first.equals(second)).toBe(true);
});

it('ends where a content script would be loaded after the page has begun', async () => {
  const copy = join(folder, 'copy');
  for (const part of ['src', 'scripts', '_locales', 'models', 'samples', 'managed-schema.json', 'manifest.json', 'tsconfig.json', 'vite.config.ts', 'package.json']) await cp(part, join(copy, part), { recursive: true });
  await symlink(resolve('node_modules'), join(copy, 'node_modules'));
  // without `.iife` in its name crxjs gives it a loader that imports it
  await cp(join(copy, 'src/content/content.iife.ts'), join(copy, 'src/content/content.ts'));
  const manifest = await readFile('scripts/manifest.ts', 'utf8');
  await writeFile(join(copy, 'scripts/manifest.ts'), manifest.replace('content/content.iife.ts', 'content/content.ts'));
  const build = run(process.execPath, [vite, 'build', '--mode', 'demo'], { cwd: copy });
  await expect(build).rejects.toMatchObject({ stderr: expect.stringContaining('is not self-contained') });
});
