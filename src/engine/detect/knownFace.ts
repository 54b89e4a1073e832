/** A face that everybody knows is one: a detector that does not find it is broken, and its "no face" means nothing. */
import { containment } from './boxes';
import type { Box, DetectedFace } from '../types';

/** Pixels a side; written by scripts/assets.ts. */
export const KNOWN_FACE_SIZE = 96;

/** Between the eyes and the mouth. */
const PLACE: Box = { x: 40, y: 38, width: 16, height: 18 };

/** Throws where `npm run assets` has not put it there. */
export async function loadKnownFace(assets: URL): Promise<OffscreenCanvas> {
  const picture = await createImageBitmap(await (await fetch(new URL('models/known_face.jpg', assets))).blob());
  const canvas = new OffscreenCanvas(KNOWN_FACE_SIZE, KNOWN_FACE_SIZE);
  canvas.getContext('2d', { alpha: false, willReadFrequently: true })!.drawImage(picture, 0, 0);
  picture.close();
  return canvas;
}

/** Whether this is what a sound detector makes of it. */
export function isKnownFace(faces: readonly DetectedFace[]): boolean {
  return faces.some(({ box }) => box.width < 0.7 * KNOWN_FACE_SIZE && containment(box, PLACE) === 1);
}
