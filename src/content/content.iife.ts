/** Runs in every frame of the listed sites, in a world of its own, before the page's first script. */
import { listenAgain, watchDocument } from './listening';
import { readWordsSoon } from './notice/words';
import { meetPageWorld, pageWorld } from './page-world';
import { watchProtection } from './protection';
import { watchAttachedInputs } from './routes/attached-input';
import { watchClipboardReads } from './routes/clipboard-read';
import { watchDetachedInputs } from './routes/detached-input';
import { watchDrops } from './routes/drop';
import { watchDroppedEntries } from './routes/dropped-entry';
import { watchFileHandles } from './routes/file-handle';
import { watchPastes } from './routes/paste';
import { watchRequests } from './routes/request-body';
import { watchShadowRoots } from './routes/shadow-root';
import { CLEARED, KIN } from '../page/names';
import { onNode, sendNode } from '../page/wire';

/** In the extension's world alone, where windows of one origin can see each other. */
const relative = window as { attendNullswap?(wire: EventTarget): void };

/** What happens to nodes: they may be another window's, and the window that a native was borrowed from may be gone by then. */
function attend(wire: EventTarget): void {
  document.adoptNode(wire as Element); // events on elements of a document that is gone reach nobody
  watchDetachedInputs(wire);
  watchShadowRoots(wire);
  onNode(wire, CLEARED, (node) => {
    const view = (node as Document).defaultView;
    if (view) listenAgain(view);
    return true;
  });
}

// first: the page's world waits for it
meetPageWorld((wire) => {
  attend(wire);
  // natives of this frame or popup can be used on what belongs to the window that made it
  for (const maker of [window.parent, window.opener as Window | null]) {
    try {
      if (maker && maker !== window) (maker as typeof relative).attendNullswap?.(wire);
    } catch {
      // of another origin
    }
  }
  watchDroppedEntries(wire);
  watchFileHandles(wire);
  watchClipboardReads(wire);
  watchRequests(wire);
});
relative.attendNullswap = (wire) => {
  attend(wire);
  const own = pageWorld();
  if (own) sendNode(own, KIN, wire as Element);
};
watchAttachedInputs();
watchDrops();
watchPastes();
watchDocument();
watchProtection();
readWordsSoon();
