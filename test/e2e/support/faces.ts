/** Where the faces of the test pictures are, by the extension's own detector. */
import { openExtension } from '../../../scripts/extension';
import { boundsInPicture, canonicalBox, similarityTransform, type Similarity } from '../../../src/engine/align';
import type { Box } from '../../../src/engine/types';

/** Of the first face of each file: template coordinates to pixels. */
export async function findFaces(paths: string[]): Promise<Map<string, Similarity>> {
  const extension = await openExtension({ dist: 'dist-demo' });
  try {
    const found = new Map<string, Similarity>();
    for (const path of paths) found.set(path, similarityTransform((await extension.detect(path)).faces[0]!.keypoints));
    return found;
  } finally {
    await extension.close();
  }
}

/** All that a cloak may change: the box around the face's canonical crop. */
export function cloakedBox(face: Similarity): Box {
  return boundsInPicture(face, canonicalBox);
}
