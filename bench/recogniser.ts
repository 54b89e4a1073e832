/** The recognisers of extractors.json by onnxruntime: the judges that training never sees, and their thresholds. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Similarity, TemplateBox } from '../src/engine/align';
import { dataRoot } from './data';
import { crop, type Picture } from './picture';

interface Entry {
  file: string;
  role: 'train' | 'judge';
  name: string;
  input: { size: number; template_box: TemplateBox; channels: 'RGB' | 'BGR'; mean: number[]; std: number[] };
}

/** Unit length. */
export type Embedding = Float32Array;

/** A picture and where its face is: template coordinates to its pixels. */
export interface Placed {
  picture: Picture;
  alignment: Similarity;
}

const folder = join(dataRoot, 'extractors');

function entriesOf(role: Entry['role']): [id: string, entry: Entry][] {
  const { extractors } = JSON.parse(readFileSync(join(folder, 'extractors.json'), 'utf8')) as { extractors: Record<string, Entry> };
  return Object.entries(extractors).filter(([, entry]) => entry.role === role);
}

/** Without loading any. */
export function recogniserIds(role: Entry['role']): string[] {
  return entriesOf(role).map(([id]) => id);
}

export class Recogniser {
  private constructor(
    readonly id: string,
    readonly name: string,
    private readonly entry: Entry,
    private readonly session: InferenceSession,
  ) {}

  /** Every recogniser of a role, in the file's order. */
  static async loadAll(role: Entry['role']): Promise<Recogniser[]> {
    return Promise.all(
      entriesOf(role).map(async ([id, entry]) => {
        const session = await InferenceSession.create(join(folder, entry.file), { intraOpNumThreads: 1 } /* several recognisers run side by side */);
        return new Recogniser(id, entry.name, entry, session);
      }),
    );
  }

  embed(picture: Picture, alignment: Similarity): Promise<Embedding> {
    return this.embedCrop(this.cut({ picture, alignment }));
  }

  /** What this recogniser looks at. */
  cut({ picture, alignment }: Placed): Picture {
    const { size, template_box: box } = this.entry.input;
    return crop(picture, alignment, box, size);
  }

  /** True where `cut` of the other gives the same pixels. */
  cutsLike(other: Recogniser): boolean {
    const of = ({ entry: { input } }: Recogniser) => `${input.size} ${input.template_box.join()}`;
    return of(this) === of(other);
  }

  /** One face at a time: on a processor, batches are no faster. @param face made by `cut` */
  async embedCrop(face: Picture): Promise<Embedding> {
    const { size } = this.entry.input;
    const [inputName = ''] = this.session.inputNames;
    const [outputName = ''] = this.session.outputNames;
    const output = await this.session.run({ [inputName]: new Tensor('float32', this.toInput(face), [1, 3, size, size]) });
    return normalise(output[outputName]?.data as Float32Array);
  }

  private toInput({ data, width, height }: Picture): Float32Array {
    const { channels, mean, std } = this.entry.input;
    const plane = width * height;
    const input = new Float32Array(plane * 3);
    for (let channel = 0; channel < 3; channel++) {
      const from = channels === 'BGR' ? 2 - channel : channel;
      for (let pixel = 0; pixel < plane; pixel++) {
        input[channel * plane + pixel] = (data[pixel * 3 + from]! - mean[channel]!) / std[channel]!;
      }
    }
    return input;
  }
}

function normalise(vector: Float32Array): Embedding {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

export function cosine(a: Embedding, b: Embedding): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Cosines of all pairs of different people. @param people one list of embeddings a person */
export function impostorScores(people: readonly Embedding[][]): Float64Array {
  const embeddings = people.flatMap((own, person) => own.map((embedding) => ({ person, embedding })));
  const scores = new Float64Array((embeddings.length * (embeddings.length - 1)) / 2);
  let count = 0;
  embeddings.forEach((a, index) => {
    for (let other = index + 1; other < embeddings.length; other++) {
      const b = embeddings[other]!;
      if (a.person !== b.person) scores[count++] = cosine(a.embedding, b.embedding);
    }
  });
  return scores.slice(0, count);
}

/** The score above which a share `far` of the impostors' scores lie. */
export function thresholdAtFalseAcceptRate(impostors: Float64Array, far: number): number {
  if (impostors.length * far < 1) throw new Error(`${impostors.length} pairs are too few for a false accept rate of ${far}.`);
  const sorted = impostors.toSorted();
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * (1 - far)))]!;
}
