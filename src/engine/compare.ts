/** Asks the on-device recogniser about another copy of a cloaked picture: what a site made of it, say. */
import { scaled, similarityTransform } from './align';
import { contextShowing, isStillKnown, oneByOne } from './cloak';
import { decode, type DecodedPicture } from './decode';
import type { SelfCheck } from './selfCheck/selfCheck';
import { CloakError, type DetectedFace, type FaceLikeness } from './types';

/**
 * @param faces of `original`, in its pixels
 * @param copy the same picture, of whatever size
 * @returns for each face what a `FaceReport` would say, had the copy been the cloaked picture
 * Throws `CloakError` (`decode`, `too-large`), or the signal's reason.
 */
export async function compare(original: File, copy: File, faces: DetectedFace[], selfCheck: SelfCheck, signal: AbortSignal): Promise<FaceLikeness[]> {
  const transforms = faces.map(({ keypoints }) => similarityTransform(keypoints));
  const [source, references] = await withPicture(original, async (picture) => {
    const context = contextShowing(picture);
    return [picture.bitmap.width, await oneByOne(transforms, signal, (transform) => selfCheck.reference(context, transform))] as const;
  });
  return withPicture(copy, async (picture) => {
    const context = contextShowing(picture);
    const scale = context.canvas.width / source;
    return oneByOne(references, signal, async (reference) => {
      const after = await selfCheck.similarityAfter(context, { ...reference, transform: scaled(reference.transform, scale) });
      return { similarity: { before: reference.similarity, after }, recognised: isStillKnown(after) };
    });
  });
}

async function withPicture<T>(file: File, use: (picture: DecodedPicture) => Promise<T>): Promise<T> {
  const picture = await decode(file);
  if (!picture) throw new CloakError('damaged');
  try {
    return await use(picture);
  } finally {
    picture.bitmap.close();
  }
}
