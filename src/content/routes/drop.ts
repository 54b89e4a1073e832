/** Files dropped on anything but a file input: the page gets the same drop again, with cloaked files. */
import { warmEngine } from '../engine-client';
import { hold } from '../hold';
import { openCard } from '../notice/notice';
import { isOff } from '../protection';
import { dropOnInput } from './drop-on-input';
import { asFileInput, textsOf, transferOf } from './file-input';

export function watchDrops(): void {
  window.addEventListener('drop', onDrop, true);
  window.addEventListener('dragenter', onDragEnter, true);
}

function onDragEnter(event: DragEvent): void {
  if (event.isTrusted && event.relatedTarget === null && event.dataTransfer?.types.includes('Files') && !isOff()) warmEngine();
}

function onDrop(event: DragEvent): void {
  const transfer = event.dataTransfer;
  const target = event.composedPath()[0];
  if (!event.isTrusted || !transfer?.files.length || !(target instanceof Element) || isOff()) return;
  event.preventDefault(); // the browser would open the file, or put it into the input
  event.stopImmediatePropagation();
  const leave = (): void => void target.dispatchEvent(replayOf('dragleave', event, new DataTransfer()));
  if (hasFolder(transfer)) {
    // its files could only be read through the entries of this very event, uncloaked
    void openCard().refuseFolder().then(leave);
    return;
  }
  const texts = textsOf(transfer);
  void hold({
    files: [...transfer.files],
    deliver: (files) => deliver(target, replayOf('drop', event, transferOf(files, texts)), files),
    cancel: leave, // so that the page takes its drop mark away
  });
}

function deliver(target: Element, drop: DragEvent, files: File[]): void {
  const input = asFileInput(target);
  const wasTaken = !target.dispatchEvent(drop);
  if (input && !wasTaken) dropOnInput(input, files);
}

/** Where it was dropped matters to editors: they insert at the coordinates. */
function replayOf(type: string, event: DragEvent, dataTransfer: DataTransfer): DragEvent {
  const { clientX, clientY, screenX, screenY, ctrlKey, shiftKey, altKey, metaKey, button, buttons, view } = event;
  const at = { clientX, clientY, screenX, screenY, ctrlKey, shiftKey, altKey, metaKey, button, buttons, view };
  return new DragEvent(type, { ...at, dataTransfer, bubbles: true, cancelable: true, composed: true });
}

function hasFolder(transfer: DataTransfer): boolean {
  return [...transfer.items].some((item) => item.webkitGetAsEntry()?.isDirectory);
}
