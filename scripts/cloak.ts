/**
 * `npm run cloak -- FILE|FOLDER… --out DIR [--strength NAME] [--metadata POLICY]`: cloaks pictures with the extension's own engine page in headless Chromium.
 * Writes them under their names (what is in folders keeps its place there) and `report.json`, one entry a file. A file that cannot
 * be cloaked is reported and left out; the others are done and the exit code is 1.
 */
import { existsSync, statSync } from 'node:fs';
import { copyFile, mkdir, readdir, realpath, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import type { CloakReport } from '../src/engine/types';
import { defaultMetadataPolicy, isMetadataPolicy, metadataPolicies, type MetadataPolicy } from '../src/shared/metadataPolicies';
import { defaultStrength, isStrength, strengths, type Strength } from '../src/shared/strengths';
import { buildExtension, EngineFailure, openExtension, type Extension } from './extension';

const USAGE = `npm run cloak -- FILE|FOLDER… --out DIR [--strength ${strengths.join('|')}] [--metadata ${metadataPolicies.join('|')}]`;
/** With fewer files a progress bar is no help. */
const FEW_FILES = 4;
/** Files on their way at once: the engine takes one at a time, the next is being handed over meanwhile. */
const IN_FLIGHT = 2;

interface Task {
  source: string;
  /** Relative to the output folder. */
  target: string;
}

interface Choices {
  out: string;
  strength: Strength;
  metadata: MetadataPolicy;
}

type Entry = { source: string; target: string; report: CloakReport } | { source: string; error: { code: string; message: string } };

/** A mistake in the command, told without a stack. */
class UsageError extends Error {}

async function filesOf(argument: string): Promise<Task[]> {
  if (!existsSync(argument)) throw new UsageError(`There is no file or folder ${argument}.`);
  if (!statSync(argument).isDirectory()) return [{ source: argument, target: basename(argument) }];
  const entries = await readdir(argument, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((source) => ({ source, target: relative(argument, source) }));
}

/** Two sources of one name: the second becomes `name (2).jpg`. Names that differ only in case count as the same. */
function withDistinctTargets(tasks: Task[]): Task[] {
  const taken = new Set<string>(['report.json']);
  return tasks.map(({ source, target }) => {
    const extension = extname(target);
    const stem = target.slice(0, target.length - extension.length);
    let name = target;
    for (let i = 2; taken.has(name.toLowerCase()); i++) name = `${stem} (${i})${extension}`;
    taken.add(name.toLowerCase());
    return { source, target: name };
  });
}

async function refuseOverwriting(tasks: Task[], out: string): Promise<void> {
  const sources = new Set(await Promise.all(tasks.map(({ source }) => realpath(source))));
  for (const { target } of tasks) {
    const path = join(out, target);
    if (existsSync(path) && sources.has(await realpath(path))) {
      throw new UsageError(`${path} is one of the originals: choose another folder for --out.`);
    }
  }
}

async function cloakFile(extension: Extension, { source, target }: Task, { out, strength, metadata }: Choices): Promise<Entry> {
  try {
    const { bytes, report } = await extension.cloak(source, { strength, metadata });
    const path = join(out, target);
    await mkdir(dirname(path), { recursive: true });
    if (report.metadata) await writeFile(path, bytes);
    else await copyFile(source, path);
    const { atime, mtime } = statSync(source);
    await utimes(path, atime, mtime);
    return { source, target, report };
  } catch (error) {
    if (error instanceof EngineFailure) return { source, error: { code: error.code, message: error.message } };
    return { source, error: { code: 'file', message: error instanceof Error ? error.message : String(error) } };
  }
}

async function cloakAll(tasks: Task[], choices: Choices): Promise<Entry[]> {
  const extension = await openExtension({ dist: await buildExtension() });
  const bar = new SingleBar({ format: 'cloaking {bar} {value}/{total}, {eta_formatted} left' });
  const entries: Entry[] = [];
  const queue = tasks.entries();
  const worker = async (): Promise<void> => {
    for (const [i, task] of queue) {
      entries[i] = await cloakFile(extension, task, choices);
      bar.increment();
    }
  };
  if (tasks.length >= FEW_FILES) bar.start(tasks.length, 0);
  try {
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  } finally {
    bar.stop();
    await extension.close();
  }
  return entries;
}

function summary(entries: Entry[], milliseconds: number): string {
  const reports = entries.flatMap((entry) => ('report' in entry ? [entry.report] : []));
  const cloaked = reports.filter(({ outcome }) => outcome === 'cloaked');
  const faces = cloaked.reduce((sum, report) => sum + report.faces.length, 0);
  const rate = (entries.length / (milliseconds / 1000)).toFixed(1);
  const failed = entries.length - reports.length;
  return (
    `${cloaked.length} cloaked (${faces} faces), ${reports.length - cloaked.length} without a face, ` +
    `${failed} failed; ${rate} files a second`
  );
}

async function main(): Promise<void> {
  const options = { out: { type: 'string' }, strength: { type: 'string', default: defaultStrength }, metadata: { type: 'string', default: defaultMetadataPolicy } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const { out, strength, metadata } = values;
  if (!out || !positionals.length || !isStrength(strength) || !isMetadataPolicy(metadata)) throw new UsageError(USAGE);
  const tasks = withDistinctTargets((await Promise.all(positionals.map(filesOf))).flat());
  if (!tasks.length) throw new UsageError('There are no files in what was named.');
  await refuseOverwriting(tasks, out);
  await mkdir(out, { recursive: true });

  const start = performance.now();
  const entries = await cloakAll(tasks, { out, strength, metadata });
  await writeFile(join(out, 'report.json'), JSON.stringify(entries, null, 2) + '\n');
  for (const entry of entries) if ('error' in entry) console.error(`${entry.source}: ${entry.error.message}`);
  console.log(summary(entries, performance.now() - start));
  console.log(`Report: ${join(out, 'report.json')}`.replaceAll(sep, '/'));
  if (entries.some((entry) => 'error' in entry)) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError) && !(error instanceof TypeError && 'code' in error)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
