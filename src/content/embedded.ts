/**
 * Pictures inside the texts of a paste or a drop: markup copied from a document or a page can carry a photo in the
 * address of its image. They are held like files, and put back into the text.
 */
import { dataAddresses, latin1 } from '../shared/dataAddress';
import { embeddedType } from '../shared/imageType';

export interface Embedded {
  files: File[];
  /** The same texts with these pictures in place of theirs, in the same order. */
  replace(files: File[]): Promise<[type: string, data: string][]>;
}

/** One that stands in a text, from `start` to `end`. */
interface Place {
  start: number;
  end: number;
  file: File;
}

export function embeddedPictures(texts: [type: string, data: string][]): Embedded {
  const places = texts.map(([, data]) => picturesIn(data));
  const files = places.flat().map(({ file }) => file);
  return {
    files,
    async replace(cloaked) {
      const addresses = await Promise.all(cloaked.map((file, index) => (file === files[index] ? null : dataAddress(file))));
      let number = 0;
      return texts.map(([type, data], index) => {
        let [result, at] = ['', 0];
        for (const { start, end } of places[index]!) {
          result += data.slice(at, start) + (addresses[number++] ?? data.slice(start, end));
          at = end;
        }
        return [type, result + data.slice(at)];
      });
    },
  };
}

/** By what they hold, and what is said to be a picture though nobody may know it. */
function picturesIn(text: string): Place[] {
  return [...dataAddresses(text)].flatMap(({ start, end, type, isBase64, bytes }) => {
    const known = bytes && embeddedType(bytes);
    if (!bytes || (!known && !(isBase64 && type.startsWith('image/')))) return [];
    return [{ start, end, file: new File([bytes], 'embedded picture', { type: type.startsWith('image/') ? type : known!.type }) }];
  });
}

export async function dataAddress(file: File): Promise<string> {
  return `data:${file.type};base64,${btoa(latin1(new Uint8Array(await file.arrayBuffer())))}`;
}
