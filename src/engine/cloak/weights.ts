/** The trained network and what a cloak may do, as training/export.py writes them. */
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import type { Strength } from '../../shared/strengths';
import { readWeightFile, type TensorEntry } from '../weightFile';
import type { Bounds, FieldName } from './fields';

/** What training/README.md calls the format of the network file. */
const FORMAT = 7;

/** Constants of the visibility measure; training/perceptual.py says what they mean. */
export interface Perception {
  luma: [number, number, number];
  cb: number;
  cr: number;
  bands: number[];
  chroma: number[];
  mask_floor: number;
  mask_gain: number;
  mask_ceiling: number;
  mask_unit: number;
  scale: number;
}

/** Constants of the fields and of where a face takes them; training/fields.py says what they mean. */
export interface FieldsDescription {
  grids: Record<FieldName, { channels: number; side: number }>;
  centre: [number, number];
  radii: [number, number];
  soft: number;
  skin_at: [number, number][];
  skin_spread: number;
  skin_deviations: [number, number, number];
  skin_floor: number;
  detail_floor: number;
  rough: number;
  /** Orthonormal; each as many numbers as a warp has parameters: what of a warp would change the face's expression. */
  expression: number[][];
}

/** How far a strength goes on a face that is shown small. */
export interface Allowance extends Bounds {
  /** The share of the visibility that paint has where it goes alone. */
  paint: number;
  /** The share of the colours' thresholds that holds for paint. */
  colour: number;
}

export interface NetworkDescription {
  format: number;
  input: { size: number; working_size: number };
  perception: Perception;
  fields: FieldsDescription;
  /** Side of the neighbourhood whose smoothest place counts, and the fine detail there that leaves half of a touch. */
  touch: { near: number; half: number };
  /** Of paint that goes alone: its visibility (unit: models/MODEL_CARD.md) and largest value. */
  limits: { visibility: number; largest: number };
  strengths: Record<Strength, Allowance>;
  /** A cloak of paint alone, as it was before there were fields: for measuring. */
  paint_alone: Pick<Allowance, 'paint' | 'colour'>;
  tensors: TensorEntry[];
}

export interface TrainedNetwork {
  description: NetworkDescription;
  /** By name; on the current tf.js backend. */
  tensors: Map<string, Tensor>;
}

/** @param folder address of the directory that holds both files, with a slash at the end */
export async function loadTrainedNetwork(folder: URL): Promise<TrainedNetwork> {
  const { description, tensors } = await readWeightFile<NetworkDescription>(
    new URL('network.json', folder),
    new URL('weights.bin', folder),
    FORMAT,
  );
  return { description, tensors: new Map([...tensors].map(([name, { shape, values }]) => [name, tensor(values, shape)])) };
}
