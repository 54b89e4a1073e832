/**
 * Whether all of the extension has begun on this page, in both worlds. What has not – a browser without something that it stands on, a script that
 * another has kept from running – leaves a way into the page that is not held: whatever else can be held still is, and the user is told.
 */
import { WHOLE } from '../bridge/names';
import { areComplete } from '../bridge/natives';
import { sendNode } from '../bridge/wire';
import { pageWorld } from './page-world';

let hasFailed = false;

/** What cannot begin here leaves the rest as it is. */
export function begin(...starts: (() => void)[]): void {
  for (const start of starts) {
    try {
      start();
    } catch {
      hasFailed = true;
    }
  }
}

/** Not to be asked before the page's first script has run. */
export function isWhole(): boolean {
  const world = pageWorld();
  return areComplete && !hasFailed && world !== null && sendNode(world, WHOLE, document);
}

/** Calls back, once the page has begun, where not all has. */
export function whenNotWhole(tell: () => void): void {
  const look = (): void => {
    if (!isWhole()) tell();
  };
  if (document.readyState === 'loading') document.addEventListener('readystatechange', look, { once: true });
  else setTimeout(look);
}
