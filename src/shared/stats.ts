/**
 * What was protected, kept on the device in IndexedDB: one row a picture that reached its page, and nothing of the picture
 * itself (no pixels, no name, no address); a small picture of the cloaked one only where the user has asked for it. Only extension
 * pages and the background can open it. What the figures mean: docs/statistics.md.
 */
import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from 'idb';
import * as v from 'valibot';
import type { CloakReport } from '../engine/types';
import { sureness } from './certainty';

const likeness = v.pipe(v.number(), v.finite());

/** What the on-device recogniser said of one face (see `FaceReport`). */
const checkSchema = v.object({ before: likeness, after: likeness, recognised: v.boolean() });

const protectionSchema = v.object({
  /** Milliseconds since 1970. */
  time: v.pipe(v.number(), v.finite()),
  /** Id of the site. */
  site: v.string(),
  faces: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** One for each face; empty where the self-check was off. */
  checks: v.array(checkSchema),
  /** From the file in the engine's hands to the cloaked file. */
  ms: v.pipe(v.number(), v.finite(), v.minValue(0)),
  backend: v.picklist(['webgl', 'wasm']),
});

export type Protection = v.InferOutput<typeof protectionSchema>;

export interface Totals {
  pictures: number;
  faces: number;
}

/** A calendar day on this device. */
export interface Day extends Totals {
  /** When it begins, milliseconds since 1970. */
  start: number;
}

/** How many days `Summary` looks back, today included. */
export const DAYS = 30;

export interface Summary {
  today: Totals;
  allTime: Totals;
  /** From old to new, today last. */
  days: Day[];
  /** The faces of these days that were checked, and how sure the recogniser is of them in the mean, 0 to 1; null where there are none. */
  check: { faces: number; recognised: number; before: number; after: number } | null;
}

/** One of the last protections, with its small picture where there is one. */
export interface Recent extends Protection {
  id: number;
  thumbnail: Blob | null;
}

interface StatsDatabase extends DBSchema {
  protections: { key: number; value: Protection; indexes: { time: number } };
  /** By the key of their protection. */
  thumbnails: { key: number; value: Blob };
}

type Upgrade = IDBPTransaction<StatsDatabase, ('protections' | 'thumbnails')[], 'versionchange'>;

/** One step a version: `upgrades[n]` takes a database of version n to n + 1. Old steps are never edited. */
const upgrades: ((database: IDBPDatabase<StatsDatabase>, transaction: Upgrade) => void | Promise<void>)[] = [
  (database) => {
    const store = database.createObjectStore('protections', { autoIncrement: true });
    store.createIndex('time', 'time');
  },
  async (database, transaction) => {
    database.createObjectStore('thumbnails');
    for (let cursor = await transaction.objectStore('protections').openCursor(); cursor; cursor = await cursor.continue()) {
      await cursor.update(fromVersion1(cursor.value as unknown as ProtectionOfVersion1));
    }
  },
];

/** It kept the mean over a picture's faces alone. */
export interface ProtectionOfVersion1 extends Omit<Protection, 'checks'> {
  similarity: { before: number; after: number } | null;
  /** How many. */
  recognised: number | null;
}

/** Gives each face the mean. */
export function fromVersion1({ similarity, recognised, ...rest }: ProtectionOfVersion1): Protection {
  const face = (_: unknown, index: number) => ({ ...similarity!, recognised: index < (recognised ?? 0) });
  return { ...rest, checks: similarity ? Array.from({ length: rest.faces }, face) : [] };
}

const CHANNEL = 'stats';

let opening: Promise<IDBPDatabase<StatsDatabase>> | null = null;

