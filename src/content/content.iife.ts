/** Runs in every frame of the listed sites, in a world of its own, before the page's first script. */
import { listenAgain, watchDocument } from './listening';
import { meetPageWorld } from './page-world';
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
import { CLEARED } from '../page/names';
import { onNode } from '../page/wire';

// first: the page's world waits for it
meetPageWorld((wire) => {
  watchDetachedInputs(wire);
  watchShadowRoots(wire);
  watchDroppedEntries(wire);
  watchFileHandles(wire);
  watchClipboardReads(wire);
  watchRequests(wire);
  onNode(wire, CLEARED, (node) => {
    const view = (node as Document).defaultView; // may be another window's, opened from here
    if (view) listenAgain(view);
  });
});
watchAttachedInputs();
watchDrops();
watchPastes();
watchDocument();
watchProtection();
