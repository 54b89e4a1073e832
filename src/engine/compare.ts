/** Asks the on-device recogniser about another copy of a cloaked picture: what a site made of it, say. */
import { scaled, similarityTransform } from './align';
import { isStillKnown, oneByOne } from './pipeline/cloak';
import { decodeFile } from './decode';
import { Picture } from './picture';
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
    return [picture.width, await oneByOne(transforms, signal, (transform) => selfCheck.reference(picture, transform))] as const;
  });
  return withPicture(copy, async (picture) => {
    const scale = picture.width / source;
    return oneByOne(references, signal, async (reference) => {
      const after = await selfCheck.similarityAfter(picture, { ...reference, transform: scaled(reference.transform, scale) });
      return { similarity: { before: reference.similarity, after }, recognised: isStillKnown(after) };
    });
  });
}

async function withPicture<T>(file: File, use: (picture: Picture) => Promise<T>): Promise<T> {
  const decoded = await decodeFile(file);
  if (!decoded) throw new CloakError('damaged');
  try {
    return await use(new Picture(decoded.bitmap));
  } finally {
    decoded.bitmap.close();
  }
}
