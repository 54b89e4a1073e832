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

export class Recogniser {
  private constructor(
    readonly id: string,
    readonly name: string,
    private readonly entry: Entry,
    private readonly session: InferenceSession,
  ) {}

  /** Every recogniser of a role, in the file's order. */
  static async loadAll(role: Entry['role']): Promise<Recogniser[]> {
    const folder = join(dataRoot, 'extractors');
    const { extractors } = JSON.parse(readFileSync(join(folder, 'extractors.json'), 'utf8')) as {
      extractors: Record<string, Entry>;
    };
    const chosen = Object.entries(extractors).filter(([, entry]) => entry.role === role);
    return Promise.all(
      chosen.map(async ([id, entry]) => {
        const session = await InferenceSession.create(join(folder, entry.file), { intraOpNumThreads: 2 });
        return new Recogniser(id, entry.name, entry, session);
      }),
    );
  }

  async embed(picture: Picture, alignment: Similarity): Promise<Embedding> {
    const { size, template_box: box } = this.entry.input;
    const input = this.toInput(crop(picture, alignment, box, size));
    const [inputName = ''] = this.session.inputNames;
    const [outputName = ''] = this.session.outputNames;
    const output = await this.session.run({ [inputName]: new Tensor('float32', input, [1, 3, size, size]) });
    return normalise(output[outputName]?.data as Float32Array);
  }

  private toInput({ data, width, height }: Picture): Float32Array {
    const { channels, mean, std } = this.entry.input;
    const plane = width * height;
    const input = new Float32Array(plane * 3);
    for (let channel = 0; channel < 3; channel++) {
      const from = channels === 'BGR' ? 2 - channel : channel;
      for (let pixel = 0; pixel < plane; pixel++) {
        input[channel * plane + pixel] = ((data[pixel * 3 + from] ?? 0) - (mean[channel] ?? 0)) / (std[channel] ?? 1);
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

/**
 * The score above which a share `far` of all pairs of different people lie.
 * @param people one list of embeddings a person
 */
export function thresholdAtFalseAcceptRate(people: Embedding[][], far: number): number {
  const scores: number[] = [];
  for (const [index, first] of people.entries()) {
    for (const second of people.slice(index + 1)) {
      for (const a of first) for (const b of second) scores.push(cosine(a, b));
    }
  }
  if (scores.length * far < 1) throw new Error(`${scores.length} pairs are too few for a false accept rate of ${far}.`);
  const sorted = Float64Array.from(scores).sort();
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * (1 - far)))] ?? 1;
}
