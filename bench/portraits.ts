/**
 * The part of `bench:protection` that is about portraits of photo size, what people post: what the judges and the product's own check
 * make of them. There is one photo of each person, so the only figure is the cosine to it.
 */
import { join } from 'node:path';
import { similarityTransform } from '../src/engine/align';
import type { CloakOptions } from '../src/engine/types';
import { asPngs, type Cloaked, cloakAll } from './contenders';
import type { Engines } from './engines';
import { compareOutside } from './fidelity';
import { cleanPhoto, type Contender, look, type Place } from './jury';
import { detectedPlace, type Photo, subjectOf } from './photos';
import { decode } from './picture';
import { progress } from './progress';
import { cosine, type Embedding, type Recogniser } from './recogniser';
import { type Judged, type PortraitResult, type PortraitsResult } from './result';
import { HALF, PROFILE, RAW, REALIGNED, TRANSFORMATIONS } from './transformations';

export const PORTRAIT_TRANSFORMATIONS = TRANSFORMATIONS.filter(({ name }) => [RAW, PROFILE, HALF].includes(name));
/** As many of the portraits are sent as PNGs as well, to see what changes outside the faces. */
const LOSSLESS = 8;

type About = Pick<PortraitsResult, 'name' | 'kind' | 'key'>;

export class Portraits {
  private clean: Promise<Map<Recogniser, Embedding[]>> | null = null;

  constructor(
    private readonly engines: Engines,
    private readonly judges: readonly Recogniser[],
    readonly photos: readonly Photo[],
  ) {}

  async cleanResult(about: About): Promise<PortraitsResult> {
    const cosines = await this.cosines('clean: portraits', cleanPhoto);
    const portraits = this.photos.map(({ id }, index): PortraitResult => {
      return { id, cosines: cosines[index]!, recognised: null, steps: 0, bytes: { before: 1, after: 1 } };
    });
    return { ...about, revision: '', uncloaked: 0, portraits };
  }

  /** @param folder where the cloaked files are kept */
  async cloaked(about: About, folder: string, options: Partial<CloakOptions>): Promise<PortraitsResult> {
    const title = `${about.name}: portraits`;
    const files = await cloakAll(title, this.engines, this.photos, folder, options);
    const place = await detectedPlace(`${title}, faces`, this.engines, join(folder, 'faces.json'), this.photos, ({ id }) => files.get(id)!.path);
    const cosines = await this.cosines(`${title}, judges`, ({ id }) => decode(files.get(id)!.path), place);
    const outside = await this.outside(title, folder, options);
    const portraits = this.photos.map(({ id }, index): PortraitResult => {
      const file = files.get(id)!;
      return { id, cosines: cosines[index]!, ...ownCheck(file), bytes: file.report.bytes, ...(outside.has(id) && { outside: outside.get(id)! }) };
    });
    const uncloaked = [...files.values()].filter(({ report }) => report.outcome !== 'cloaked').length;
    return { ...about, revision: this.engines.revision, uncloaked, portraits };
  }

  /** @param place where the detector sees the faces in these pictures; not asked for the clean ones */
  private async cosines(title: string, picture: Contender, place?: Place): Promise<Record<string, Judged<number>>[]> {
    const clean = await (this.clean ??= look(this.judges, this.photos, { picture: cleanPhoto, done() {} }));
    const tasks = [...PORTRAIT_TRANSFORMATIONS, ...(place ? [REALIGNED] : [])];
    return progress(title, tasks.length * this.photos.length, async (done) => {
      const cosines = this.photos.map((): Record<string, Judged<number>> => ({}));
      for (const transformation of tasks) {
        const realigned = transformation === REALIGNED && place ? { place } : {};
        const seen = await look(this.judges, this.photos, { picture, transformation, done, ...realigned });
        cosines.forEach((of, index) => {
          const ofJudge = (judge: Recogniser) => cosine(clean.get(judge)![index]!, seen.get(judge)![index]!);
          of[transformation.name] = Object.fromEntries(this.judges.map((judge) => [judge.id, ofJudge(judge)]));
        });
      }
      return cosines;
    });
  }

  private async outside(title: string, folder: string, options: Partial<CloakOptions>): Promise<Map<string, PortraitResult['outside']>> {
    const some = Math.min(LOSSLESS, this.photos.length);
    const pngs = await asPngs(Array.from({ length: some }, (_, i) => this.photos[Math.floor((i * this.photos.length) / some)]!));
    const files = await cloakAll(`${title} as PNG`, this.engines, pngs, join(folder, 'png'), options);
    const measured = pngs.map(async ({ id, path }) => {
      const { path: after, report } = files.get(id)!;
      const faces = report.faces.map(({ keypoints }) => similarityTransform(keypoints));
      return [id, compareOutside(await decode(path), await decode(after), faces)] as const;
    });
    return new Map(await Promise.all(measured));
  }
}

/** A portrait without a face found goes out as it was: it is as known as before. */
function ownCheck({ report }: Cloaked): Pick<PortraitResult, 'recognised' | 'steps'> {
  const subject = subjectOf(report.faces, report.width, report.height);
  return subject ? { recognised: subject.recognised, steps: subject.steps } : { recognised: true, steps: 0 };
}
