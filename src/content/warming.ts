/**
 * Has the engine load its models while the user is still choosing, where what is chosen may be a picture; soon, not at once: whoever has
 * chosen by then has not chosen a picture, or is waiting for the engine already.
 */
import { warmEngine } from '../shared/engine-client';

const SOON_MS = 300;
const PICTURES = /^(\*|image|\.(jpe?g|jfif|png|webp|gif|avif|bmp|hei[cf]|tiff?|jxl)$)/i;

let timer: ReturnType<typeof setTimeout> | undefined;

function warmSoon(): void {
  clearTimeout(timer);
  timer = setTimeout(warmEngine, SOON_MS);
}

/** Before its chooser opens. */
export function warmForChooser({ accept }: HTMLInputElement): void {
  if (mayTakePictures(accept)) warmSoon();
}

/** Of a drag, as far as it can be seen before it is dropped. */
export function warmForDrag({ items }: DataTransfer): void {
  if ([...items].some(({ kind, type }) => kind === 'file' && (type === '' || type.startsWith('image/')))) warmSoon();
}

/** The files are here. */
export function stopWarming(): void {
  clearTimeout(timer);
}

/** @param accept of a file input: MIME types and endings; everything where there are none */
export function mayTakePictures(accept: string): boolean {
  const kinds = accept.split(',').map((kind) => kind.trim()).filter(Boolean);
  return kinds.length === 0 || kinds.some((kind) => PICTURES.test(kind));
}
