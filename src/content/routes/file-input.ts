/** What every file input has in common, wherever it is: its files are taken as they come and given back cloaked. */
import { PATHS } from '../../page/names';
import { sendParcel } from '../../page/wire';
import { hold } from '../hold';
import { pageWorld } from '../page-world';
import { isOff } from '../protection';

/** The pick that is on its way; a newer one on the same input replaces it. */
const current = new WeakMap<HTMLInputElement, AbortController>();
const underWay = new WeakMap<HTMLInputElement, Promise<boolean>>();
/** Inputs whose `input` was kept back, so that the `change` right after it must be too. */
const changeIsDue = new WeakSet<HTMLInputElement>();
/** What was given back: not to be taken again. */
const given = new WeakMap<HTMLInputElement, File[]>();

/** By name, not by `instanceof`: an element of another frame has another frame's class. */
export function asFileInput(target: EventTarget | undefined): HTMLInputElement | null {
  const input = target as Partial<HTMLInputElement> | undefined;
  return input?.localName === 'input' && input.type === 'file' ? (target as HTMLInputElement) : null;
}

/** Listens at a node whose events may not reach the window, or not before the page has seen them. */
export function guard(node: EventTarget): void {
  node.addEventListener('input', onNode, true);
  node.addEventListener('change', onNode, true);
}

function onNode(event: Event): void {
  const input = asFileInput(event.composedPath()[0]);
  if (input) onPick(event, [input]);
}

/** Resolves when it is over, with whether the page got what was picked. */
export function pickUnderWay(input: HTMLInputElement): Promise<boolean> | undefined {
  return underWay.get(input);
}

/**
 * For `input` and `change`, of which the browser fires both at each pick.
 * @param inputs those that may have fired it
 */
export function onPick(event: Event, inputs: HTMLInputElement[]): void {
  if (!event.isTrusted) return;
  if (event.type === 'change' && inputs.some((input) => changeIsDue.delete(input))) {
    event.stopImmediatePropagation();
    return;
  }
  if (isOff()) return;
  for (const input of inputs) {
    // an emptied choice goes on at once: there is nothing to hold, and Expo makes `change` out of `cancel`
    if (!input.files?.length || isGiven(input, input.files)) continue;
    event.stopImmediatePropagation();
    if (event.type === 'input') expectChange(input);
    const files = [...input.files];
    input.value = ''; // or the page reads the originals by polling, or sends them with the form
    holdPick(input, files);
  }
}

function isGiven(input: HTMLInputElement, files: FileList): boolean {
  const last = given.get(input);
  return last?.length === files.length && last.every((file, index) => file === files[index]);
}

/** The browser fires the two events in one go: what comes after a turn of the loop is something else. */
function expectChange(input: HTMLInputElement): void {
  changeIsDue.add(input);
  setTimeout(() => changeIsDue.delete(input));
}

function holdPick(input: HTMLInputElement, files: File[]): void {
  current.get(input)?.abort();
  const controller = new AbortController();
  current.set(input, controller);
  const pick = hold({
    files,
    signal: controller.signal,
    deliver: (cloaked) => {
      tellPaths(files, cloaked);
      setFiles(input, cloaked);
    },
    cancel: () => input.dispatchEvent(new Event('cancel', { bubbles: true })),
    // as if the user had picked anew, in a form that still has what was given; other pages have taken it with the events
    exchange: {
      isPossible: () => current.get(input) === controller && input.isConnected && input.form !== null && !!input.files && isGiven(input, input.files),
      perform: (originals) => {
        tellPaths(files, originals);
        setFiles(input, originals);
      },
    },
  }).finally(() => {
    if (current.get(input) === controller) underWay.delete(input);
  });
  underWay.set(input, pick);
}

/** Where in a chosen folder a file was cannot be written into a file that a script has made: the page's world says it. */
function tellPaths(originals: File[], cloaked: File[]): void {
  const world = pageWorld();
  const note = originals.map((file) => file.webkitRelativePath);
  if (world && note.some(Boolean)) sendParcel(world, PATHS, { note, files: cloaked });
}

/** As the browser does it after a choice: `input` leaves shadow roots, `change` does not. */
export function setFiles(input: HTMLInputElement, files: File[]): void {
  input.files = transferOf(files).files;
  given.set(input, [...input.files]);
  input.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
  input.dispatchEvent(new Event('change', { bubbles: true }));
}

export function transferOf(files: File[], texts: [type: string, data: string][] = []): DataTransfer {
  const transfer = new DataTransfer();
  for (const [type, data] of texts) transfer.setData(type, data);
  for (const file of files) transfer.items.add(file);
  return transfer;
}

/** The texts that came along with the files; a DataTransfer is emptied after its event. */
export function textsOf(transfer: DataTransfer): [type: string, data: string][] {
  return transfer.types.filter((type) => type !== 'Files').map((type) => [type, transfer.getData(type)]);
}
