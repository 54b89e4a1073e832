/** Files that a page reads when it likes, from a handle, an entry or the clipboard: held at that moment. */
import { carriedPictures } from './carriers/carriers';
import { hold } from './held/hold';
import { outcomeFor } from './known';
import { refusal } from './replies';
import { canBePicture } from './sniff';

/** A page may read a whole folder at once: one after the other, so that there is one notice at a time. */
let last: Promise<unknown> = Promise.resolve();

/** Of a text, with its pictures as the page may have them. Throws as `cloakForReading` does. */
export async function cloakTextForReading(type: string, text: string): Promise<string> {
  const carried = carriedPictures([[type, text]]);
  if (carried.files.length === 0) return text;
  const turn = last.then(() => passedTogether(carried.files));
  last = turn.catch(() => {});
  const files = await turn;
  if (!files) throw refusal();
  const [[, result]] = (await carried.replace(files)) as [[string, string]];
  return result;
}

/** What the page may have instead. Throws a `DOMException`, as for a file that cannot be read, where the user chose nothing. */
export async function cloakForReading(file: File): Promise<File> {
  if (!(await canBePicture(file))) return file;
  const turn = last.then(() => passed(file));
  last = turn.catch(() => {});
  const result = await turn;
  if (!result) throw refusal();
  return result;
}

async function passed(file: File): Promise<File | null> {
  const known = await outcomeFor(file);
  if (known) return known.file;
  return new Promise((resolve) => {
    void hold({ files: [file], deliver: ([cloaked]) => resolve(cloaked!), cancel: () => resolve(null) });
  });
}

/** Null where one of them may not pass: a text goes as a whole. */
async function passedTogether(files: File[]): Promise<File[] | null> {
  const known = await Promise.all(files.map(outcomeFor));
  if (known.some((outcome) => outcome?.file === null)) return null;
  const others = files.filter((_, index) => !known[index]);
  const cloaked = others.length === 0 ? [] : await new Promise<File[] | null>((resolve) => void hold({ files: others, deliver: resolve, cancel: () => resolve(null) }));
  return cloaked && known.map((outcome) => outcome?.file ?? cloaked.shift()!);
}
