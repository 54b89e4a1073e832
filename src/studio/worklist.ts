/** The pictures in the studio, and the one that the engine has in hand. In memory only: gone when the page closes. */
import { CloakError, type CloakReport } from '../engine/types';
import { cloak } from '../shared/engine-client';
import type { MetadataPolicy } from '../shared/metadataPolicies';
import type { Strength } from '../shared/strengths';
import type { Source } from './sources';

export type State =
  | { name: 'waiting' }
  /** `done`: share of the work, 0 to 1. */
  | { name: 'working'; done: number }
  | { name: 'done'; file: File; report: CloakReport }
  | { name: 'failed'; error: unknown };

export interface Item extends Source {
  id: number;
  state: State;
}

export interface Choices {
  strength: Strength;
  metadata: MetadataPolicy;
}

export class Worklist {
  items: Item[] = [];
  /** The one that is looked at; it is cloaked before the others. */
  selected: Item | null = null;
  isStopped = false;
  private current: { item: Item; controller: AbortController } | null = null;
  private lastId = 0;

  constructor(
    private chosen: Choices,
    private readonly onChange: () => void,
  ) {}

  get strength(): Strength {
    return this.chosen.strength;
  }

  add(sources: Source[]): void {
    const added = sources.map((source): Item => ({ ...source, id: (this.lastId += 1), state: { name: 'waiting' } }));
    this.items = [...this.items, ...added];
    this.selected ??= added[0] ?? null;
    this.isStopped = false;
    this.changed();
  }

  select(item: Item): void {
    this.selected = item;
    this.changed();
  }

  remove(item: Item): void {
    const at = this.items.indexOf(item);
    this.items = this.items.filter((other) => other !== item);
    if (this.selected === item) this.selected = this.items[at] ?? this.items.at(-1) ?? null;
    this.abort(item);
    this.changed();
  }

  clear(): void {
    this.items = [];
    this.selected = null;
    this.abort();
    this.changed();
  }

  /** Begins anew with every picture. */
  choose(strength: Strength): void {
    this.chosen = { ...this.chosen, strength };
    for (const item of this.items) item.state = { name: 'waiting' };
    this.isStopped = false;
    this.abort();
    this.changed();
  }

  retry(item: Item): void {
    item.state = { name: 'waiting' };
    this.isStopped = false;
    this.changed();
  }

  /** Leaves what is not done yet for later. */
  stop(): void {
    this.isStopped = true;
    if (this.current) this.current.item.state = { name: 'waiting' };
    this.abort();
    this.changed();
  }

  goOn(): void {
    this.isStopped = false;
    this.changed();
  }

  /** What is in hand, if it is this one or none is named. Its state is whoever aborts it to say. */
  private abort(item = this.current?.item): void {
    if (!this.current || this.current.item !== item) return;
    const { controller } = this.current;
    this.current = null;
    controller.abort();
  }

  private changed(): void {
    if (!this.current && !this.isStopped) this.start();
    this.onChange();
  }

  private start(): void {
    const isWaiting = (item: Item | null): item is Item => item?.state.name === 'waiting';
    const item = isWaiting(this.selected) ? this.selected : this.items.find(isWaiting);
    if (!item) return;
    const job = { item, controller: new AbortController() };
    this.current = job;
    item.state = { name: 'working', done: 0 };
    void this.work(job);
  }

  private async work(job: { item: Item; controller: AbortController }): Promise<void> {
    const { item, controller } = job;
    const end = await this.cloak(item, controller.signal, (done) => {
      if (this.current !== job) return;
      item.state = { name: 'working', done };
      this.onChange();
    });
    if (this.current !== job) return; // nobody waits for it any more
    item.state = end;
    this.current = null;
    this.changed();
  }

  private async cloak(item: Item, signal: AbortSignal, onProgress: (done: number) => void): Promise<State> {
    try {
      return { name: 'done', ...(await cloak(item.file, this.chosen, signal, onProgress)) };
    } catch (error) {
      return { name: 'failed', error: error instanceof CloakError ? error : new CloakError('unexpected', [], { cause: error }) };
    }
  }
}
