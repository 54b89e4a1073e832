/** Files dropped on anything but a file input: the page gets the same drop again, with cloaked files. */
import { DROP, REPLAY } from '../../page/names';
import { sendTransfer } from '../../page/wire';
import { embeddedPictures } from '../embedded';
import { warmEngine } from '../../shared/engine-client';
import { hold } from '../hold';
import { listen } from '../listening';
import { pageWorld } from '../page-world';
import { isOff } from '../protection';
import { dropOnInput } from './drop-on-input';
import { asFileInput, textsOf, transferOf } from './file-input';

let drops = 0;

export function watchDrops(): void {
  listen('drop', onDrop);
  listen('dragenter', onDragEnter);
}

function onDragEnter(event: DragEvent): void {
  if (event.isTrusted && event.relatedTarget === null && event.dataTransfer?.types.includes('Files') && !isOff()) warmEngine();
}

function onDrop(event: DragEvent): void {
  const transfer = event.dataTransfer;
  const target = event.composedPath()[0];
  if (!event.isTrusted || !transfer || !(target instanceof Element) || isOff()) return;
  const texts = textsOf(transfer);
  const embedded = embeddedPictures(texts);
  if (transfer.files.length === 0 && embedded.files.length === 0) return;
  event.preventDefault(); // the browser would open the file, or put it into the input
  event.stopImmediatePropagation();
  const number = (drops += 1);
  const world = pageWorld();
  if (world) sendTransfer(world, DROP, transfer, number); // its entries and handles can be had in this very moment only
  const dropped = [...transfer.files];
  const folders = foldersOf(transfer);
  const files = dropped.filter((_, index) => !folders[index]);
  void hold({
    files: [...files, ...embedded.files],
    async deliver(cloaked) {
      // a folder is no file: what the page reads from it is cloaked then
      const rest = cloaked.slice(0, files.length);
      const complete = dropped.map((file, index) => (folders[index] ? file : rest.shift()!));
      const replayed = transferOf(complete, await embedded.replace(cloaked.slice(files.length)));
      if (world) sendTransfer(world, REPLAY, replayed, number);
      deliver(target, replayOf('drop', event, replayed), complete);
    },
    // so that the page takes its drop mark away
    cancel: () => void target.dispatchEvent(replayOf('dragleave', event, new DataTransfer())),
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

/** For each file of the drop, whether it is a folder. */
function foldersOf(transfer: DataTransfer): boolean[] {
  return [...transfer.items].filter(({ kind }) => kind === 'file').map((item) => item.webkitGetAsEntry()?.isDirectory ?? false);
}
