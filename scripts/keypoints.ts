/**
 * Runs the extension's own face detector over the training photos, so that training and use see the same crops. Writes
 * `training/data/keypoints.jsonl`, one photo a line, largest face first; photos that are in the file already are
 * skipped, and so is LFW's `test` half, which nothing in training may see. `npm run keypoints -- [--dist DIR]`.
 */
import { createReadStream, existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SingleBar, Presets } from 'cli-progress';
import { buildExtension, openExtension } from './extension';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const data = process.env.NULLSWAP_DATA ?? join(root, '../shared');
const output = join(root, 'training/data/keypoints.jsonl');
const lfw = 'faces/lfw';
/** Photos on their way at once: the engine takes one at a time, the next is being handed over meanwhile. */
const IN_FLIGHT = 3;

async function photosIn(folder: string): Promise<string[]> {
  const entries = await readdir(join(data, folder), { recursive: true });
  return entries.filter((name) => /\.jpe?g$/i.test(name)).sort().map((name) => join(folder, name));
}

async function trainingPhotos(): Promise<string[]> {
  const { train } = JSON.parse(await readFile(join(data, lfw, 'identities.json'), 'utf8')) as { train: string[] };
  const folders = ['faces/sfhq', 'faces/portraits', ...train.map((person) => join(lfw, 'images', person))];
  return (await Promise.all(folders.map(photosIn))).flat();
}

async function photosDone(): Promise<Set<string>> {
  const done = new Set<string>();
  if (!existsSync(output)) return done;
  for await (const line of createInterface(createReadStream(output))) done.add(JSON.parse(line).file);
  return done;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { dist: { type: 'string' } } });
  if (!existsSync(data)) throw new Error(`No photos at ${relative('.', data)}: name their folder in NULLSWAP_DATA.`);
  const done = await photosDone();
  const photos = (await trainingPhotos()).filter((file) => !done.has(file));
  await mkdir(dirname(output), { recursive: true });

  const extension = await openExtension({ dist: values.dist ?? (await buildExtension()) });
  const bar = new SingleBar({ format: 'keypoints {bar} {value}/{total} {duration_formatted}' }, Presets.shades_classic);
  bar.start(photos.length, 0);
  const worker = async (): Promise<void> => {
    for (let file = photos.shift(); file; file = photos.shift()) {
      const { width, height, faces } = await extension.detect(join(data, file));
      await appendFile(output, JSON.stringify({ file, width, height, faces }) + '\n');
      bar.increment();
    }
  };
  try {
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  } finally {
    bar.stop();
    await extension.close();
  }
}

await main();
