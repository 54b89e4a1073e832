/** Saves cloaked pictures: one, all into a folder, or all in a zip. */
import { Zip, ZipPassThrough } from 'fflate';

export interface Saved {
  file: File;
  /** Path inside the zip or folder. */
  path: string;
}

/** What a zip without 64-bit sizes can hold, with room for its own records. */
export const MOST_ZIP_BYTES = 4e9;
export const MOST_ZIP_FILES = 65_000;

export function fitsZip(pictures: Saved[]): boolean {
  return pictures.length <= MOST_ZIP_FILES && pictures.reduce((sum, { file }) => sum + file.size, 0) <= MOST_ZIP_BYTES;
}

export function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // the browser reads it after the click
}

/** Pictures do not get smaller by zipping: they are stored as they are, one in memory at a time. */
export async function zip(pictures: Saved[]): Promise<Blob> {
  const parts: Blob[] = [];
  const failure: { error?: Error } = {};
  const archive = new Zip((error, chunk) => {
    if (error) failure.error = error;
    else parts.push(new Blob([chunk as Uint8Array<ArrayBuffer>]));
  });
  const paths = new Set<string>();
  for (const { file, path } of pictures) {
    const entry = new ZipPassThrough(freePath(path, paths));
    entry.mtime = file.lastModified;
    archive.add(entry);
    entry.push(new Uint8Array(await file.arrayBuffer()), true);
    if (failure.error) throw failure.error;
  }
  archive.end();
  return new Blob(parts, { type: 'application/zip' });
}

/** The path, or one with a number before its ending where that is taken; takes it. */
export function freePath(path: string, taken: Set<string>): string {
  const dot = path.lastIndexOf('.');
  const [stem, ending] = dot > path.lastIndexOf('/') + 1 ? [path.slice(0, dot), path.slice(dot)] : [path, ''];
  let free = path;
  for (let number = 2; taken.has(free.toLowerCase()); number++) free = `${stem} (${number})${ending}`;
  taken.add(free.toLowerCase());
  return free;
}

type Directory = FileSystemDirectoryHandle & { keys(): AsyncIterable<string> };

/** Not in TypeScript's library yet, and not in every browser. */
type Picker = (options: { mode: 'readwrite'; id: string }) => Promise<Directory>;

export const canSaveToFolder = 'showDirectoryPicker' in globalThis;

/** Null where the user chose none. */
export async function chooseFolder(): Promise<FileSystemDirectoryHandle | null> {
  try {
    return await (globalThis as unknown as { showDirectoryPicker: Picker }).showDirectoryPicker({ mode: 'readwrite', id: 'cloaked' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw error;
  }
}

/** Never writes over a file that is there already: the folder may be the one of the originals. */
export async function saveToFolder(pictures: Saved[], folder: FileSystemDirectoryHandle): Promise<void> {
  const taken = new Map<string, Set<string>>();
  for (const { file, path } of pictures) {
    const names = path.split('/');
    const name = names.pop()!;
    let directory = folder as Directory;
    for (const part of names) directory = (await directory.getDirectoryHandle(part, { create: true })) as Directory;
    const place = names.join('/');
    const there = taken.get(place) ?? (await namesIn(directory));
    taken.set(place, there);
    const handle = await directory.getFileHandle(freePath(name, there), { create: true });
    await file.stream().pipeTo(await handle.createWritable());
  }
}

async function namesIn(directory: Directory): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const name of directory.keys()) names.add(name.toLowerCase());
  return names;
}
