/** The held-out people's photos, each with the place of its subject's face as the extension's own detector sees it. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { canonicalBox, scaleOf, type Similarity, similarityTransform } from '../src/engine/align';
import type { DetectedFace, Point } from '../src/engine/types';
import { people } from './data';
import { contentHash, type Engines } from './engines';
import { progress } from './progress';
import { cached } from './result';
import { mean } from './table';

export interface Photo {
  /** File name without its ending: `Person_0001`. */
  id: string;
  person: string;
  path: string;
  /** The detector's, null where it finds no face. */
  keypoints: Point[] | null;
  /** Template coordinates to pixels; the mean of all photos where no face is found: LFW's are aligned already. */
  alignment: Similarity;
}

/** Side of the canonical crop in the photo's own pixels. */
export function cropSide({ alignment }: Photo): number {
  return (canonicalBox[2] - canonicalBox[0]) * scaleOf(alignment);
}

interface Detected {
  path: string;
  keypoints: Point[] | null;
}

/** All photos of all held-out people; what was detected is kept in `cache` for as long as detector and photos stay the same. */
export async function findPhotos(engines: Engines, cache: string): Promise<Photo[]> {
  const all = people('test').flatMap(({ name, photos }) => photos.map((path) => ({ person: name, path })));
  const detected = await cached(cache, await fingerprint(all.map(({ path }) => path)), () => detectAll(engines, all.map(({ path }) => path)));
  const alignments = detected.map(({ keypoints }) => keypoints && similarityTransform(keypoints));
  const usual = meanAlignment(alignments.filter((alignment) => alignment !== null));
  return all.map(({ person, path }, index) => ({
    id: basename(path, '.jpg'),
    person,
    path,
    keypoints: detected[index]!.keypoints,
    alignment: alignments[index] ?? usual,
  }));
}

function detectAll(engines: Engines, paths: string[]): Promise<Detected[]> {
  return progress('faces', paths.length, (done) =>
    engines.map(paths, async (extension, path) => {
      const { faces, width, height } = await extension.detect(path);
      done();
      return { path, keypoints: subjectOf(faces, width, height)?.keypoints ?? null };
    }),
  );
}

/** The face in the middle: LFW's photos are cut around their subject. */
export function subjectOf(faces: DetectedFace[], width: number, height: number): DetectedFace | undefined {
  const distance = ({ box }: DetectedFace) => Math.hypot(box.x + box.width / 2 - width / 2, box.y + box.height / 2 - height / 2);
  return faces.toSorted((a, b) => distance(a) - distance(b))[0];
}

function meanAlignment(alignments: Similarity[]): Similarity {
  const of = (key: keyof Similarity) => mean(alignments.map((alignment) => alignment[key]));
  return { a: of('a'), b: of('b'), tx: of('tx'), ty: of('ty') };
}

async function fingerprint(paths: string[]): Promise<string> {
  return createHash('sha256').update(await contentHash('src/engine/detect')).update(paths.join('\n')).digest('hex');
}

/** Photos by person, in the order of their numbers. */
export function byPerson(photos: readonly Photo[]): Photo[][] {
  const people = new Map<string, Photo[]>();
  for (const photo of photos) people.set(photo.person, [...(people.get(photo.person) ?? []), photo]);
  return [...people.values()];
}
