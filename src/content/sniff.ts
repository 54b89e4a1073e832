/** Tells whether a file can be a picture, so that everything else passes without a question to the engine. */
import { imageType, SIGNATURE_LENGTH } from '../shared/imageType';

export async function canBePicture(file: Blob): Promise<boolean> {
  try {
    return imageType(new Uint8Array(await file.slice(0, SIGNATURE_LENGTH).arrayBuffer())) !== null;
  } catch {
    return true; // cannot be read now, but perhaps when the page does: the engine will say
  }
}
