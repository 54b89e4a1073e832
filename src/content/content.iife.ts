/** Runs in every frame of the listed sites, in a world of its own, before the page's first script. */
import { meetFrames, watchFrames, type Relative } from './frames';
import { watchFolderNames } from './held/folder-names';
import { watchPresses } from './held/place';
import { watchReturns } from './held/returning';
import { watchActions, watchSubmitCalls } from './held/waiting';
import { listenAgain, watchDocument } from './listening';
import { openCard } from './notice/notice';
import { readWordsSoon } from './notice/words';
import { meetPageWorld, pageWorld } from './page-world';
import { protectionSettings, watchProtection } from './protection';
import { watchAttachedInputs } from './routes/attached-input';
import { watchClipboardReads } from './routes/clipboard-read';
import { watchDetachedInputs } from './routes/detached-input';
import { watchDrops } from './routes/drop';
import { watchDroppedEntries } from './routes/dropped-entry';
import { watchFileHandles } from './routes/file-handle';
import { watchPastes } from './routes/paste';
import { watchRequests } from './routes/request-body';
import { watchShadowRoots } from './routes/shadow-root';
import { begin, whenNotWhole } from './whole';
import { CLEARED, KIN } from '../bridge/names';
import { onNode, sendNode } from '../bridge/wire';

const relative: Relative = window;

/** What happens to nodes: they may be another window's, and the window that a native was borrowed from may be gone by then. */
function attend(wire: EventTarget): void {
  document.adoptNode(wire as Element); // events on elements of a document that is gone reach nobody
  watchDetachedInputs(wire);
  watchShadowRoots(wire);
  watchSubmitCalls(wire);
  onNode(wire, CLEARED, (node) => {
    const view = (node as Document).defaultView;
    if (view) listenAgain(view);
    return true;
  });
}

// first: the page's world waits for it
meetPageWorld((wire) => {
  begin(() => attend(wire));
  // natives of this frame or popup can be used on what belongs to the window that made it
  for (const maker of [window.parent, window.opener as Window | null]) {
    try {
      if (maker && maker !== window) (maker as Relative).attendNullswap?.(wire);
    } catch {
      // of another origin
    }
  }
  begin(
    () => watchDroppedEntries(wire),
    () => watchFileHandles(wire),
    () => watchClipboardReads(wire),
    () => watchRequests(wire),
    () => meetFrames(wire),
  );
});
relative.attendNullswap = (wire) => {
  attend(wire);
  const own = pageWorld();
  if (own) sendNode(own, KIN, wire as Element);
};
begin(watchFrames, watchPresses, watchActions, watchReturns, watchFolderNames, watchAttachedInputs, watchDrops, watchPastes, watchDocument, watchProtection, readWordsSoon);
whenNotWhole(() => void tellNotWhole());

/** In a frame it would be said by each. */
async function tellNotWhole(): Promise<void> {
  if (window !== window.top) return;
  const { isOn, notice } = await protectionSettings();
  if (isOn) openCard(notice, [], () => {}).unprotectable();
}
