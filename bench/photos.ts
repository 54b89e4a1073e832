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

/** All photos of all held-out people; what was detected is kept in `cache` for as long as detector and photos stay the same. */
export async function findPhotos(engines: Engines, cache: string): Promise<Photo[]> {
  return photosOf(engines, cache, people('test').flatMap(({ name, photos }) => photos.map((path) => ({ person: name, path }))));
}

/** One person a portrait; kept as those of `findPhotos` are. */
export async function findPortraits(engines: Engines, cache: string, paths: readonly string[]): Promise<Photo[]> {
  return photosOf(engines, cache, paths.map((path) => ({ person: basename(path, '.jpg'), path })));
}

async function photosOf(engines: Engines, cache: string, all: readonly Pick<Photo, 'person' | 'path'>[]): Promise<Photo[]> {
  const detected = await detectSubjects('faces', engines, cache, all.map(({ path }) => path));
  const alignments = detected.map((keypoints) => keypoints && similarityTransform(keypoints));
  const usual = meanAlignment(alignments.filter((alignment) => alignment !== null));
  return all.map(({ person, path }, index) => ({
    id: basename(path, '.jpg'),
    person,
    path,
    keypoints: detected[index]!,
    alignment: alignments[index] ?? usual,
  }));
}

/** Keypoints of each picture's subject, null where the detector finds no face; kept in `cache` for as long as detector and paths stay the same. */
export async function detectSubjects(title: string, engines: Engines, cache: string, paths: readonly string[]): Promise<(Point[] | null)[]> {
  return cached(cache, await fingerprint(paths), () =>
    progress(title, paths.length, (done) =>
      engines.map(paths, async (extension, path): Promise<Point[] | null> => {
        const { faces, width, height } = await extension.detect(path);
        done();
        return subjectOf(faces, width, height)?.keypoints ?? null;
      }),
    ),
  );
}

/** Where the detector sees the face in what was made of each photo; the clean photo's place where it sees none there. */
export async function detectedPlace(
  title: string,
  engines: Engines,
  cache: string,
  photos: readonly Photo[],
  pathOf: (photo: Photo) => string,
): Promise<(photo: Photo) => Similarity> {
  const found = await detectSubjects(title, engines, cache, photos.map(pathOf));
  const places = new Map(photos.map((photo, index) => [photo, found[index] ? similarityTransform(found[index]) : photo.alignment]));
  return (photo) => places.get(photo)!;
}

/** The face in the middle: LFW's photos are cut around their subject. */
export function subjectOf<T extends DetectedFace>(faces: readonly T[], width: number, height: number): T | undefined {
  const distance = ({ box }: DetectedFace) => Math.hypot(box.x + box.width / 2 - width / 2, box.y + box.height / 2 - height / 2);
  return faces.toSorted((a, b) => distance(a) - distance(b))[0];
}

function meanAlignment(alignments: Similarity[]): Similarity {
  const of = (key: keyof Similarity) => mean(alignments.map((alignment) => alignment[key]));
  return { a: of('a'), b: of('b'), tx: of('tx'), ty: of('ty') };
}

async function fingerprint(paths: readonly string[]): Promise<string> {
  return createHash('sha256').update('keypoints').update(await contentHash('src/engine/detect')).update(paths.join('\n')).digest('hex');
}

/** Photos by person, in the order of their numbers. */
export function byPerson(photos: readonly Photo[]): Photo[][] {
  const people = new Map<string, Photo[]>();
  for (const photo of photos) people.set(photo.person, [...(people.get(photo.person) ?? []), photo]);
  return [...people.values()];
}
