/**
 * Pictures that hide in texts: in what is pasted, dropped or read from the clipboard. They are held like files, and what became of them is put
 * back into the texts. Whatever kind of text it is said to be, all that is looked at is what stands in it.
 */
import { rootElement } from '../../shared/svg';
import { wasGiven } from '../givenPictures';
import { bytesOf } from '../ownership';
import { addressPlaces, drawingPlaces, mayHoldAddress } from './addresses';
import { inOrder, rewritten, type Picture, type Place } from './place';
import { mayHoldRtf, rtfPlaces } from './rtf';

export { addressOf } from './addresses';

export interface Carried {
  /** Of all texts, each once however often it stands there; none that the page was given before. */
  files: File[];
  /** The same texts with these pictures in place of theirs, in the same order. What is not replaced stays letter for letter. */
  replace(files: File[]): Promise<[type: string, data: string][]>;
}

/** @param isKnown of what need not be held; the digests of its bytes tell */
export function carriedPictures(texts: [type: string, data: string][], isKnown: (bytes: Uint8Array) => boolean = wasGiven): Carried {
  const places = texts.map(([, data]) => placesIn(data));
  const held: Picture[] = [];
  /** Index into `held` of each picture; -1: the page was given it. */
  const numbers = new Map(places.flat().flatMap(({ pictures }) => pictures).map((picture) => [picture, isKnown(picture.bytes) ? -1 : numberOf(picture, held)]));
  const files = held.map(({ type, bytes }) => new File([bytes], 'embedded picture', { type }));
  return {
    files,
    async replace(cloaked) {
      const changed = await Promise.all(cloaked.map((file, index) => (file === files[index] ? null : pictureOf(file))));
      const insteadOf = (picture: Picture): Picture | null => changed[numbers.get(picture)!] ?? null;
      return texts.map(([type, data], index) => {
        const own = places[index]!;
        if (!own.some(({ pictures }) => pictures.some(insteadOf))) return [type, data];
        return [type, rewritten(data, own, (place) => (place.pictures.length === 0 || place.pictures.some(insteadOf) ? place.write(place.pictures.map((picture) => insteadOf(picture) ?? picture)) : null))];
      });
    },
  };
}

/** All that stand in a text. */
export function picturesOf(text: string): Picture[] {
  return placesIn(text).flatMap(({ pictures }) => pictures);
}

/** Whether the text as a whole is one, the photos of which are then looked for in it. */
export function isDrawing(text: string): boolean {
  return rootElement(text) === 'svg';
}

function placesIn(text: string): Place[] {
  if (isDrawing(text)) return drawingPlaces(text);
  return inOrder([...(mayHoldRtf(text) ? rtfPlaces(text) : []), ...(mayHoldAddress(text) ? addressPlaces(text) : [])]);
}

function numberOf(picture: Picture, held: Picture[]): number {
  const known = held.findIndex(({ bytes }) => areSame(bytes, picture.bytes));
  return known < 0 ? held.push(picture) - 1 : known;
}

function areSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

async function pictureOf(file: File): Promise<Picture> {
  return { type: file.type, bytes: await bytesOf(file) };
}
