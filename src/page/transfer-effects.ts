/** `effectAllowed` and `dropEffect` of a drop that comes back: those of the drop that was held, which no script can give a transfer that it makes. */
import { answer } from './calls';
import { watchHeldDrops } from './held-drops';
import { replaceGetter } from './hook';
import { apply, NativeWeakMap, transferDropEffect, transferEffectAllowed, weakMapGet, weakMapSet } from '../bridge/natives';

interface Effects {
  effectAllowed: unknown;
  dropEffect: unknown;
}

export function hookTransferEffects(wire: EventTarget): void {
  const replays = new NativeWeakMap<object, Effects>();
  const note = (transfer: DataTransfer): Effects => ({ effectAllowed: apply(transferEffectAllowed, transfer, []), dropEffect: apply(transferDropEffect, transfer, []) });
  watchHeldDrops(wire, note, (transfer, effects) => void apply(weakMapSet, replays, [transfer, effects]));
  replaceGetter(DataTransfer.prototype, 'effectAllowed', (_native, self) => {
    const effects = apply(weakMapGet, replays, [self as object]) as Effects | undefined;
    return effects && answer(effects.effectAllowed);
  });
  replaceGetter(DataTransfer.prototype, 'dropEffect', (_native, self) => {
    const effects = apply(weakMapGet, replays, [self as object]) as Effects | undefined;
    return effects && answer(effects.dropEffect);
  });
}
