/** The files that a person drops, pastes or chooses, folders walked through. */
import { pictureType } from '../shared/imageType';

export interface Source {
  file: File;
  /** Where it is in the folder it came from, its name included; the name alone where it came by itself. */
  path: string;
}

export function fromInput(files: FileList | null): Source[] {
  return [...(files ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/** Of a drop or a paste; to be called while its event is being handled. */
export async function fromTransfer(transfer: DataTransfer): Promise<Source[]> {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  // all at once: the browser empties the transfer after the event
  const entries = items.map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const sources: Source[] = [];
  for (const { entry, file } of entries) {
    if (entry?.isDirectory) await walk(entry as FileSystemDirectoryEntry, sources);
    else if (file) sources.push({ file, path: file.name });
  }
  return sources;
}

async function walk(directory: FileSystemDirectoryEntry, found: Source[]): Promise<void> {
  const reader = directory.createReader();
  for (;;) {
    // gives some of them at a time, and none when it is through
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (!entries.length) return;
    for (const entry of entries) {
      if (entry.isDirectory) await walk(entry as FileSystemDirectoryEntry, found);
      else found.push({ file: await fileOf(entry as FileSystemFileEntry), path: entry.fullPath.slice(1) });
    }
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** Told by its content. Of a folder nobody expects everything to be a picture. */
export async function isPicture({ file }: Source): Promise<boolean> {
  return (await pictureType(file)) !== null;
}
