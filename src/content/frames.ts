/**
 * Frames and popups of the page's own origin in which no script of ours runs: the empty document that they begin with, and keep where what they
 * load never comes. This page listens in them as in its own window.
 */
import { FRAME } from '../bridge/names';
import { onWindow } from '../bridge/wire';
import { listen, listenAgain } from './listening';

/** In the extension's world alone, where windows of one origin can see each other. */
export type Relative = Window & {
  /** Set where the script runs. */
  attendNullswap?(wire: EventTarget): void;
  /** A script had hold of it before the document came that it has now: this may not be the page's world as it was made. */
  wasInOtherHands?: boolean;
};

/** False where a script may have changed what ours in the page's world stands on, and so may hear what crosses the line. */
export const isPageWorldWhole = !(window as Relative).wasInOtherHands;

/** Those that the script in the page's world has been told to hook the natives of. */
const hooked = new WeakSet<Document>();

/** Before the page gets hold of one. It may have been found here before (`watchFrames`): its natives are to be hooked all the same. */
export function meetFrames(wire: EventTarget): void {
  onWindow(wire, FRAME, (view) => {
    const own = attend(view);
    if (!own || hooked.has(own)) return false;
    hooked.add(own);
    return true;
  });
}

/** Pages may come to one in ways that we are not told of (`window[0]`): late, but before the user does anything in it. */
export function watchFrames(): void {
  for (const type of ['pointerover', 'blur', 'dragenter', 'click', 'keydown'] as const) listen(type, () => attendFrames(window));
}

function attendFrames(view: Window): void {
  for (let index = 0; index < view.length; index += 1) attend(view[index]!);
}

/** Its document; null where it is none of these. */
function attend(view: Relative): Document | null {
  const own = documentOf(view);
  if (!own || view.attendNullswap) return null;
  view.wasInOtherHands = true;
  listenAgain(view);
  attendFrames(view);
  return own;
}

function documentOf(view: Window): Document | null {
  try {
    return view.document;
  } catch {
    return null; // of another origin
  }
}
