/**
 * Pictures inside the texts of a paste or a drop: markup copied from a document or a page can carry a photo in the
 * address of its image. They are held like files, and put back into the text.
 */
export interface Embedded {
  files: File[];
  /** The same texts with these pictures in place of theirs, in the same order. */
  replace(files: File[]): Promise<[type: string, data: string][]>;
}

const CHUNK = 0x8000;
const ADDRESS = /data:(image\/[\w.+-]+);base64,([A-Za-z0-9+/=\s]+|(?:[A-Za-z0-9+/=]|%[0-9A-Fa-f]{2})+)/g;

export function embeddedPictures(texts: [type: string, data: string][]): Embedded {
  const files = texts.flatMap(([, data]) => [...data.matchAll(ADDRESS)].flatMap(([, type, base64]) => fileOf(type!, base64!) ?? []));
  return {
    files,
    async replace(cloaked) {
      const addresses = await Promise.all(cloaked.map((file, index) => (file === files[index] ? null : dataAddress(file))));
      let at = 0;
      return texts.map(([type, data]) => [
        type,
        data.replace(ADDRESS, (address, kind: string, base64: string) => {
          if (!fileOf(kind, base64)) return address;
          at += 1;
          return addresses[at - 1] ?? address;
        }),
      ]);
    },
  };
}

/** Null where it is no base64. */
function fileOf(type: string, base64: string): File | null {
  try {
    const bytes = Uint8Array.from(atob(decodeURIComponent(base64)), (character) => character.charCodeAt(0));
    return new File([bytes], 'embedded picture', { type });
  } catch {
    return null;
  }
}

export async function dataAddress(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  // as many at once as a call takes arguments everywhere
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return `data:${file.type};base64,${btoa(text)}`;
}
