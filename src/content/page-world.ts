/** The extension's end of the line to the page's own world (src/bridge/wire.ts). */
import { meetOtherWorld } from '../bridge/wire';

let wire: EventTarget | null = null;

/** Calls back when the page's world is there: at once, or before the page's first script. */
export function meetPageWorld(onMeet: (wire: EventTarget) => void): void {
  meetOtherWorld((met) => {
    wire = met;
    onMeet(met);
  });
}

/** Null where the page's world has no script of ours. */
export function pageWorld(): EventTarget | null {
  return wire;
}
