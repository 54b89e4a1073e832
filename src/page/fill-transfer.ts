/** Fills a transfer that the extension's world will hand to the page: in Firefox a page may read of it only what its own world has put there. */
import { FILL, FILLED } from '../bridge/names';
import { apply, itemsAdd, setTransferData, transferItems } from '../bridge/natives';
import { onParcel, onTransfer, type ArrivedParcel } from '../bridge/wire';

export function fillTransfers(wire: EventTarget): void {
  let next: ArrivedParcel | undefined;
  onParcel(wire, FILL, (parcel) => {
    next = parcel;
    return true;
  });
  onTransfer(wire, FILLED, (transfer) => {
    if (!next) return false;
    const texts = next.note as [string, string][];
    for (let index = 0; index < texts.length; index += 1) apply(setTransferData, transfer, [texts[index]![0], texts[index]![1]]);
    const items = apply(transferItems, transfer, []) as DataTransferItemList;
    for (let index = 0; index < next.files.length; index += 1) apply(itemsAdd, items, [next.files[index]!] as never);
    next = undefined;
    return true;
  });
}
