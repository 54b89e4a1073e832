/**
 * Calls with no function of ours on the stack. Whenever code of the page runs – a listener, a getter, `Error.prepareStackTrace` – it can
 * look at the stack, and a frame of ours there tells the page our address. So whatever may run code of the page is not
 * called here: it is made a task, which the browser runs when we have returned.
 *
 * Natives alone can do that. `reduce` calls its callback once a step, and the `apply` trap of a proxy is looked up anew for
 * each call: in one step it is a function of ours, in the next `Reflect.apply`, which runs what ours has returned.
 */
import {
  apply,
  arrayAt,
  bare,
  bind,
  call,
  create,
  defineProperty,
  doNothing,
  getOwnPropertyDescriptor,
  isOverflow,
  NativeProxy,
  openPromise,
  overflow,
  promiseThen,
  put,
  queueTask,
  read,
  reduce,
  resolveBare,
  windowClosed,
} from '../bridge/natives';

const LENT = 'lent';
/** Arguments of a call; eight bytes each. */
const PROBED = 800;

export type Callable = (...args: unknown[]) => unknown;

/** To be run by the browser. What it gives is what the page gets. */
export interface Task {
  (...ignored: unknown[]): unknown;
}

/** Given what the step before gave. */
type Trap = (target: never, self: unknown, step: [given: unknown]) => unknown;

/** Calls what the step before gave. */
const runGiven = apply as unknown as Trap;

const tie = (method: unknown, ...args: unknown[]): Callable => apply(bind, method as Callable, args as never) as Callable;

/** Copies that the page cannot reach: `bind` reads the name of what it binds, where the page could put a getter. */
const run = tie(apply, undefined);
const runCall = tie(call, call);
const runOwnReduce = tie(call, reduce);

/**
 * What is called from a window that is gone is itself taken for gone: a listener added so is never called. Pages do take natives of a frame,
 * remove it and go on using them. So frames reduce by what the page around them lends, and popups, when they are closed, by their opener's.
 */
let kin: EventTarget | undefined;
const isFramed = window.parent !== window;

export function runReduce(): Callable {
  if (!isFramed && !read(windowClosed, window)) return runOwnReduce;
  const lent = kin && (getOwnPropertyDescriptor(kin, LENT)?.value as typeof runReduce | undefined);
  return lent ? lent() : runOwnReduce;
}

/** @param wire to the other world: the page that made this window knows it, and no page does */
export function borrow(wire: EventTarget): void {
  kin = wire;
}

/** @param wire of a frame or popup */
export function lend(wire: EventTarget): void {
  defineProperty(wire, LENT, bare({ value: runReduce }));
}

/** `method` called on `self` with `args`. */
export function task(method: unknown, self: unknown, args: unknown[]): Task {
  return tie(run, undefined, method, self, args);
}

/**
 * Takes room on the stack and gives it back, without a function of ours: where there is hardly any left, the error for that is to be
 * one of the browser's, since one that is thrown when a function of ours begins would show it.
 */
const probe = ((): Callable => {
  const many: unknown[] = [];
  for (let at = 0; at < PROBED; at += 1) put(many, at, 0);
  return tie(apply, undefined, doNothing, undefined, many);
})();

export function answer(value: unknown): Task {
  return task(arrayAt, [value], [0]);
}

/** Runs `first`, gives `next` what came of it, and runs what that returns. */
export function sequence(first: Task, next: (result: unknown) => Task): Task {
  const { steps, callback } = turns([runGiven, safe((_target, _self, step) => next(step[0])), runGiven]);
  return tie(runReduce(), undefined, steps, callback, first);
}

/** Runs it when all that is running now is over. */
export function soon(later: Task): void {
  apply(queueTask, undefined, [later]);
}

export interface Gate {
  open(): void;
  fail(error: unknown): void;
  /** What the task gives, once the gate is open. */
  passing(later: Task): Promise<unknown>;
}

export function closedGate(): Gate {
  const { promise, resolve, reject } = openPromise<undefined>();
  defineProperty(promise, 'constructor', bare({ value: undefined })); // or `then` asks the page what promise to return
  return {
    open: () => resolve(undefined),
    fail: reject,
    passing: (later) => apply(promiseThen, promise, [later]) as Promise<unknown>,
  };
}

/** Resolves a promise that the page has. To do so the browser looks for a `then`, also where the page could have put a getter. */
export function settle(resolve: (value: never) => void, value: object): void {
  resolveBare(value, () => resolve(value as never));
}

/** A function that looks like `native` to the page. `decide` says what is run when it is called: nothing said, the native as it was called. */
export function hooked(native: Callable, decide: (self: unknown, args: unknown[]) => Task | undefined): Callable {
  const begin = safe((_target, _self, step) => {
    const given = step[0] as [target: unknown, self: unknown, args: unknown[]];
    const args = bare(given[2]); // an argument that is not there would be looked for where the page can put a getter
    return decide(given[1], args) ?? task(native, given[1], args);
  });
  const { steps, callback, base } = turns([begin, runGiven]);
  // a proxy hands what it is called with to its trap as one array: `collect` makes one of all that the hook is called with, for `reduce` to begin with
  let by: Callable | undefined;
  let collect: unknown;
  const trap = (): unknown => {
    const latest = runReduce();
    if (latest !== by) {
      by = latest;
      const inReduce = bare(tie(latest, undefined, steps) as Callable & object);
      defineProperty(inReduce, 'apply', bare({ value: call }));
      collect = new NativeProxy(apply, inReduce as ProxyHandler<typeof apply>);
    }
    return collect;
  };
  defineProperty(base, 'apply', bare({ get: trap }));
  return new NativeProxy(native, callback as ProxyHandler<Callable>);
}

function safe(trap: Trap): Trap {
  return (target, self, step) => {
    try {
      return trap(target, self, step);
    } catch (error) {
      throw isOverflow(error) ? overflow : error;
    }
  };
}

/** What `reduce` needs to call one trap after the other. None of it has a prototype, where the page could put traps. */
function turns(traps: Trap[]): { steps: object; callback: Callable; base: object } {
  let at = 0;
  const steps = create(null) as object;
  defineProperty(steps, 'length', bare({ value: traps.length }));
  for (let index = 0; index < traps.length; index += 1) defineProperty(steps, index, bare({ get: () => void (at = index) }));
  const base = bare(tie(runCall, undefined) as Callable & object);
  const handler = create(null) as ProxyHandler<Callable>;
  defineProperty(handler, 'get', bare({ get: probe }));
  defineProperty(handler, 'apply', bare({ get: () => traps[at] }));
  return { steps, callback: new NativeProxy(base, handler), base };
}
