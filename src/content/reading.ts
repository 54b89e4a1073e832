/** Files that a page reads when it likes, from a handle, an entry or the clipboard: held at that moment. */
import { hold } from './hold';
import { outcomeFor } from './known';
import { refusal } from './page-world';
import { canBePicture } from './sniff';

/** A page may read a whole folder at once: one after the other, so that there is one notice at a time. */
let last: Promise<unknown> = Promise.resolve();

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
