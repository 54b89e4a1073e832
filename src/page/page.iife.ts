/**
 * Runs in the page's own world before its first script. It decides nothing: it shows the extension's world what happens
 * out of its sight, and gives the page what comes back.
 */
import { hookBeacon } from './beacon';
import { borrow, lend } from './calls';
import { hookClipboardRead } from './clipboard-read';
import { hookDroppedEntries } from './dropped-entry';
import { hookFetch } from './fetch';
import { hookFileHandles } from './file-handle';
import { hookToString } from './hook';
import { hookListeners } from './listeners';
import { hookChooser } from './open-chooser';
import { KIN } from './names';
import { hookRelativePath } from './relative-path';
import { openBodyGuard } from './request-body';
import { openRequests } from './requests';
import { meetOtherWorld, onNode } from './wire';
import { hookXhr } from './xhr';

meetOtherWorld((wire) => {
  borrow(wire);
  onNode(wire, KIN, lend);
  const requests = openRequests(wire);
  const guard = openBodyGuard(wire, requests);
  hookChooser(wire);
  hookListeners(wire);
  hookRelativePath(wire);
  hookDroppedEntries(wire, requests);
  hookFileHandles(wire, requests);
  hookClipboardRead(wire, requests);
  hookFetch(guard);
  hookXhr(guard);
  hookBeacon(guard);
  hookToString();
});
