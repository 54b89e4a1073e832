/** The trained network as training/export.py writes it. */
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import type { Strength } from '../../shared/strengths';
import { readWeightFile, type TensorEntry } from '../weightFile';

/** What training/README.md calls the format of the network file. */
const FORMAT = 5;

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

/** What a strength may draw on a face that is shown small. */
export interface Allowance {
  /** Unit: models/MODEL_CARD.md. */
  visibility: number;
  /** The share of the colours' thresholds that holds: colours cost PSNR, light costs Butteraugli, and each strength has limits of both. */
  colour: number;
}

export interface NetworkDescription {
  format: number;
  input: { size: number; working_size: number };
  perception: Perception;
  /** Amplitude of the grain where the mask is 1; side of the neighbourhood whose smoothest place counts, and the fine detail there that leaves half of a touch. */
  touch: { grain: number; near: number; half: number };
  limits: { default_visibility: number; largest: number };
  strengths: Record<Strength, Allowance>;
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
