/** Whose a file or its bytes are, where the page's world and the extension's have objects of their own each (forThePage.ts says more). */

/** In Firefox's content scripts alone. */
const { cloneInto } = globalThis as { cloneInto?: <T>(value: T, world: object) => T };

export const areApart = cloneInto !== undefined;

export function forPage<T extends Blob>(file: T): T {
  return cloneInto ? cloneInto(file, window) : file;
}

/** What is the page's, or a copy where that cannot be worked with. */
export function ours<T extends Blob | ArrayBuffer>(value: T): T {
  return cloneInto ? cloneInto(value, globalThis) : value;
}

/**
 * The same with its bytes in this process. Firefox sends no part of a file that lies in another, as one does that came by message: a request with a slice
 * of it fails, and so does every upload in pieces.
 */
export async function local(file: File): Promise<File> {
  return areApart ? new File([await bytesOf(file)], file.name, { type: file.type, lastModified: file.lastModified }) : file;
}

/** Of a page's file or of ours. */
export async function bytesOf(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(ours(await blob.arrayBuffer()));
}
