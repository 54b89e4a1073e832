/**
 * Runs in the page's own world before its first script. It decides nothing: it shows the extension's world what happens
 * out of its sight, and gives the page what comes back.
 */
import { hookBeacon } from './beacon';
import { borrow, lend } from './calls';
import { hookClipboardRead } from './clipboard-read';
import { hookDroppedEntries } from './dropped-entry';
import { hookFetch } from './fetch';
import { fillTransfers } from './fill-transfer';
import { hookFileHandles } from './file-handle';
import { hookFrames } from './frames';
import { hookToString, tellMade, tellMaker } from './hook';
import { hookListeners } from './listeners';
import { hookChooser } from './open-chooser';
import { KIN, WHOLE } from '../bridge/names';
import { areComplete } from '../bridge/natives';
import type { Realm } from './realm';
import { hookRelativePath } from './relative-path';
import { openBodyGuard } from './request-body';
import { openRequests } from './requests';
import { hookSubmit } from './submit';
import { hookTransferEffects } from './transfer-effects';
import { meetOtherWorld, onNode } from '../bridge/wire';
import { hookXhr } from './xhr';

meetOtherWorld((wire) => {
  let isWhole = areComplete;
  /** What cannot begin here leaves the rest as it is. */
  const attempt = (begin: () => void): void => {
    try {
      begin();
    } catch {
      isWhole = false;
    }
  };
  attempt(() => borrow(wire));
  attempt(() => tellMaker(wire));
  onNode(wire, KIN, (made) => {
    lend(made);
    tellMade(made);
  });
  const requests = openRequests(wire);
  const guard = openBodyGuard(wire, requests, hookRelativePath(wire));
  const hookTransferItems = hookDroppedEntries(wire, requests);
  attempt(() => hookTransferEffects(wire));
  attempt(() => fillTransfers(wire));
  const hookRealm = (realm: Realm, run: (hook: () => void) => void = (hook) => hook()): void => {
    run(() => hookChooser(realm, wire));
    run(() => hookListeners(realm, wire));
    run(() => hookTransferItems(realm));
    run(() => hookFileHandles(realm, wire, requests));
    run(() => hookClipboardRead(realm, wire, requests));
    run(() => hookFetch(realm, guard));
    run(() => hookSubmit(realm, wire));
    run(() => hookXhr(realm, guard));
    run(() => hookBeacon(realm, guard));
    run(() => hookFrames(realm, wire, hookRealm));
    run(() => hookToString(realm));
  };
  hookRealm(globalThis, attempt);
  onNode(wire, WHOLE, () => isWhole);
});
