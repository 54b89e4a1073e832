/** What may show a photo, but in a form that nobody here reads. */
import { addressOf } from './addresses';
import type { Picture } from './place';

/** As part of a drawing, which is held like any picture that cannot be cloaked. It goes nowhere: the text stays as it is, or is not given. */
export function asDrawing(bytes: Uint8Array<ArrayBuffer>): Picture {
  const markup = `<svg xmlns="http://www.w3.org/2000/svg"><image href="${addressOf({ type: 'image/x-unknown', bytes })}"/></svg>`;
  return { type: 'image/svg+xml', bytes: new TextEncoder().encode(markup) };
}
