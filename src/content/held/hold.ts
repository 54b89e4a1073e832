/**
 * Hold and replay, the same for every route: files that a page was about to receive are kept back, their pictures
 * cloaked, and the page is given them once. Fails closed: what cannot be cloaked stays here until the user decides.
 */
import type { CloakReport } from '../../engine/types';
import { isConnected } from '../../shared/browser';
import type { NoticeLevel } from '../../shared/choices';
import { send } from '../../shared/messaging';
import { cloak } from '../../shared/engine-client';
import { thumbnailOf } from '../../shared/thumbnail';
import { fileWasGiven } from '../givenPictures';
import { remember, type Outcome } from '../known';
import { openCard, type Card, type Result } from '../notice/notice';
import { local } from '../ownership';
import { protectionSettings } from '../protection';
import { canBePicture } from '../sniff';
import { stopWarming } from '../warming';

export interface Batch {
  /** In the order the page would have got them. */
  files: File[];
  /** Hands the files to the page: once, with as many files, in the same order; where it throws, again if the user says so. */
  deliver(files: File[]): void | Promise<void>;
  /** The user chose that the page shall get nothing. */
  cancel(): void;
  /** Aborts when the user picked anew, or discarded the form: then neither of the two is called. */
  signal?: AbortSignal;
  /** What the page shall get before, or not: settles when that is over. */
  after?: Promise<unknown> | undefined;
  /** Where what was delivered can wait in the page until it is sent: puts others in their place. */
  exchange?: { isPossible(): boolean; perform(files: File[]): void };
}

interface Held {
  original: File;
  /** The one to hand on: the original until a cloaked one takes its place. */
  file: File;
  report?: CloakReport;
  error?: unknown;
}

/** What becomes of the whole batch, and why, where nobody was asked. */
interface Decision {
  passes: boolean;
  because: Result['because'];
}

/** Resolves when all is over, with whether the page got the files. Whatever goes wrong on the way, the page gets nothing, and the user is told. */
export async function hold(batch: Batch): Promise<boolean> {
  stopWarming();
  const held = batch.files.map((original): Held => ({ original, file: original }));
  const decided = Promise.withResolvers<boolean>();
  for (const entry of held) {
    remember(entry.original, decided.promise.then((passes): Outcome => ({ file: passes ? entry.file : null })));
  }
  let card: Card | undefined;
  try {
    const early = new AbortController(); // the user decides while it is being worked on
    card = openCard(await noticeLevel(), batch.files.map(({ name }) => name), (choice) => early.abort(choice));
    return await decideAndDeliver(held, batch, card, early.signal, decided.resolve);
  } catch (error) {
    decided.resolve(false);
    card?.failed(error);
    if (!batch.signal?.aborted) batch.cancel();
    return false;
  }
}

async function decideAndDeliver(
  held: Held[],
  { deliver, cancel, signal = new AbortController().signal, after, exchange }: Batch,
  card: Card,
  early: AbortSignal,
  decide: (passes: boolean) => void,
): Promise<boolean> {
  const { passes, because } = await protect(held, card, signal, early);
  await after;
  const mayPass = passes && !signal.aborted;
  decide(mayPass);
  const isDelivered = mayPass && (await handOver(held, deliver, card, signal));
  if (!isDelivered) {
    if (because && !mayPass && !signal.aborted) card.dropped(held.filter(({ error }) => error).length);
    else card.close();
    if (!signal.aborted) cancel();
    return false;
  }
  void conclude(held, card, because, exchange).catch(() => card.close());
  return true;
}

/** False where the page could not be given the files, and the user does not want to try again. */
async function handOver(held: Held[], deliver: Batch['deliver'], card: Card, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    try {
      await deliver(held.map(({ file }) => file));
      return true;
    } catch (error) {
      if (!(await card.askAfterDelivery(held[0]!.original.name, error, signal))) return false;
    }
  }
}

