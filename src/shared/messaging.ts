/** Sends and answers the messages of messages.ts. */
import { CloakError } from '../engine/types';
import { browser, isConnected, type MessageSender } from './browser';
import type { Reply, Requests } from './messages';
import { unlessAborted } from './timeLimit';

type Receiver = keyof Requests;
type Type<R extends Receiver> = keyof Requests[R] & string;
type Request<R extends Receiver, T extends Type<R>> = Requests[R][T] extends { request: infer Q extends object } ? Q : never;
type Response<R extends Receiver, T extends Type<R>> = Requests[R][T] extends { response: infer A } ? A : never;

/** Throws a `CloakError`, also when nobody answers. */
export async function send<R extends Receiver, T extends Type<R>>(to: R, type: T, request: Request<R, T>): Promise<Response<R, T>> {
  const reply = await deliver({ ...request, to, type });
  if (reply === undefined) throw engineLost();
  return valueOf(reply as Reply<Response<R, T>>);
}

/** Throws what the reply says went wrong there. */
export function valueOf<T>(reply: Reply<T>): T {
  if (reply.ok) return reply.value;
  if (reply.error.isWorn) throw new EngineWorn();
  throw new CloakError(reply.error.reason, reply.error.values);
}

async function deliver(message: unknown): Promise<Reply<unknown> | undefined> {
  if (!isConnected()) throw disconnected();
  try {
    return await whileHere(browser.runtime.sendMessage(message) as Promise<Reply<unknown> | undefined>);
  } catch (cause) {
    throw cause instanceof NotTried ? cause : engineLost(cause);
  }
}

/** Nobody has tried what was asked for, and it may be asked for again at once. */
export class NotTried extends CloakError {
  constructor() {
    super('lost');
  }
}

/** The engine that was asked is about to be replaced, and has done nothing for this request. */
export class EngineWorn extends NotTried {}

/** This page was left and has come back (back/forward cache). The browser has closed meanwhile what it was waiting for, and tells it nothing of that. */
export class CameBack extends NotTried {}

let stay = new AbortController();
globalThis.addEventListener?.('pageshow', (event) => {
  if (!event.isTrusted || !(event as PageTransitionEvent).persisted) return;
  const left = stay;
  stay = new AbortController();
  left.abort(new CameBack());
});

/** For what another part of the extension answers: throws `CameBack` where the page went and came back meanwhile. */
export function whileHere<T>(answer: Promise<T>): Promise<T> {
  return unlessAborted(answer, stay.signal);
}

/** `none`: the tab's page has no content script of this extension, as it is now. `partly`: not all that it needs could begin there. */
export type Watch = 'whole' | 'partly' | 'none';

export async function watchOf(tabId: number): Promise<Watch> {
  const asked = browser.tabs.sendMessage(tabId, { to: 'content', type: 'hello' }, { frameId: 0 }) as Promise<Reply<Response<'content', 'hello'>> | undefined>;
  const reply = await asked.catch(() => undefined);
  if (!reply) return 'none';
  return reply.ok && reply.value.isWhole ? 'whole' : 'partly';
}

/** Tells the content scripts of all tabs; those without any do not mind. */
export async function tellPages(type: Type<'content'>): Promise<void> {
  const tabs = await browser.tabs.query({});
  for (const { id } of tabs) if (id !== undefined) browser.tabs.sendMessage(id, { to: 'content', type }).catch(() => {});
}

/** For pages that were loaded before the extension was updated, switched off or removed. */
export function disconnected(): CloakError {
  return new CloakError('disconnected');
}

export function engineLost(cause?: unknown): CloakError {
  return new CloakError('lost', [], { cause });
}

export type Handlers<R extends Receiver> = {
  [T in Type<R>]: (request: Request<R, T>, sender: MessageSender) => Promise<Response<R, T>> | Response<R, T>;
};

/**
 * Answers what is addressed to `receiver` and leaves everything else alone. Content scripts live in the pages' own
 * processes: what is named in `pagesOnly` is refused to them.
 */
export function serve<R extends Receiver>(receiver: R, handlers: Handlers<R>, pagesOnly: Type<R>[] = []): void {
  const listen = (message: unknown, sender: MessageSender, sendResponse: (reply: Reply<unknown>) => void): true | undefined => {
    if (!isAddressedTo(receiver, message) || sender.id !== browser.runtime.id) return undefined;
    const type = message.type as Type<R>;
    if (!Object.hasOwn(handlers, type) || (pagesOnly.includes(type) && !isExtensionPage(sender))) {
      sendResponse(failure(new CloakError('not_allowed')));
      return true;
    }
    void answer(() => handlers[type](message as never, sender)).then(sendResponse);
    return true; // keeps the channel open until sendResponse
  };
  browser.runtime.onMessage.addListener(listen as Parameters<typeof browser.runtime.onMessage.addListener>[0]);
}

function isAddressedTo(receiver: Receiver, message: unknown): message is { to: Receiver; type: string } {
  return typeof message === 'object' && message !== null && 'to' in message && message.to === receiver && 'type' in message;
}

export function isExtensionPage(sender: MessageSender): boolean {
  return sender.url?.startsWith(browser.runtime.getURL('')) ?? false;
}

/** Never rejects. */
export async function answer(handler: () => unknown): Promise<Reply<unknown>> {
  try {
    return { ok: true, value: await handler() };
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): Reply<never> {
  const { code, reason, values, message } = error instanceof CloakError ? error : new CloakError('unexpected');
  return { ok: false, error: { code, reason, values, message, isWorn: error instanceof EngineWorn } };
}
