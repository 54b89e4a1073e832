/** Lets the user say in a window of the extension's own that a page shall get originals: a page can cover its own content, and what we put there. */
import { browser, type MessageSender } from '../shared/browser';
import type { ReleaseAnswer, ReleaseQuestion } from '../shared/messages';

const PAGE = 'src/release/release.html';
const SIZE = { width: 460, height: 330 };
const REFUSED: ReleaseAnswer = { isReleased: false, remember: false };

interface Open {
  question: ReleaseQuestion;
  answer(answer: ReleaseAnswer): void;
}

/** By what the window's address ends with. They go with the worker, and what waits for them is told that nobody answered. */
const open = new Map<string, Open>();

/** Resolves when the user has answered; a window that is closed says no. */
export async function askRelease(asked: Pick<ReleaseQuestion, 'names' | 'remember'>, sender: MessageSender): Promise<ReleaseAnswer> {
  const id = crypto.randomUUID();
  const { promise, resolve } = Promise.withResolvers<ReleaseAnswer>();
  open.set(id, { question: { ...asked, host: hostOf(sender) }, answer: resolve });
  let windowId: number | undefined;
  const onRemoved = (removed: number): void => {
    if (removed === windowId) resolve(REFUSED);
  };
  browser.windows.onRemoved.addListener(onRemoved);
  try {
    ({ id: windowId } = await browser.windows.create({ type: 'popup', url: browser.runtime.getURL(`${PAGE}#${id}`), ...SIZE }));
    return await promise;
  } finally {
    open.delete(id);
    browser.windows.onRemoved.removeListener(onRemoved);
    if (windowId !== undefined) browser.windows.remove(windowId).catch(() => {}); // the user may have closed it
  }
}

export function releaseQuestion(id: string): ReleaseQuestion | null {
  return open.get(id)?.question ?? null;
}

export function answerRelease(id: string, answer: ReleaseAnswer): void {
  open.get(id)?.answer(answer);
}

function hostOf({ origin, tab }: MessageSender): string {
  for (const address of [origin, tab?.url]) {
    if (address && URL.canParse(address) && new URL(address).host) return new URL(address).host;
  }
  return '–';
}