/** Tells what was done, and counts it when it stays done. */
async function conclude(held: Held[], card: Card, because: Result['because'], exchange: Batch['exchange']): Promise<void> {
  const cloaked = held.flatMap(({ report, file }) => (report?.outcome === 'cloaked' ? [{ report, file }] : []));
  const reports = cloaked.map(({ report }) => report);
  let isUndone = false;
  const undo = (): boolean => {
    if (!exchange?.isPossible()) return false;
    const originals = held.map(({ original }) => original);
    for (const file of originals) remember(file, Promise.resolve({ file }));
    exchange.perform(originals);
    return (isUndone = true);
  };
  const uncloaked = held.filter(({ error }) => error).length;
  const counts = countsOf(cloaked).catch(() => []); // now: the page may be about to go by then
  const gone = new Promise((resolve) => window.addEventListener('pagehide', resolve, { once: true }));
  await Promise.race([card.done({ reports, uncloaked, because }, exchange?.isPossible() ? undo : null), gone]);
  if (!isUndone) await counts.then(record).catch(() => {}); // only the statistics
}

type Count = Parameters<typeof send<'background', 'recordProtection'>>[2];

async function countsOf(cloaked: { report: CloakReport; file: File }[]): Promise<Count[]> {
  const { thumbnails } = await protectionSettings();
  return Promise.all(cloaked.map(async ({ report, file }) => ({ report, thumbnail: thumbnails ? await thumbnailOf(file) : null })));
}

async function record(counts: Count[]): Promise<void> {
  await Promise.all(counts.map((count) => send('background', 'recordProtection', count)));
}

/** Cloaks what can be a picture, again and again while the user says so. */
async function protect(held: Held[], card: Card, signal: AbortSignal, early: AbortSignal): Promise<Decision> {
  const arePictures = await Promise.all(held.map(({ original }) => canBePicture(original)));
  const pictures = held.filter((_, index) => arePictures[index]);
  let open = pictures;
  while (open.length > 0 && !signal.aborted) {
    await cloakAll(open, card, signal, early);
    await card.settled(signal);
    if (early.aborted) return decidedEarly(pictures, early);
    open = open.filter(({ error }) => error);
    if (open.length === 0 || signal.aborted) break;
    const known = await knownDecision();
    if (known) return known;
    const { choice, remember: forSite } = await card.askAfterFailure(open, held.length, isConnected(), signal);
    if (choice === 'retry') continue;
    if (forSite) send('background', 'rememberChoice', { choice }).catch(() => {}); // it is asked again then
    return { passes: choice === 'original', because: null };
  }
  return { passes: true, because: null };
}

async function cloakAll(open: Held[], card: Card, signal: AbortSignal, early: AbortSignal): Promise<void> {
  for (const [index, entry] of open.entries()) {
    if (early.aborted) return;
    const tell = (share: number): void => card.progress({ index, total: open.length, name: entry.original.name, share });
    tell(0);
    await cloakOne(entry, AbortSignal.any([signal, early]), tell);
  }
}

/** Nothing of it goes cloaked then: all the user's pictures as they are, or none. */
function decidedEarly(pictures: Held[], early: AbortSignal): Decision {
  for (const entry of pictures) {
    entry.file = entry.original;
    entry.error = early.reason;
    delete entry.report;
  }
  return { passes: early.reason === 'original', because: null };
}

/** Leaves in the entry the cloaked file and its report, or the error. */
async function cloakOne(entry: Held, signal: AbortSignal, onProgress: (share: number) => void): Promise<void> {
  delete entry.error;
  try {
    const { isOn, strength, metadata } = await protectionSettings();
    if (!isOn || signal.aborted || (await fileWasGiven(entry.original))) return;
    const { file, report } = await cloak(entry.original, { strength, metadata }, signal, onProgress);
    entry.report = report;
    // where nothing was changed, keep the file that the user picked
    if (report.metadata) entry.file = await local(file);
  } catch (error) {
    entry.error = error;
  }
}

/** What the user has set for pictures that cannot be cloaked; null: asks. */
async function knownDecision(): Promise<Decision | null> {
  try {
    const { siteChoice, failurePolicy } = await protectionSettings();
    if (siteChoice) return { passes: siteChoice === 'original', because: 'site' };
    return failurePolicy === 'original' ? { passes: true, because: 'policy' } : null;
  } catch {
    return null;
  }
}

function noticeLevel(): Promise<NoticeLevel> {
  return protectionSettings().then(({ notice }) => notice, () => 'all');
}
