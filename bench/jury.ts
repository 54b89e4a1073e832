/** The judges, what they know of the clean photos, and what they say of a contender's. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import pMap from 'p-map';
import type { Similarity } from '../src/engine/align';
import { contentHash } from './engines';
import { decode, type Picture } from './picture';
import { byPerson, type Photo } from './photos';
import { progress } from './progress';
import { cosine, type Embedding, impostorScores, type Placed, Recogniser, thresholdAtFalseAcceptRate } from './recogniser';
import { cached, type Histogram, type Judged, OUT, type Pairs, type Score } from './result';
import { mean } from './table';
import type { Transformation } from './transformations';

export const FALSE_ACCEPT_RATE = 1e-3;

/** Pictures on their way at once: decoding, resampling and the judges run beside this thread. */
const AT_ONCE = 4;

/** Gives the picture that a contender makes of a photo. */
export type Contender = (photo: Photo) => Promise<Picture>;

/** Where a photo's face is in the contender's picture: template coordinates to pixels. */
export type Place = (photo: Photo) => Similarity;

/** A recogniser that is aligned as well as can be. */
export const cleanPlace: Place = ({ alignment }) => alignment;

export const cleanPhoto: Contender = (photo) => decode(photo.path);

interface Judge {
  recogniser: Recogniser;
  clean: Map<Photo, Embedding>;
  /** One clean photo of every person, never the one that is cloaked where there is another. */
  gallery: { person: string; embedding: Embedding }[];
  threshold: number;
  impostors: Float64Array;
}

export class Jury {
  private constructor(
    private readonly judges: readonly Judge[],
    private readonly people: ReadonlyMap<string, readonly Photo[]>,
  ) {}

  static async over(recognisers: readonly Recogniser[], photos: readonly Photo[]): Promise<Jury> {
    const groups = byPerson(photos);
    const seen = await cached(join(OUT, 'clean-embeddings.json'), await fingerprint(recognisers, photos), async () => {
      const looked = await progress('clean photos', photos.length, (done) => look(recognisers, photos, { picture: cleanPhoto, done }));
      return recognisers.map((recogniser) => looked.get(recogniser)!.map((embedding) => Array.from(embedding)));
    });
    const judges = recognisers.map((recogniser, index) => {
      const embeddings = seen[index]!.map((values) => Float32Array.from(values));
      const clean = new Map(photos.map((photo, index) => [photo, embeddings[index]!]));
      const impostors = impostorScores(groups.map((group) => group.map((photo) => clean.get(photo)!)));
      const gallery = groups.map((group) => ({ person: group[0]!.person, embedding: clean.get(group[1] ?? group[0]!)! }));
      return { recogniser, clean, gallery, impostors, threshold: thresholdAtFalseAcceptRate(impostors, FALSE_ACCEPT_RATE) };
    });
    return new Jury(judges, new Map(groups.map((group) => [group[0]!.person, group])));
  }

  thresholds(): Judged<number> {
    return this.byJudge(({ threshold }) => threshold);
  }

  /** Scores of the contender's pictures, in the photos' order, by transformation and judge. */
  async judge(
    title: string,
    photos: readonly Photo[],
    picture: Contender,
    transformations: readonly Transformation[],
    place = cleanPlace,
  ): Promise<Record<string, Judged<Score>>[]> {
    const recognisers = this.judges.map(({ recogniser }) => recogniser);
    return progress(title, photos.length * transformations.length, async (done) => {
      const scores = photos.map((): Record<string, Judged<Score>> => ({}));
      for (const transformation of transformations) {
        const seen = await look(recognisers, photos, { picture, place, transformation, done });
        photos.forEach((photo, index) => {
          scores[index]![transformation.name] = this.byJudge((judge) => this.score(judge, photo, seen.get(judge.recogniser)![index]!));
        });
      }
      return scores;
    });
  }

  private score(judge: Judge, photo: Photo, probe: Embedding): Score {
    const best = judge.gallery.reduce((a, b) => (cosine(probe, b.embedding) > cosine(probe, a.embedding) ? b : a));
    const genuine = this.genuineScores(judge, photo, probe);
    return {
      cosine: cosine(probe, judge.clean.get(photo)!),
      verifies: genuine.filter((score) => score >= judge.threshold).length / genuine.length,
      first: best.person === photo.person,
    };
  }

