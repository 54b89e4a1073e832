/** What is kept of every contender: a figure a photo, so that any table, by any grouping, can be made of it later. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Fidelity, Outside } from './fidelity';

export const OUT = join('out', 'bench');

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
  /** Against the clean photo on the canonical crop at 256 x 256; absent for the clean photos. Says little of a face that was bent. */
  crop?: Fidelity;
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

/** What contenders are. `paint`: a cloak of paint alone; `earlier`: another build's. */
export type Kind = 'clean' | 'cloaked' | 'paint' | 'earlier' | 'noise' | 'optimised';

export interface Result {
  name: string;
  kind: Kind;
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
}

/** A portrait of photo size. */
export interface PortraitResult {
  id: string;
  /** With the clean portrait, by transformation and judge. */
  cosines: Record<string, Judged<number>>;
  /** Whether the product's own check still knows the face; null where it did not look. */
  recognised: boolean | null;
  /** Of refinement. */
  steps: number;
  bytes: { before: number; after: number };
  /** The same picture sent as a PNG, so that no encoder adds to what changed; null where the face's crop covers all of it. Some portraits only. */
  outside?: Outside | null;
}

/** The portraits of one contender. */
export interface PortraitsResult extends Pick<Result, 'name' | 'key' | 'revision' | 'uncloaked'> {
  kind: 'clean' | 'cloaked' | 'paint' | 'earlier';
  portraits: PortraitResult[];
}

/** A file name made of any name. */
export const slug = (name: string) => name.replace(/[^\w.+-]+/g, '_');

/** Keeps the results of one kind of measurement, a file a name. */
export class Results<T extends { name: string; key: string }> {
  private readonly folder: string;

  constructor(name: string) {
    this.folder = join(OUT, name);
  }

  /** Everything measured so far. */
  async readAll(): Promise<T[]> {
    if (!existsSync(this.folder)) return [];
    const files = (await readdir(this.folder)).filter((file) => file.endsWith('.json')).sort();
    return Promise.all(files.map((file) => readJson<T>(join(this.folder, file))));
  }

  /** Measures unless that was done already for the same `key`, or is to be done `again`. */
  async once(name: string, key: string, again: boolean, measure: () => Promise<T>): Promise<T> {
    const file = join(this.folder, `${slug(name)}.json`);
    if (existsSync(file) && !again) {
      const kept = await readJson<T>(file);
      if (kept.key === key) return kept;
    }
    const result = await measure();
    await writeWhole(file, JSON.stringify(result));
    return result;
  }
}

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8')) as T;
}

/** LFW, and portraits. */
export const photoResults = new Results<Result>('protection');
export const portraitResults = new Results<PortraitsResult>('portraits');

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
