/** Where the data lies that the project does not carry: faces and recognisers, found beside it or by NULLSWAP_DATA. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));

export const dataRoot = process.env.NULLSWAP_DATA ?? join(projectRoot, '..', 'shared');

export function hasData(): boolean {
  return existsSync(join(dataRoot, 'extractors', 'extractors.json'));
}

/** Throws a sentence that says what to do where the data is absent. */
export function requireData(): void {
  if (!hasData()) {
    throw new Error(`No faces and recognisers at ${dataRoot}: set NULLSWAP_DATA to the folder that holds faces/ and extractors/.`);
  }
}

export interface Person {
  name: string;
  /** Absolute paths, in the order of LFW's numbers. */
  photos: string[];
}

/** LFW's people in alphabetical order: those to train on, or the held-out. */
export function people(role: 'train' | 'test'): Person[] {
  const lfw = join(dataRoot, 'faces', 'lfw');
  const identities = JSON.parse(readFileSync(join(lfw, 'identities.json'), 'utf8')) as Record<typeof role, string[]>;
  return identities[role].map((name) => {
    const folder = join(lfw, 'images', name);
    return { name, photos: readdirSync(folder).sort().map((file) => join(folder, file)) };
  });
}

/** `atMost` of the portraits, evenly among all. */
export function somePortraits(atMost: number): string[] {
  const all = portraits();
  const count = Math.min(atMost, all.length);
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!);
}

export function portraits(): string[] {
  const folder = join(dataRoot, 'faces', 'portraits');
  return readdirSync(folder).filter((file) => file.endsWith('.jpg')).sort().map((file) => join(folder, file));
}
