/** What every file input has in common, wherever it is: its files are taken as they come and given back cloaked. */
import { PATHS } from '../../bridge/names';
import { sendParcel } from '../../bridge/wire';
import { nameByPath } from '../held/folder-names';
import { release, track, type HeldPick } from '../held/held';
import { hold } from '../held/hold';
import { placeOf } from '../held/place';
import { countAsFilled, countAsItIs } from '../held/required';
import { fileListForPage } from '../forThePage';
import { pageWorld } from '../page-world';
import { isOff } from '../protection';

interface Choice {
  /** Null: over, or not begun. */
  held: HeldPick | null;
}

/** The last pick of each; while it is held, a newer one on the same input waits for it. */
const current = new WeakMap<HTMLInputElement, Choice>();
/** Inputs whose `input` was kept back, so that the `change` right after it must be too. */
const changeIsDue = new WeakSet<HTMLInputElement>();
/** What was given back: not to be taken again. */
const given = new WeakMap<HTMLInputElement, File[]>();
/** What was in it when its chooser was opened, or after it was last given something: a page may have emptied it. */
const lastSeen = new WeakMap<HTMLInputElement, File[]>();

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

/** What tells the input that stands for one, from when its chooser was opened last. */
const places = new WeakMap<HTMLInputElement, () => HTMLInputElement>();

/** To be called before the chooser opens: what is chosen there may be taken back, and the input be another by then. */
export function lookInto(input: HTMLInputElement): void {
  places.set(input, watchPlace(input));
  setTimeout(() => lastSeen.set(input, [...(input.files ?? [])]));
}

/**
 * For `input` and `change`, of which the browser fires both at each pick.
 * @param inputs those that may have fired it
 */
export function onPick(event: Pick<Event, 'type' | 'isTrusted' | 'stopImmediatePropagation'>, inputs: HTMLInputElement[]): void {
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
  const before = lastSeen.get(input) ?? [];
  const controller = new AbortController();
  const pick: Choice = { held: null };
  const isCurrent = (): boolean => current.get(input) === pick;
  const earlier = current.get(input)?.held;
  const living = input.isConnected ? watchPlace(input) : (places.get(input) ?? watchPlace(input));
  current.set(input, pick);
  countAsFilled(input);
  const over = hold({
    files,
    signal: controller.signal,
    after: earlier?.over,
    deliver: (cloaked) => {
      release(pick.held!);
      if (isCurrent()) countAsItIs(input);
      give(living(), files, cloaked);
    },
    cancel: () => {
      if (isCurrent()) countAsItIs(input);
      if (before.length > 0 && input.files?.length === 0) fill(input, before);
      living().dispatchEvent(new Event('cancel', { bubbles: true }));
    },
    // as if the user had picked anew, in a form that still has what was given; other pages have taken it with the events
    exchange: {
      isPossible: () => isCurrent() && input.isConnected && input.form !== null && !!input.files && isGiven(input, input.files),
      perform: (originals) => give(input, files, originals),
    },
  }).finally(() => (pick.held = null));
  pick.held = {
    ...placeOf(input),
    isChosen: true,
    over,
    callOff: () => {
      controller.abort();
      if (isCurrent()) countAsItIs(input);
    },
  };
  track(pick.held);
}

/** What makes an input the same as another to a page. */
const TRAITS = ['id', 'name', 'className', 'accept', 'multiple', 'webkitdirectory'] as const;

/**
 * Pages put a new input in the place of one that was used, as uploaders do to empty it. Who was not to wait would have had the new one: a pick that waited
 * for another goes there. Returns what tells the input that stands for this one then: itself, unless it has gone from its place and exactly one like it has come.
 */
function watchPlace(input: HTMLInputElement): () => HTMLInputElement {
  const root = input.getRootNode() as Document | ShadowRoot;
  if (!input.isConnected) return () => input;
  const all = (): HTMLInputElement[] => [...root.querySelectorAll<HTMLInputElement>('input[type=file]')];
  const before = new Set(all());
  return () => {
    if (input.isConnected) return input;
    const alike = all().filter((other) => !before.has(other) && TRAITS.every((trait) => other[trait] === input[trait]));
    return alike.length === 1 ? alike[0]! : input;
  };
}

function give(input: HTMLInputElement, picked: File[], files: File[]): void {
  const filled = fill(input, files);
  tellPaths(picked, filled);
  nameByPath(filled, picked);
  fire(input);
  lookInto(input);
}

/** Where in a chosen folder a file was cannot be written into a file that a script has made: the page's world says it. */
function tellPaths(originals: File[], filled: File[]): void {
  const world = pageWorld();
  const note = originals.map((file) => file.webkitRelativePath);
  if (world && note.some(Boolean)) sendParcel(world, PATHS, { note, files: filled });
}

export function setFiles(input: HTMLInputElement, files: File[]): void {
  fill(input, files);
  fire(input);
}

/** As the browser does it after a choice: `input` leaves shadow roots, `change` does not. */
function fire(input: HTMLInputElement): void {
  input.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
  input.dispatchEvent(new Event('change', { bubbles: true }));
}

function fill(input: HTMLInputElement, files: File[]): File[] {
  input.files = fileListForPage(files);
  const filled = [...input.files];
  given.set(input, filled);
  return filled;
}

/** The texts that came along with the files; a DataTransfer is emptied after its event. */
export function textsOf(transfer: DataTransfer): [type: string, data: string][] {
  return transfer.types.filter((type) => type !== 'Files').map((type) => [type, transfer.getData(type)]);
}
