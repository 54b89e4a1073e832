/**
 * `npm run bench:memory [-- FILE… | --megapixels 12,48,108] [--dist DIR] [--docs]`: the most memory that the browser's processes hold while the
 * built extension cloaks a large JPEG with five faces, or pictures of one's own: their proportional share of all pages (`Pss` of /proc/PID/smaps_rollup,
 * Linux only), looked at ten times a second. The file is chosen from the disk, and what comes back is not read. Prints what the
 * browser holds before as well.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { buildExtension, EngineFailure, openExtension } from '../scripts/extension';
import { markdownTable, updateTable } from './table';

const PORTRAITS = ['portrait.jpg', 'portrait-2.jpg', 'portrait-3.jpg', 'portrait.jpg', 'portrait-2.jpg'].map((name) => join(import.meta.dirname, '../samples', name));
const INTERVAL = 100;
const MIB = 1024;

const { values: options, positionals: files } = parseArgs({
  allowPositionals: true,
  options: { megapixels: { type: 'string', default: '12,48,108' }, dist: { type: 'string' }, docs: { type: 'boolean', default: false } },
});

/** Four to three, textured ground, faces of about a tenth of its width. */
async function writePhoto(megapixels: number, path: string): Promise<void> {
  const width = Math.round(Math.sqrt((megapixels * 1e6 * 4) / 3));
  const height = Math.round((megapixels * 1e6) / width);
  const side = Math.round(width / 6);
  const layers = await Promise.all(
    PORTRAITS.map(async (portrait, i) => ({ input: await sharp(portrait).resize(side, side).toBuffer(), left: Math.round((i + 0.05) * (width / 5)), top: Math.round(height * (0.1 + 0.15 * i)) })),
  );
  const grain = await sharp({ create: { width: 1024, height: 768, channels: 3, background: '#808080', noise: { type: 'gaussian', mean: 120, sigma: 18 } } }).png().toBuffer();
  const ground = await sharp(grain).resize(width, height, { kernel: 'linear' }).png({ compressionLevel: 0 }).toBuffer();
  await sharp(ground, { limitInputPixels: false }).composite(layers).jpeg({ quality: 90 }).toFile(path);
}

/** MiB by kind of process (`renderer`, `gpu-process`, `browser`…) of all that this process has started. */
async function memory(): Promise<Map<string, number>> {
  const processes = await Promise.all((await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(readProcess));
  const known = processes.filter((one) => one !== null);
  const ours = new Set([process.pid]);
  for (let grown = true; grown; ) {
    const children = known.filter(({ pid, parent }) => ours.has(parent) && !ours.has(pid));
    grown = children.length > 0;
    for (const { pid } of children) ours.add(pid);
  }
  const sums = new Map<string, number>();
  for (const { pid, kind, pss } of known) {
    if (ours.has(pid) && pid !== process.pid && kind) sums.set(kind, (sums.get(kind) ?? 0) + pss / MIB);
  }
  return sums;
}

async function readProcess(pid: string): Promise<{ pid: number; parent: number; kind: string | null; pss: number } | null> {
  try {
    const [status, command, rollup] = await Promise.all(['status', 'cmdline', 'smaps_rollup'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8')));
    const kind = /chrom/i.test(command!) ? (/--type=([\w-]+)/.exec(command!)?.[1] ?? 'browser') : null;
    return { pid: Number(pid), parent: Number(/PPid:\s*(\d+)/.exec(status!)![1]), kind, pss: Number(/^Pss:\s*(\d+)/m.exec(rollup!)![1]) };
  } catch {
    return null; // it has ended meanwhile
  }
}

const total = (sums: Map<string, number>): number => [...sums.values()].reduce((sum, value) => sum + value, 0);

/** The sums at the moment when all processes together hold most. */
async function peakDuring(work: Promise<unknown>): Promise<Map<string, number>> {
  let peak = new Map<string, number>();
  let running = true;
  const done = work.finally(() => (running = false));
  while (running) {
    const now = await memory();
    if (total(now) > total(peak)) peak = now;
    await new Promise((next) => setTimeout(next, INTERVAL));
  }
  await done;
  return peak;
}

async function rowOfPhoto(dist: string, megapixels: number): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'nullswap-memory-'));
  try {
    const path = join(folder, 'large.jpg');
    await writePhoto(megapixels, path);
    return await row(dist, `${megapixels} megapixels`, path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function row(dist: string, name: string, path: string): Promise<string[]> {
  const extension = await openExtension({ dist });
  try {
    await extension.warm();
    const before = await memory();
    let outcome = '';
    const work = extension.report(path).then(
      (report) => (outcome = `${report.outcome}, ${report.faces.length} faces`),
      (error: unknown) => {
        if (!(error instanceof EngineFailure)) throw error;
        outcome = `held: ${error.message}`;
      },
    );
    const peak = await peakDuring(work);
    const of = (sums: Map<string, number>, kind: string): string => (sums.get(kind) ?? 0).toFixed(0);
    const growth = (total(peak) - total(before)).toFixed(0);
    return [name, outcome, total(before).toFixed(0), total(peak).toFixed(0), growth, of(peak, 'renderer'), of(peak, 'gpu-process'), of(peak, 'browser')];
  } finally {
    await extension.close();
  }
}

const dist = options.dist ?? (await buildExtension());
const measures = files.length
  ? files.map((path) => () => row(dist, basename(path), path))
  : options.megapixels.split(',').map((megapixels) => () => rowOfPhoto(dist, Number(megapixels)));
const rows: string[][] = [];
for (const measure of measures) {
  rows.push(await measure());
  console.log(rows.at(-1)!.join(' | '));
}
const table = markdownTable(['picture', 'outcome', 'before, MiB', 'at most, MiB', 'growth, MiB', 'of it renderers', 'of it graphics process', 'of it browser'], rows);
if (options.docs && !files.length) await updateTable(join(import.meta.dirname, '../docs/benchmarks.md'), 'bench:memory', table);
