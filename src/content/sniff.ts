/** Tells whether a file can be a picture, so that everything else passes without a question to the engine. */
import { pictureType } from '../shared/imageType';
import { ours } from './ownership';

export async function canBePicture(file: Blob): Promise<boolean> {
  try {
    return (await pictureType(ours(file))) !== null;
  } catch {
    return true; // cannot be read now, but perhaps when the page does: the engine will say
  }
}
