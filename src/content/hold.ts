/**
 * Hold and replay, the same for every route: files that a page was about to receive are kept back, their pictures
 * cloaked, and the page is given them once. Fails closed: what cannot be cloaked stays here until the user decides.
 */
import { CloakError, type CloakReport } from '../engine/types';
import { send } from '../shared/messaging';
import type { Settings } from '../shared/settings';
import { cloak } from './engine-client';
import { openCard, type Card } from './notice/notice';
import { protectionSettings } from './protection';
import { canBePicture } from './sniff';

export interface Batch {
  /** In the order the page would have got them. */
  files: File[];
  /** Hands the files to the page. Called at most once, with as many files, in the same order. */
  deliver(files: File[]): void;
  /** The user chose that the page shall get nothing. */
  cancel(): void;
  /** Aborts when the user picked anew: then neither of the two is called. */
  signal?: AbortSignal;
}

interface Held {
  file: File;
  isPicture: boolean;
  report?: CloakReport;
  error?: unknown;
}

/** Resolves when the page has the files, or will not get them. */
export async function hold(batch: Batch): Promise<void> {
  const signal = batch.signal ?? new AbortController().signal;
  const card = openCard();
  try {
    const held = await protect(batch.files, card, signal);
    if (signal.aborted) return card.close();
    if (!held) {
      card.close();
      return batch.cancel();
    }
    batch.deliver(held.map(({ file }) => file));
    const reports = held.flatMap(({ report }) => (report?.outcome === 'cloaked' ? [report] : []));
    card.done(reports, held.filter(({ error }) => error).length);
    for (const report of reports) send('background', 'recordProtection', { report }).catch(() => {}); // only the statistics
  } catch (error) {
    card.close();
    throw error;
  }
}

/** The files as the page shall get them; null when it shall get none. */
async function protect(files: File[], card: Card, signal: AbortSignal): Promise<Held[] | null> {
  const held = await Promise.all(files.map(async (file): Promise<Held> => ({ file, isPicture: await canBePicture(file) })));
  let open = held.filter(({ isPicture }) => isPicture);
  while (open.length > 0 && !signal.aborted) {
    const settings = await cloakAll(open, card, signal);
    open = open.filter(({ error }) => error);
    if (open.length === 0 || signal.aborted) break;
    const choice = settings?.failurePolicy === 'original' ? 'original' : await card.askAfterFailure(open, held.length, signal);
    if (choice === 'cancel') return null;
    if (choice === 'original') break;
  }
  return held;
}

/** Leaves in each entry the cloaked file and its report, or the error. */
async function cloakAll(entries: Held[], card: Card, signal: AbortSignal): Promise<Settings | null> {
  for (const entry of entries) delete entry.error;
  try {
    const settings = await protectionSettings();
    if (!settings.isOn) return settings;
    for (const [index, entry] of entries.entries()) {
      if (signal.aborted) break;
      card.progress(index, entries.length);
      await cloakOne(entry, settings, signal);
    }
    return settings;
  } catch {
    const error = new CloakError('engine', 'NullSwap was updated or switched off. Reload this page to go on.');
    for (const entry of entries) entry.error = error;
    return null;
  }
}

async function cloakOne(entry: Held, { mode }: Settings, signal: AbortSignal): Promise<void> {
  try {
    const { file, report } = await cloak(entry.file, mode, signal);
    entry.report = report;
    // anything but `cloaked` means the very same bytes: keep the file that the user picked
    if (report.outcome === 'cloaked') entry.file = file;
  } catch (error) {
    entry.error = error;
  }
}
