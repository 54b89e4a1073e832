/** What is kept of every contender: a figure a photo, so that any table, by any grouping, can be made of it later. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Fidelity, Outside } from './fidelity';

export const OUT = join('out', 'bench');
const FOLDER = join(OUT, 'protection');

/** What one judge says of one photo after one transformation. */
export interface Score {
  /** Between the clean photo, untransformed, and this one. */
  cosine: number;
  /** Share of the person's other clean photos that still match. */
  verifies: number;
  /** Whether the person is the first of the gallery. */
  first: boolean;
}

/** By judge. */
export type Judged<T> = Record<string, T>;

export interface PhotoResult {
  id: string;
  /** Side of the canonical crop in the photo's own pixels. */
  cropSide: number;
  /** By transformation and judge; fewer photos have all transformations. */
  scores: Record<string, Judged<Score>>;
  /** On the canonical crop at 256 x 256, and (fewer photos) on the whole picture. Absent for the clean photos. */
  crop?: Fidelity;
  whole?: Fidelity;
  /** Of the file, where the contender writes one of the source's own format. */
  bytes?: { before: number; after: number };
}

/** Photos of which neither is clean (for the contender `clean`: both are), as they are. */
export interface Pairs {
  count: number;
  meanCosine: number;
  /** Share over the threshold. */
  match: number;
}

/** Counts of scores in bins of 0.02 from -1 to 1. */
export type Histogram = number[];

/** A portrait of photo size. */
export interface PortraitResult {
  whole: Fidelity;
  bytes: { before: number; after: number };
  /** The same picture sent as a PNG, so that no encoder adds to what changed. */
  outside: Outside | null;
}

export interface Result {
  name: string;
  kind: 'clean' | 'cloaked' | 'earlier' | 'noise' | 'optimised';
  /** Equal where the same was measured on the same photos. */
  key: string;
  revision: string;
  /** Photos in which the engine found no face: they went out as they were and count as such. */
  uncloaked: number;
  thresholds: Judged<number>;
  photos: PhotoResult[];
  samePerson?: Judged<Pairs>;
  differentPeople?: Judged<Pairs>;
  /** `genuine`: with the person's other clean photos; `impostor` (contender `clean`): other people's. */
  histograms: Judged<{ genuine: Histogram; impostor?: Histogram }>;
  portraits?: PortraitResult[];
}

/** A file name made of any name. */
export const slug = (name: string) => name.replace(/[^\w.+-]+/g, '_');

const fileOf = (name: string) => join(FOLDER, `${slug(name)}.json`);

export async function readResult(name: string): Promise<Result | null> {
  const file = fileOf(name);
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Result) : null;
}

/** Everything measured so far. */
export async function readResults(): Promise<Result[]> {
  if (!existsSync(FOLDER)) return [];
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.json')).sort();
  return Promise.all(files.map(async (file) => JSON.parse(await readFile(join(FOLDER, file), 'utf8')) as Result));
}

export function writeResult(result: Result): Promise<void> {
  return writeWhole(fileOf(result.name), JSON.stringify(result));
}

/** A file that is there is complete, whenever the run is cut. */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.unfinished`, content);
  await rename(`${file}.unfinished`, file);
}

/** What `make` gave for the same fingerprint before, else what it gives now. */
export async function cached<T>(file: string, fingerprint: string, make: () => Promise<T>): Promise<T> {
  if (existsSync(file)) {
    const kept = JSON.parse(await readFile(file, 'utf8')) as { fingerprint: string; value: T };
    if (kept.fingerprint === fingerprint) return kept.value;
  }
  const value = await make();
  await writeWhole(file, JSON.stringify({ fingerprint, value }));
  return value;
}
