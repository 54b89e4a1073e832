/**
 * Held-out recognisers, asked whether the face that arrived is still the one that was sent. Their weights are not part of
 * the project: where they are absent, null, and the tests say so.
 */
import { readFile } from 'node:fs/promises';
import { hasData } from '../../../bench/data';
import { decode, type Alignment } from '../../../bench/picture';
import { cosine, Recogniser } from '../../../bench/recogniser';
import { similarityTransform } from '../../../src/engine/align';
import { openExtension } from '../../../scripts/extension';

export interface Judges {
  /** Mean over the judges of the cosine between the first face of the file and the same place in what arrived. */
  similarity(path: string, received: Buffer): Promise<number>;
}

/** @param paths files whose faces will be asked about */
export async function callJudges(paths: string[]): Promise<Judges | null> {
  if (!hasData()) {
    console.warn('No recognisers beside the project: whether they still know the face is not tested.');
    return null;
  }
  const recognisers = await Recogniser.loadAll('judge');
  const alignments = await findFaces(paths);
  return {
    async similarity(path, received) {
      const alignment = alignments.get(path)!;
      const [sent, arrived] = await Promise.all([decode(await readFile(path)), decode(received)]);
      const cosines = await Promise.all(
        recognisers.map(async (judge) => cosine(await judge.embed(sent, alignment), await judge.embed(arrived, alignment))),
      );
      return cosines.reduce((sum, value) => sum + value, 0) / cosines.length;
    },
  };
}

async function findFaces(paths: string[]): Promise<Map<string, Alignment>> {
  const extension = await openExtension({ dist: 'dist-demo' });
  try {
    const found = new Map<string, Alignment>();
    for (const path of paths) found.set(path, similarityTransform((await extension.detect(path)).faces[0]!.keypoints));
    return found;
  } finally {
    await extension.close();
  }
}
