/** What a drop had that no script can give the one that comes back: noted when the drop is held, found again by its number. */
import { DROP, REPLAY } from '../bridge/names';
import { create } from '../bridge/natives';
import { onTransfer } from '../bridge/wire';

/** Drops that never come back to the page are forgotten after this many others. */
const KEPT = 8;

/**
 * @param note looks at a drop that is held
 * @param comeBack is given what comes back, maybe more than once, and what was noted of it
 */
export function watchHeldDrops<T>(wire: EventTarget, note: (transfer: DataTransfer) => T, comeBack: (transfer: DataTransfer, noted: T) => void): void {
  const drops = create(null) as Record<number, { noted: T } | undefined>;
  onTransfer(wire, DROP, (transfer, number) => {
    drops[number] = { noted: note(transfer) };
    delete drops[number - KEPT];
  });
  onTransfer(wire, REPLAY, (transfer, number) => {
    const held = drops[number];
    if (held) comeBack(transfer, held.noted);
  });
}
