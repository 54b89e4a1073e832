/**
 * Uploads by all routes in two tabs while parts of the extension are ended at random: what becomes of them. The same seed gives the same uploads
 * and faults; when each fault falls into its upload depends on the machine.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { startDemoSite, type DemoSite } from '../../sites/demo-site';
import { openBrowser, type Page, type TestBrowser } from './browser';
import { press, readNotice } from './notice';
import { outcomeOf } from './outcome';
import { makeFiles, type Files } from './pictures';
import { routes, type Route } from './routes';

/** What is ended while an upload is under way, and how many of a hundred uploads it is. */
const FAULTS = { none: 60, worker: 14, engine: 14, graphics: 8, process: 4 } as const;
export type Fault = keyof typeof FAULTS;
export const faults = Object.keys(FAULTS) as Fault[];

const PICTURES = ['small', 'small2', 'small3'] as const;
const OTHERS = ['landscape', 'pdf'] as const;
type Kind = (typeof PICTURES | typeof OTHERS)[number] | 'smallPng';

/** Of a fault, from when the file was brought in. */
const LATEST_FAULT_MS = 1500;
/** Else Chromium gives up WebGL for good when its graphics process has ended a few times. */
const ENDLESS_GRAPHICS = '--disable-gpu-process-crash-limit';
/** Until somebody would give up. */
const PATIENCE_MS = 120_000;
/** For a second copy to come. */
const DOUBLE_MS = 600;

/** What an upload came to, seen from the page's server and the user. */
export interface Upload {
  number: number;
  route: string;
  kind: Kind;
  fault: Fault;
  /** Faults that fell into its time, its own and the other tab's. */
  faultsMeanwhile: number;
  /** How often the user was asked. */
  asked: number;
  /** What the card said then. */
  said: string[];
  copies: number;
  /** A face arrived as it was. */
  isOriginalOut: boolean;
  /** Nothing arrived, and nobody was asked any more. */
  isLost: boolean;
  /** As before, but a card still said that it was being worked on. */
  isHung: boolean;
}

export interface SoakOptions {
  uploads: number;
  seed: number;
  /** No further upload begins after so long. */
  mostMs?: number;
  onUpload?: (upload: Upload) => void;
}

