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

/** Of a page's file or of ours. */
export async function bytesOf(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(ours(await blob.arrayBuffer()));
}