function open(): Promise<IDBPDatabase<StatsDatabase>> {
  opening ??= openDB<StatsDatabase>('stats', upgrades.length, {
    async upgrade(database, from, _to, transaction) {
      for (const step of upgrades.slice(from)) await step(database, transaction);
    },
    // a newer version of the extension, or somebody who deletes it, need not wait for us
    blocking() {
      void opening?.then((database) => database.close());
      opening = null;
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
  return v.parse(protectionSchema, {
    time,
    site,
    faces: report.faces.length,
    checks: report.faces.flatMap(({ similarity, recognised }) => (similarity ? [{ ...similarity, recognised }] : [])),
    ms: report.ms.total,
    backend: report.backend,
  });
}

/** So many of the last protections keep their small picture. */
const THUMBNAILS_KEPT = 20;

/** @param thumbnail a small picture of the cloaked one, only where the user has asked for it */
export async function addProtection(protection: Protection, thumbnail: Blob | null): Promise<void> {
  const transaction = (await open()).transaction(['protections', 'thumbnails'], 'readwrite');
  const key = await transaction.objectStore('protections').add(protection);
  if (thumbnail) {
    const thumbnails = transaction.objectStore('thumbnails');
    await thumbnails.put(thumbnail, key);
    const keys = await thumbnails.getAllKeys();
    for (const old of keys.slice(0, -THUMBNAILS_KEPT)) await thumbnails.delete(old);
  }
  await transaction.done;
  announce();
}

/** Deletes every row and every small picture. */
export async function clearHistory(): Promise<void> {
  const transaction = (await open()).transaction(['protections', 'thumbnails'], 'readwrite');
  await Promise.all([transaction.objectStore('protections').clear(), transaction.objectStore('thumbnails').clear(), transaction.done]);
  announce();
}

/** Deletes the small pictures and keeps the rows. */
export async function clearThumbnails(): Promise<void> {
  const database = await open();
  if ((await database.count('thumbnails')) === 0) return;
  await database.clear('thumbnails');
  announce();
}

/** Tells open extension pages that there is something new. */
function announce(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(null);
  channel.close();
}

/** Calls back when a picture was protected or the history deleted, anywhere in the extension. */
export function onStatsChange(listener: () => void): void {
  new BroadcastChannel(CHANNEL).addEventListener('message', listener);
}

export async function readSummary(now = new Date()): Promise<Summary> {
  return summarise(await (await open()).getAllFromIndex('protections', 'time'), now);
}

/** The last ones, the newest first. */
export async function readRecent(count: number): Promise<Recent[]> {
  const transaction = (await open()).transaction(['protections', 'thumbnails']);
  const recent: Recent[] = [];
  let cursor = await transaction.objectStore('protections').index('time').openCursor(null, 'prev');
  while (cursor && recent.length < count) {
    const id = cursor.primaryKey;
    recent.push({ ...cursor.value, id, thumbnail: (await transaction.objectStore('thumbnails').get(id)) ?? null });
    cursor = await cursor.continue();
  }
  return recent;
}

/** `rows` from old to new; a day is a calendar day on this device, the last of them that of `now`. */
export function summarise(rows: Protection[], now: Date): Summary {
  const midnight = (daysAgo: number): number => new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysAgo).getTime();
  const days = Array.from({ length: DAYS }, (_, index): Day => {
    const [start, end] = [midnight(DAYS - 1 - index), midnight(DAYS - 2 - index)];
    return { start, ...totals(rows.filter(({ time }) => time >= start && time < end)) };
  });
  const { pictures, faces } = days.at(-1)!;
  return {
    today: { pictures, faces },
    allTime: totals(rows),
    days,
    check: checkOf(rows.filter(({ time }) => time >= days[0]!.start)),
  };
}

function checkOf(rows: Protection[]): Summary['check'] {
  const checks = rows.flatMap((row) => row.checks);
  if (!checks.length) return null;
  const mean = (values: number[]): number => total(values) / values.length;
  return {
    faces: checks.length,
    recognised: checks.filter(({ recognised }) => recognised).length,
    before: mean(checks.map(({ before }) => sureness(before))),
    after: mean(checks.map(({ after }) => sureness(after))),
  };
}

function totals(rows: Protection[]): Totals {
  return { pictures: rows.length, faces: total(rows.map((row) => row.faces)) };
}

function total(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
