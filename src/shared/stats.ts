/**
 * What was protected, kept on the device in IndexedDB: one row a picture that reached its page, and nothing of the
 * picture itself (no pixels, no name, no address). Only extension pages and the background can open it.
 */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import * as v from 'valibot';
import type { CloakReport } from '../engine/types';

const protectionSchema = v.object({
  /** Milliseconds since 1970. */
  time: v.pipe(v.number(), v.finite()),
  /** Id of the site (sites.ts). */
  site: v.string(),
  faces: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Mean over the faces, by the on-device recogniser (see `FaceReport`); null where the self-check was off. */
  similarity: v.nullable(v.object({ before: v.pipe(v.number(), v.finite()), after: v.pipe(v.number(), v.finite()) })),
  /** Faces that the on-device recogniser still takes for the same person; null where the self-check was off. */
  recognised: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))),
  /** From the file in the engine's hands to the cloaked file. */
  ms: v.pipe(v.number(), v.finite(), v.minValue(0)),
  backend: v.picklist(['webgl', 'wasm']),
});

export type Protection = v.InferOutput<typeof protectionSchema>;

export interface Totals {
  pictures: number;
  faces: number;
}

export interface Summary {
  today: Totals;
  allTime: Totals;
  /** All faces that were checked, and their mean similarity; null before the first. */
  check: { faces: number; recognised: number; before: number; after: number } | null;
  /** What the last picture was computed on; null before the first. */
  backend: CloakReport['backend'] | null;
}

interface StatsDatabase extends DBSchema {
  protections: { key: number; value: Protection; indexes: { time: number } };
}

/** One step a version: `upgrades[n]` takes a database of version n to n + 1. Old steps are never edited. */
const upgrades: ((database: IDBPDatabase<StatsDatabase>) => void)[] = [
  (database) => {
    const store = database.createObjectStore('protections', { autoIncrement: true });
    store.createIndex('time', 'time');
  },
];

const CHANNEL = 'stats';

let opening: Promise<IDBPDatabase<StatsDatabase>> | null = null;

function open(): Promise<IDBPDatabase<StatsDatabase>> {
  opening ??= openDB<StatsDatabase>('stats', upgrades.length, {
    upgrade(database, from) {
      for (const step of upgrades.slice(from)) step(database);
    },
    terminated() {
      opening = null;
    },
  }).catch((error: unknown) => {
    opening = null;
    throw error;
  });
  return opening;
}

/** The row for one cloaked picture; null for a report of one that was not cloaked. Throws on nonsense. */
export function protectionOf(report: CloakReport, site: string, time: number): Protection | null {
  if (report.outcome !== 'cloaked') return null;
  const checked = report.faces.flatMap((face) => (face.similarity ? [face.similarity] : []));
  return v.parse(protectionSchema, {
    time,
    site,
    faces: report.faces.length,
    similarity: checked.length ? { before: mean(checked.map((s) => s.before)), after: mean(checked.map((s) => s.after)) } : null,
    recognised: checked.length ? report.faces.filter((face) => face.recognised).length : null,
    ms: report.ms.total,
    backend: report.backend,
  });
}

export async function addProtection(protection: Protection): Promise<void> {
  await (await open()).add('protections', protection);
}

/** Tells open extension pages that there is a new row. */
export function announceProtection(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(null);
  channel.close();
}

export function onProtection(listener: () => void): void {
  new BroadcastChannel(CHANNEL).addEventListener('message', listener);
}

export async function readSummary(now = new Date()): Promise<Summary> {
  return summarise(await (await open()).getAllFromIndex('protections', 'time'), now);
}

/** `rows` from old to new; "today" is the calendar day of `now` on this device. */
export function summarise(rows: Protection[], now: Date): Summary {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  return {
    today: totals(rows.filter((row) => row.time >= midnight)),
    allTime: totals(rows),
    check: checkOf(rows),
    backend: rows.at(-1)?.backend ?? null,
  };
}

function checkOf(rows: Protection[]): Summary['check'] {
  const checked = rows.flatMap(({ similarity, recognised, faces }) => (similarity ? [{ ...similarity, recognised, faces }] : []));
  const faces = total(checked.map((row) => row.faces));
  if (faces === 0) return null;
  return {
    faces,
    recognised: total(checked.map((row) => row.recognised ?? 0)),
    before: total(checked.map((row) => row.before * row.faces)) / faces,
    after: total(checked.map((row) => row.after * row.faces)) / faces,
  };
}

function totals(rows: Protection[]): Totals {
  return { pictures: rows.length, faces: total(rows.map((row) => row.faces)) };
}

function total(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function mean(values: number[]): number {
  return total(values) / values.length;
}
