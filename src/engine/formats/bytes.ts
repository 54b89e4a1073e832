/** Bytes, the view they are read through, and texts in them. */

export function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

export function startsWith(bytes: Uint8Array, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
}

/** @param text characters below 256 */
export function latin1Bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function latin1Text(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

/** Firefox tells what a file is by the first of its parts alone, and shows none that begins with a short one. */
const LEAST_FIRST = 4096;

/** The same parts, the first ones joined to one that is long enough. */
export function beginning(parts: BlobPart[]): BlobPart[] {
  const first: Uint8Array[] = [];
  let length = 0;
  for (const part of parts) {
    if (length >= LEAST_FIRST || !(part instanceof Uint8Array)) break;
    first.push(part);
    length += part.length;
  }
  return first.length > 1 ? [concatenate(first), ...parts.slice(first.length)] : parts;
}