  /** With the person's other clean photos. */
  private genuineScores({ clean }: Judge, photo: Photo, probe: Embedding): number[] {
    const others = this.people.get(photo.person)!.filter((other) => other !== photo);
    return others.map((other) => cosine(probe, clean.get(other)!));
  }

  /**
   * What the contender's pictures, as they are, have in common with each other and with clean ones.
   * @param photos one a person
   * @param seconds another photo of some of these people
   */
  async pairs(
    title: string,
    photos: readonly Photo[],
    seconds: readonly Photo[],
    picture: Contender,
  ): Promise<{ samePerson: Judged<Pairs>; differentPeople: Judged<Pairs>; histograms: Judged<{ genuine: Histogram }> }> {
    const both = [...photos, ...seconds];
    const recognisers = this.judges.map(({ recogniser }) => recogniser);
    const seen = await progress(title, both.length, (done) => look(recognisers, both, { picture, done }));
    const embeddings = (judge: Judge) => seen.get(judge.recogniser)!;
    return {
      samePerson: this.byJudge((judge) => {
        const own = embeddings(judge);
        return pairsOf(seconds.map((second, index) => {
          const first = photos.findIndex(({ person }) => person === second.person);
          return cosine(own[first]!, own[photos.length + index]!);
        }), judge.threshold);
      }),
      differentPeople: this.byJudge((judge) =>
        pairsOf([...impostorScores(embeddings(judge).slice(0, photos.length).map((embedding) => [embedding]))], judge.threshold),
      ),
      histograms: this.byJudge((judge) => ({
        genuine: histogram(photos.flatMap((photo, index) => this.genuineScores(judge, photo, embeddings(judge)[index]!))),
      })),
    };
  }

  impostors(): Judged<Histogram> {
    return this.byJudge(({ impostors }) => histogram(impostors));
  }

  private byJudge<T>(of: (judge: Judge) => T): Judged<T> {
    return Object.fromEntries(this.judges.map((judge) => [judge.recogniser.id, of(judge)]));
  }
}

/** Of photos, their alignment, who looks at them and by what code. */
async function fingerprint(recognisers: readonly Recogniser[], photos: readonly Photo[]): Promise<string> {
  return createHash('sha256').update(JSON.stringify([recognisers.map(({ id }) => id), photos])).update(await contentHash('bench')).digest('hex');
}

interface Looking {
  picture: Contender;
  /** `cleanPlace` where not given. */
  place?: Place;
  transformation?: Transformation;
  done(): void;
}

/** Every recogniser's embeddings of the contender's pictures, in the photos' order. */
export async function look(
  recognisers: readonly Recogniser[],
  photos: readonly Photo[],
  { picture, place = cleanPlace, transformation, done }: Looking,
): Promise<Map<Recogniser, Embedding[]>> {
  const embeddings = await pMap(
    photos,
    async (photo) => {
      const source: Placed = { picture: await picture(photo), alignment: place(photo) };
      const crops = cutAll(recognisers, transformation ? await transformation.apply(source) : source);
      const seen = await Promise.all(recognisers.map((recogniser) => recogniser.embedCrop(crops.get(recogniser)!)));
      done();
      return seen;
    },
    { concurrency: AT_ONCE },
  );
  return new Map(recognisers.map((recogniser, index) => [recogniser, embeddings.map((seen) => seen[index]!)]));
}

/** One crop a recogniser; those that look at the same share it. */
function cutAll(recognisers: readonly Recogniser[], placed: Placed): Map<Recogniser, Picture> {
  const crops = new Map<Recogniser, Picture>();
  for (const recogniser of recognisers) {
    const alike = [...crops.keys()].find((other) => other.cutsLike(recogniser));
    crops.set(recogniser, alike ? crops.get(alike)! : recogniser.cut(placed));
  }
  return crops;
}

function pairsOf(scores: number[], threshold: number): Pairs {
  return { count: scores.length, meanCosine: mean(scores), match: scores.filter((score) => score >= threshold).length / scores.length };
}

const BINS = 100;

function histogram(scores: Iterable<number>): Histogram {
  const counts = Array<number>(BINS).fill(0);
  for (const score of scores) {
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor(((score + 1) / 2) * BINS)));
    counts[bin]!++;
  }
  return counts;
}
