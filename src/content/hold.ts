/**
 * Hold and replay, the same for every route: files that a page was about to receive are kept back, their pictures
 * cloaked, and the page is given them once. Fails closed: what cannot be cloaked stays here until the user decides.
 */
import type { CloakReport } from '../engine/types';
import { send } from '../shared/messaging';
import { cloak } from './engine-client';
import { remember, type Outcome } from './known';
import { openCard, type Card } from './notice/notice';
import { protectionSettings } from './protection';
import { canBePicture } from './sniff';

export interface Batch {
  /** In the order the page would have got them. */
  files: File[];
  /** Hands the files to the page. Called at most once, with as many files, in the same order. */
  deliver(files: File[]): void | Promise<void>;
  /** The user chose that the page shall get nothing. */
  cancel(): void;
  /** Aborts when the user picked anew: then neither of the two is called. */
  signal?: AbortSignal;
}

interface Held {
  /** The one to hand on: the original until a cloaked one takes its place. */
  file: File;
  report?: CloakReport;
  error?: unknown;
}

/** Resolves when all is over, with whether the page got the files. */
export async function hold({ files, deliver, cancel, signal = new AbortController().signal }: Batch): Promise<boolean> {
  const card = openCard();
  const held = files.map((file): Held => ({ file }));
  const decided = Promise.withResolvers<boolean>();
  for (const [index, file] of files.entries()) {
    remember(file, decided.promise.then((passes): Outcome => ({ file: passes ? held[index]!.file : null })));
  }
  const mayPass = (await protect(held, card, signal)) && !signal.aborted;
  decided.resolve(mayPass);
  if (!mayPass) {
    card.close();
    if (!signal.aborted) cancel();
    return false;
  }
  await deliver(held.map(({ file }) => file));
  const cloaked = held.flatMap(({ report, file }) => (report?.outcome === 'cloaked' ? [{ report, file }] : []));
  card.done(cloaked.map(({ report }) => report), held.filter(({ error }) => error).length);
  void record(cloaked).catch(() => {}); // only the statistics
  return true;
}

async function record(cloaked: { report: CloakReport; file: File }[]): Promise<void> {
  const { thumbnails } = await protectionSettings();
  for (const { report, file } of cloaked) await send('background', 'recordProtection', { report, file: thumbnails ? file : null });
}

/** Cloaks what can be a picture, again and again while the user says so; false when the page shall get nothing. */
async function protect(held: Held[], card: Card, signal: AbortSignal): Promise<boolean> {
  const arePictures = await Promise.all(held.map(({ file }) => canBePicture(file)));
  let open = held.filter((_, index) => arePictures[index]);
  while (open.length > 0 && !signal.aborted) {
    for (const [index, entry] of open.entries()) {
      card.progress(index, open.length);
      await cloakOne(entry, signal, (done) => card.progress(index, open.length, done));
    }
    open = open.filter(({ error }) => error);
    if (open.length === 0 || signal.aborted) return true;
    const choice = (await passesFailures()) ? 'original' : await card.askAfterFailure(open, held.length, signal);
    if (choice !== 'retry') return choice === 'original';
  }
  return true;
}

/** Leaves in the entry the cloaked file and its report, or the error. */
async function cloakOne(entry: Held, signal: AbortSignal, onProgress: (done: number) => void): Promise<void> {
  delete entry.error;
  try {
    const { isOn, strength, metadata } = await protectionSettings();
    if (!isOn || signal.aborted) return;
    const { file, report } = await cloak(entry.file, { strength, metadata }, signal, onProgress);
    entry.report = report;
    // anything but `cloaked` means the very same bytes: keep the file that the user picked
    if (report.outcome === 'cloaked') entry.file = file;
  } catch (error) {
    entry.error = error;
  }
}

async function passesFailures(): Promise<boolean> {
  const { failurePolicy } = await protectionSettings().catch(() => ({ failurePolicy: 'hold' }));
  return failurePolicy === 'original';
}
