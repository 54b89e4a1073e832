/**
 * Held-out recognisers, asked whether the face that arrived is still the one that was sent. Their weights are not part of
 * the project: where they are absent, null, and the tests say so.
 */
import { readFile } from 'node:fs/promises';
import { hasData } from '../../../bench/data';
import { decode } from '../../../bench/picture';
import { cosine, Recogniser } from '../../../bench/recogniser';
import type { Similarity } from '../../../src/engine/align';

export interface Judges {
  /** Mean over the judges of the cosine between the first face of the file and the same place in what arrived. */
  similarity(path: string, received: Buffer): Promise<number>;
}

/** @param faces where the face is in each file that will be asked about */
export async function callJudges(faces: Map<string, Similarity>): Promise<Judges | null> {
  if (!hasData()) {
    console.warn('No recognisers beside the project: whether they still know the face is not tested.');
    return null;
  }
  const recognisers = await Recogniser.loadAll('judge');
  return {
    async similarity(path, received) {
      const alignment = faces.get(path)!;
      const [sent, arrived] = await Promise.all([decode(await readFile(path)), decode(received)]);
      const cosines = await Promise.all(
        recognisers.map(async (judge) => cosine(await judge.embed(sent, alignment), await judge.embed(arrived, alignment))),
      );
      return cosines.reduce((sum, value) => sum + value, 0) / cosines.length;
    },
  };
}
