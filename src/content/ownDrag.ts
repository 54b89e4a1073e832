/**
 * The drag that was begun in this very page, by the user's own hand: its pictures are the page's, and go back to it untouched. What is known of it are
 * the pictures themselves, as the drag began with them, so that nothing else can pass in its place.
 */
import { picturesOf } from './carriers/carriers';
import { digestOf } from './givenPictures';
import { listen } from './listening';
import { textsOf } from './routes/file-input';

interface OwnDrag {
  /** Digests of those in its texts. */
  pictures: Set<string>;
  /** Sizes and types of its files: those that the browser or the page made, never one of a disk. Their names may be others in the end. */
  files: Set<string>;
}

/** In the extension's world alone. Frames of one origin share what the outermost of them knows. */
type Shared = Window & { nullswapDrag?: OwnDrag | null };

/** None of these comes while something is dragged: the drag is over, whether its end was heard of or not. */
const NOT_DURING = ['pointerdown', 'mousedown', 'keydown', 'blur', 'pagehide'] as const;

export function watchOwnDrags(): void {
  listen('dragstart', onStart);
  for (const type of ['dragend', ...NOT_DURING] as const) listen(type, forget);
  listen('dragleave', (event) => event.relatedTarget === null && window === home() && forget(event)); // out of the page, or let go in it
}

/** What the drag that ends here began with; null where it began elsewhere. It can be had once. */
export function takeOwnDrag(): OwnDrag | null {
  const drag = home().nullswapDrag ?? null;
  home().nullswapDrag = null;
  return drag;
}

/** Whether it is one of the files that the drag began with. One of a disk never is: the browser has an entry for it, and for no other. */
export function isOwnFile(drag: OwnDrag | null, item: DataTransferItem): boolean {
  const file = item.getAsFile();
  return drag !== null && file !== null && item.webkitGetAsEntry() === null && drag.files.has(kindOf(file));
}

export function isOwnPicture(drag: OwnDrag | null, bytes: Uint8Array): boolean {
  return drag !== null && drag.pictures.size > 0 && drag.pictures.has(digestOf(bytes));
}

function forget({ isTrusted }: Event): void {
  if (isTrusted) home().nullswapDrag = null;
}

/** The outermost window that this one's origin may look into. */
function home(): Shared {
  let outermost: Shared = window;
  try {
    while (outermost.parent !== outermost && outermost.parent.document) outermost = outermost.parent;
  } catch {
    // of another origin
  }
  return outermost;
}

function onStart(event: DragEvent): void {
  if (!event.isTrusted) return;
  note(event); // as the browser has filled it
  window.addEventListener('dragstart', note, { once: true }); // as the page leaves it, where it lets us see
}

function note({ isTrusted, dataTransfer }: DragEvent): void {
  if (!isTrusted || !dataTransfer) return;
  const pictures = textsOf(dataTransfer).flatMap(([, text]) => picturesOf(text));
  const files = [...dataTransfer.items].filter((item) => item.kind === 'file' && item.webkitGetAsEntry() === null).flatMap((item) => item.getAsFile() ?? []);
  home().nullswapDrag = { pictures: new Set(pictures.map(({ bytes }) => digestOf(bytes))), files: new Set(files.map(kindOf)) };
}

function kindOf({ size, type }: File): string {
  return `${size} ${type}`;
}
