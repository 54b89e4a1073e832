/** Files dropped on anything but a file input: the page gets the same drop again, with cloaked files. */
import { DROP, REPLAY } from '../../bridge/names';
import { sendTransfer } from '../../bridge/wire';
import { shadowRootOf } from '../../shared/browser';
import { carriedPictures } from '../carriers/carriers';
import { transferForPage } from '../forThePage';
import { wasGiven } from '../givenPictures';
import { isPageWorldWhole } from '../frames';
import { track } from '../held/held';
import { hold } from '../held/hold';
import { listen } from '../listening';
import { hostOf } from '../nodes';
import { isOwnFile, isOwnPicture, takeOwnDrag, watchOwnDrags } from '../ownDrag';
import { pageWorld } from '../page-world';
import { isOff } from '../protection';
import { warmForDrag } from '../warming';
import { dropOnInput } from './drop-on-input';
import { asFileInput, textsOf } from './file-input';
import { targetOf } from './shadow-root';

/** A page has drawn by then what it does at a `dragover`. */
const RENDERED_MS = 50;

let drops = 0;
/** What was dropped before comes before. */
let last: Promise<unknown> | undefined;

export function watchDrops(): void {
  watchOwnDrags();
  listen('drop', onDrop);
  listen('dragenter', onDragEnter);
}

function onDragEnter(event: DragEvent): void {
  if (event.isTrusted && event.relatedTarget === null && event.dataTransfer && !isOff()) warmForDrag(event.dataTransfer);
}

function onDrop(event: DragEvent): void {
  const transfer = event.dataTransfer;
  const target = targetOf(event, (root) => root.elementFromPoint(event.clientX, event.clientY));
  if (!event.isTrusted || !transfer || !target || isOff()) return;
  const own = takeOwnDrag();
  const carried = carriedPictures(textsOf(transfer), (bytes) => wasGiven(bytes) || isOwnPicture(own, bytes));
  const hasOthers = [...transfer.items].some((item) => item.kind === 'file' && !isOwnFile(own, item));
  if (!hasOthers && carried.files.length === 0) return;
  event.preventDefault(); // the browser would open the file, or put it into the input
  event.stopImmediatePropagation();
  const number = (drops += 1);
  const world = isPageWorldWhole ? pageWorld() : null; // what crosses has the originals in it
  if (world) sendTransfer(world, DROP, transfer, number); // its entries and handles can be had in this very moment only
  const dropped = [...transfer.files];
  const folders = foldersOf(transfer);
  const files = dropped.filter((_, index) => !folders[index]);
  const path = pathOf(target);
  const over = hold({
    files: [...files, ...carried.files],
    after: last,
    async deliver(cloaked) {
      // a folder is no file: what the page reads from it is cloaked then
      const rest = cloaked.slice(0, files.length);
      const complete = dropped.map((file, index) => (folders[index] ? file : rest.shift()!));
      const replayed = transferForPage(complete, await carried.replace(cloaked.slice(files.length)));
      if (world) sendTransfer(world, REPLAY, replayed, number);
      await deliver(path, (type) => replayOf(type, event, replayed), complete);
    },
    // so that the page takes its drop mark away
    cancel: () => void target.dispatchEvent(replayOf('dragleave', event, new DataTransfer())),
  });
  last = over;
  track({ place: target, opener: null, isChosen: false, over });
}

/** @param path from the target of the drop outwards */
async function deliver(path: Element[], replay: (type: string) => DragEvent, files: File[]): Promise<void> {
  const target = path[0]!;
  // one that is gone may still listen itself
  const wasTaken = !target.dispatchEvent(replay('drop'));
  const input = asFileInput(target);
  if (input && !wasTaken) dropOnInput(input, files);
  if (target.isConnected || wasTaken) return;
  // an overlay that is there while something is dragged comes again with the drag
  for (const type of ['dragenter', 'dragover']) livingTarget(path, replay(type))?.dispatchEvent(replay(type));
  await new Promise((resolve) => setTimeout(resolve, RENDERED_MS));
  const living = livingTarget(path, replay('drop'));
  if (living?.dispatchEvent(replay('drop'))) living.dispatchEvent(replay('dragleave'));
}

/** From it outwards, also out of shadow roots. */
function pathOf(target: Element): Element[] {
  const path: Element[] = [];
  for (let element: Element | null = target; element; element = element.parentElement ?? hostOf(element)) path.push(element);
  return path;
}

/** What is at the point now, or what is left of where it was dropped. */
function livingTarget(path: Element[], { clientX, clientY }: DragEvent): Element | undefined {
  return elementAt(document, clientX, clientY) ?? path.find((element) => element.isConnected);
}

function elementAt(root: Document | ShadowRoot, x: number, y: number): Element | null {
  const element = root.elementFromPoint(x, y);
  const inner = element && shadowRootOf(element);
  return (inner && inner !== root && elementAt(inner, x, y)) || element;
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
