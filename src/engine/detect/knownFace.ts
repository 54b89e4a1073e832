/** A face that everybody knows is one: a detector that does not find it is broken, and its "no face" means nothing. */
import { Picture } from '../picture';
import type { PixelSource } from '../pixels';
import { containment } from './boxes';
import { Level } from './pyramid';
import type { Box, DetectedFace } from '../types';

/** Pixels a side; written by scripts/assets.ts. */
export const KNOWN_FACE_SIZE = 96;

/** Between the eyes and the mouth. */
const PLACE: Box = { x: 40, y: 38, width: 16, height: 18 };

/** Throws where `npm run assets` has not put it there. */
export async function loadKnownFace(assets: URL): Promise<PixelSource> {
  const picture = await createImageBitmap(await (await fetch(new URL('models/known_face.jpg', assets))).blob());
  const whole = { x: 0, y: 0, width: KNOWN_FACE_SIZE, height: KNOWN_FACE_SIZE };
  const pixels = new Picture(picture).read(whole);
  picture.close();
  return new Level(1, pixels);
}

/** Whether this is what a sound detector makes of it. */
export function isKnownFace(faces: readonly DetectedFace[]): boolean {
  return faces.some(({ box }) => box.width < 0.7 * KNOWN_FACE_SIZE && containment(box, PLACE) === 1);
}
