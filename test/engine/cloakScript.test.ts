/** `npm run cloak` as a user calls it. */
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sample } from './harness';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nullswap-test-'));
  await mkdir(join(folder, 'in/holiday'), { recursive: true });
  await copyFile(sample('portrait-2.jpg'), join(folder, 'in/a.jpg'));
  await copyFile(sample('portrait-3.jpg'), join(folder, 'in/holiday/a.jpg'));
  await writeFile(join(folder, 'in/notes.txt'), 'no picture');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync('npm', ['run', '--silent', 'cloak', '--', ...args], { encoding: 'utf8' });
const inFolder = (...path: string[]): string => join(folder, ...path);
const same = async (a: string, b: string): Promise<boolean> => (await readFile(inFolder(a))).equals(await readFile(inFolder(b)));

it('cloaks folders and files, keeps their places and tells names apart', async () => {
  const { status, stdout } = run(inFolder('in'), inFolder('in/a.jpg'), '--out', inFolder('out'));
  expect(status).toBe(0);
  expect(stdout).toContain('3 cloaked (3 faces), 1 without a face, 0 failed');
  expect(await same('in/a.jpg', 'out/a.jpg')).toBe(false);
  expect(await same('in/holiday/a.jpg', 'out/holiday/a.jpg')).toBe(false);
  expect(await same('out/a.jpg', 'out/a (2).jpg')).toBe(true);
  expect(await same('in/notes.txt', 'out/notes.txt')).toBe(true);
  const report = JSON.parse(await readFile(inFolder('out/report.json'), 'utf8')) as { target: string; report: { outcome: string } }[];
  expect(Object.fromEntries(report.map((entry) => [entry.target, entry.report.outcome]))).toEqual({
    'a.jpg': 'cloaked',
    'holiday/a.jpg': 'cloaked',
    'notes.txt': 'not-an-image',
    'a (2).jpg': 'cloaked',
  });
});

it('reports a bad file, does the rest and says so by its exit code', async () => {
  await writeFile(inFolder('cut.jpg'), (await readFile(sample('portrait.jpg'))).subarray(0, 400));
  const { status, stdout, stderr } = run(inFolder('cut.jpg'), inFolder('in/a.jpg'), '--out', inFolder('out2'));
  expect(status).toBe(1);
  expect(stdout).toContain('1 cloaked');
  expect(stderr).toContain('cut.jpg: This picture is damaged');
  const [bad] = JSON.parse(await readFile(inFolder('out2/report.json'), 'utf8')) as { error: { code: string } }[];
  expect(bad!.error.code).toBe('decode');
});

it('refuses to write over the originals, and what does not exist', () => {
  const overwriting = run(inFolder('in'), '--out', inFolder('in'));
  expect(overwriting.status).toBe(2);
  expect(overwriting.stderr).toContain('is one of the originals');
  const missing = run(inFolder('nowhere'), '--out', inFolder('out3'));
  expect(missing.status).toBe(2);
  expect(missing.stderr).toContain('There is no file or folder');
  expect(run('--out', inFolder('out3')).status).toBe(2);
  const nameless = run(inFolder('in'), '--out', inFolder('out3'), '--strength', 'invincible');
  expect(nameless.status).toBe(2);
  expect(nameless.stderr).toContain('gentle|standard|strong]');
});