/** Uniform in [0, 1) (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Plan {
  number: number;
  route: Route;
  kind: Kind;
  fault: Fault;
  delay: number;
}

function planOf(number: number, random: () => number): Plan {
  const route = routes[Math.floor(random() * routes.length)]!;
  const others = route.name.startsWith('feed') ? OTHERS.filter((kind) => kind !== 'pdf') : OTHERS; // which takes no documents
  const kinds: readonly Kind[] = route.isPaste ? ['smallPng'] : random() < 0.75 ? [...PICTURES, 'smallPng'] : others;
  const kind = kinds[Math.floor(random() * kinds.length)]!;
  let left = random() * 100;
  const fault = faults.find((name) => (left -= FAULTS[name]) < 0) ?? 'none';
  return { number, route, kind, fault, delay: random() * LATEST_FAULT_MS };
}

export async function soak({ uploads, seed, mostMs = Infinity, onUpload = () => {} }: SoakOptions): Promise<Upload[]> {
  const [site, files, browser] = await Promise.all([startDemoSite(), makeFiles(), openBrowser({ isQuick: true, args: [ENDLESS_GRAPHICS] })]);
  const random = randomNumbers(seed);
  const plans = Array.from({ length: uploads }, (_, i) => planOf(i + 1, random));
  const results: Upload[] = [];
  const end = Date.now() + mostMs;
  try {
    const run = new Soak(site, files, browser);
    const tab = async (): Promise<void> => {
      for (let plan = plans.shift(); plan && Date.now() < end; plan = plans.shift()) {
        const upload = await run.upload(plan);
        results.push(upload);
        onUpload(upload);
      }
    };
    await Promise.all([tab(), tab()]);
    return results;
  } finally {
    await browser.close();
    await site.close();
  }
}

class Soak {
  private faultsSoFar = 0;
  /** While the extension is being started again: no page is opened then. */
  private reviving: Promise<void> | null = null;
  /** Pages that are on their way. */
  private readonly opening = new Set<Promise<Page>>();
  /** There is one clipboard, and what is pasted has no name of its own: one at a time. */
  private pasting: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly site: DemoSite,
    private readonly files: Files,
    private readonly browser: TestBrowser,
  ) {}

  async upload(plan: Plan): Promise<Upload> {
    if (!plan.route.isPaste) return this.uploadNow(plan);
    const turn = this.pasting.then(() => this.uploadNow(plan));
    this.pasting = turn.catch(() => {});
    return turn;
  }

  private async uploadNow(plan: Plan): Promise<Upload> {
    const { number, route, kind, fault } = plan;
    const bytes = await this.unique(kind, number);
    const path = join(this.files.folder, `u${number}.${kind === 'pdf' ? 'pdf' : kind === 'smallPng' ? 'png' : 'jpg'}`);
    await writeFile(path, bytes);
    const from = this.site.received.length;
    const copies = (): Buffer[] =>
      this.site.received.slice(from).flatMap(({ name, bytes }) => (route.isPaste ? name === 'image.png' : name.startsWith(`u${number}.`)) ? [bytes] : []);
    const faultsBefore = this.faultsSoFar;
    const result: Upload = { number, route: route.name, kind, fault, faultsMeanwhile: 0, asked: 0, said: [], copies: 0, isOriginalOut: false, isLost: false, isHung: false };
    const failing = this.after(plan.delay, fault);
    let page = await this.bringIn(route, path);
    const until = Date.now() + PATIENCE_MS;
    while (copies().length === 0 && Date.now() < until) {
      await new Promise((next) => setTimeout(next, 250));
      const notice = await readNotice(page).catch(() => null);
      if (notice?.role !== 'alertdialog') continue;
      result.asked += 1;
      result.said.push(notice.text);
      if (await this.isExtensionGone()) {
        await this.revive();
        await page.close();
        page = await this.bringIn(route, path);
      } else await press(page, notice.text.includes('extensions page') ? 'Cancel' : 'Try again').catch(() => {}); // it may be over by then
      if (notice.text.includes('extensions page')) {
        // it was started again meanwhile, for the other tab's sake
        await page.close();
        page = await this.bringIn(route, path);
      }
    }
    await failing;
    await new Promise((next) => setTimeout(next, DOUBLE_MS));
    const arrived = copies();
    const last = await readNotice(page).catch(() => null);
    await page.close();
    const outcomes = await Promise.all(arrived.map((copy) => outcomeOf(bytes, copy)));
    return {
      ...result,
      faultsMeanwhile: this.faultsSoFar - faultsBefore,
      copies: arrived.length,
      isOriginalOut: !OTHERS.includes(kind as 'pdf') && outcomes.includes('original'),
      isHung: arrived.length === 0 && last !== null,
      isLost: arrived.length === 0 && last === null,
    };
  }

  /** The page that has, or waits for, the file. */
  private async bringIn(route: Route, path: string): Promise<Page> {
    await this.reviving;
    const opening = this.browser.open(this.site.url + route.path);
    this.opening.add(opening);
    const page = await opening.finally(() => this.opening.delete(opening));
    page.setDefaultTimeout(PATIENCE_MS); // the file may be held for so long before there is something to be sent
    await route.send(page, path);
    route.submit?.(page).catch(() => {}); // it may wait until the user has decided
    return page;
  }

  /** The same picture with a mark of its own. */
  private async unique(kind: Kind, number: number): Promise<Buffer> {
    const bytes = await readFile(this.files[kind]);
    const mark = Buffer.from(`upload ${number}`);
    if (kind === 'pdf') return Buffer.concat([bytes, Buffer.from('\n%'), mark]);
    if (kind === 'smallPng') {
      const chunk = Buffer.concat([Buffer.from('tEXtComment\0'), mark]);
      const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
      length.writeUInt32BE(chunk.length - 4);
      check.writeUInt32BE(crc32(chunk));
      return Buffer.concat([bytes.subarray(0, 33), length, chunk, check, bytes.subarray(33)]);
    }
    return Buffer.concat([bytes.subarray(0, 2), Buffer.from([0xff, 0xfe, 0, mark.length + 2]), mark, bytes.subarray(2)]);
  }

  private async after(milliseconds: number, fault: Fault): Promise<void> {
    if (fault === 'none') return;
    await new Promise((next) => setTimeout(next, milliseconds));
    if (this.reviving) return; // there is nothing to be ended
    this.faultsSoFar += 1;
    // what is not there, or ends by itself in this very moment, cannot be ended
    if (fault === 'worker') await this.browser.killWorker().catch(() => {});
    if (fault === 'engine') await this.browser.killEngine().catch(() => {});
    if (fault === 'graphics') await this.browser.killGraphics();
    if (fault === 'process') await this.revive(() => this.browser.killExtension());
  }

  private async isExtensionGone(): Promise<boolean> {
    return (await this.browser.extensionState()) !== 'ENABLED';
  }

  /**
   * As the card says it, where it is necessary.
   * @param end ends it before, when no page is just being opened: one that is, or is opened before the extension runs again, gets none of its
   * scripts from the browser, and is not what is tried here
   */
  private revive(end?: () => Promise<void>): Promise<void> {
    const run = async (): Promise<void> => {
      if (end) await Promise.all(this.opening).then(end);
      await this.browser.reviveExtension();
    };
    this.reviving ??= run().finally(() => (this.reviving = null));
    return this.reviving;
  }
}
