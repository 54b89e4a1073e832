/**
 * Knows again, by a digest of their bytes, the cloaked pictures that this page was given: what comes back in a paste, from the page's own storage or
 * as an upload is not cloaked twice. In memory, as long as the page.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { toBase64 } from '../shared/dataAddress';
import { bytesOf, ours } from './ownership';

const MOST = 1000;

/** By size, so that no digest is made of what cannot be one. */
const given = new Map<number, Set<string>>();
const order: [size: number, digest: string][] = [];

/** @param file cloaked: no original may ever come here */
export async function rememberGiven(file: Blob): Promise<void> {
  const bytes = await bytesOf(file);
  const digest = await longDigestOf(bytes);
  const known = given.get(bytes.length) ?? new Set();
  if (known.has(digest)) return;
  given.set(bytes.length, known.add(digest));
  order.push([bytes.length, digest]);
  if (order.length > MOST) forget(order.shift()!);
}

function forget([size, digest]: [number, string]): void {
  const known = given.get(size)!;
  known.delete(digest);
  if (known.size === 0) given.delete(size);
}

export function wasGiven(bytes: Uint8Array): boolean {
  return given.get(bytes.length)?.has(digestOf(bytes)) ?? false;
}

/** As `wasGiven`. False for what cannot be read. */
export async function fileWasGiven(file: Blob): Promise<boolean> {
  const known = given.get(file.size);
  if (!known) return false;
  try {
    return known.has(await longDigestOf(await bytesOf(file)));
  } catch {
    return false;
  }
}

/** At once: an event cannot wait. */
export function digestOf(bytes: Uint8Array): string {
  return toBase64(sha256(bytes));
}

/** The same, by the browser, where the page has it do so (secure contexts). */
async function longDigestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const { subtle } = crypto as { subtle?: SubtleCrypto };
  return subtle ? toBase64(new Uint8Array(ours(await subtle.digest('SHA-256', bytes)))) : digestOf(bytes);
}
