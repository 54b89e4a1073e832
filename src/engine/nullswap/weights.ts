/** Loads the trained network: `network.json` says what is where in `weights.bin` (16-bit floats, little endian). */
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import type { Strength } from '../../shared/strengths';

/** What training/README.md calls the format of the network file. */
const FORMAT = 3;

/** Constants of the visibility measure; training/perceptual.py says what they mean. */
export interface Perception {
  luma: [number, number, number];
  cb: number;
  cr: number;
  bands: number[];
  chroma: [number, number];
  mask_floor: number;
  mask_gain: number;
  mask_ceiling: number;
  mask_unit: number;
  scale: number;
}

export interface NetworkDescription {
  format: number;
  input: { size: number; working_size: number };
  perception: Perception;
  /** Amplitude of the grain where the mask is 1. */
  touch: { grain: number };
  limits: { default_visibility: number; largest: number };
  /** Visibility of each. */
  strengths: Record<Exclude<Strength, 'maximum'>, number>;
  tensors: { name: string; shape: number[]; offset: number }[];
}

export interface TrainedNetwork {
  description: NetworkDescription;
  /** By name; on the current tf.js backend. */
  tensors: Map<string, Tensor>;
}

/** @param folder address of the directory that holds both files, with a slash at the end */
export async function loadTrainedNetwork(folder: URL): Promise<TrainedNetwork> {
  const [description, bytes] = await Promise.all([
    fetch(new URL('network.json', folder)).then((response) => response.json() as Promise<NetworkDescription>),
    fetch(new URL('weights.bin', folder)).then((response) => response.arrayBuffer()),
  ]);
  if (description.format !== FORMAT) throw new Error(`The network file has format ${description.format}, not ${FORMAT}.`);
  const halves = new Uint16Array(bytes);
  const tensors = new Map(
    description.tensors.map(({ name, shape, offset }) => {
      const length = shape.reduce((product, side) => product * side, 1);
      return [name, tensor(toFloat32(halves.subarray(offset, offset + length)), shape)];
    }),
  );
  return { description, tensors };
}

/** 16-bit to 32-bit floats (IEEE 754). */
export function toFloat32(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}
