/**
 * Resampling along one axis as a matrix, so that a crop, a jitter, a mirror image and a website's shrinking are all one
 * multiplication, and its gradient another. The centre of pixel i is at i + .5; beyond the edge the last pixel goes on.
 */
import { tensor2d } from '@tensorflow/tfjs-core';
import type { Matrix } from './differentiable';

/** What each place of the output takes from which places of the input. */
export type Sampling = { from: number; weight: number }[][];

/** `count` places, evenly from `start` to `end` (pixels of the input), each bilinear between two pixel centres. */
export function sampled(length: number, count: number, start: number, end: number): Sampling {
  return Array.from({ length: count }, (_, i) => {
    const at = Math.min(Math.max(start + ((i + 0.5) * (end - start)) / count - 0.5, 0), length - 1);
    const first = Math.min(Math.floor(at), length - 2);
    return [
      { from: first, weight: 1 - (at - first) },
      { from: first + 1, weight: at - first },
    ];
  });
}

/** Slope of the cubic at its neighbours, as torch has it. */
const CUBIC = -0.75;

function cubicWeight(distance: number): number {
  const x = Math.abs(distance);
  if (x <= 1) return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1;
  return x < 2 ? ((CUBIC * x - 5 * CUBIC) * x + 8 * CUBIC) * x - 4 * CUBIC : 0;
}

/** Enlarged to `count` places by a cubic through the nearest four (Keys 1981). */
export function enlarged(length: number, count: number): Sampling {
  return Array.from({ length: count }, (_, i) => {
    const at = ((i + 0.5) * length) / count - 0.5;
    const first = Math.floor(at) - 1;
    return [0, 1, 2, 3].map((step) => ({
      from: Math.min(Math.max(first + step, 0), length - 1),
      weight: cubicWeight(at - first - step),
    }));
  });
}

/** Reduced to `count` places by a triangle as wide as two of them on either side together: bilinear, antialiased. */
export function shrunk(length: number, count: number): Sampling {
  const scale = length / count;
  return Array.from({ length: count }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const reached = Array.from({ length }, (_, from) => ({ from, weight: 1 - Math.abs(from + 0.5 - centre) / scale }));
    const taken = reached.filter(({ weight }) => weight > 0);
    const total = taken.reduce((sum, { weight }) => sum + weight, 0);
    return taken.map(({ from, weight }) => ({ from, weight: weight / total }));
  });
}

/** What is left of `length` places after they were `count` for a while. */
export function shrunkAndBack(length: number, count: number): Sampling {
  return chained(shrunk(length, count), sampled(count, length, 0, count));
}

export function mirrored(sampling: Sampling, length: number): Sampling {
  return sampling.map((place) => place.map(({ from, weight }) => ({ from: length - 1 - from, weight })));
}

/** `first`, then `then` of what comes out of it. */
export function chained(first: Sampling, then: Sampling): Sampling {
  return then.map((place) => place.flatMap((middle) => first[middle.from]!.map(({ from, weight }) => ({ from, weight: weight * middle.weight }))));
}

/** @param length of the input */
export function toMatrix(sampling: Sampling, length: number): Matrix {
  const count = sampling.length;
  const [forward, back] = [new Float32Array(count * length), new Float32Array(length * count)];
  sampling.forEach((place, i) => {
    for (const { from, weight } of place) {
      forward[i * length + from]! += weight;
      back[from * count + i]! += weight;
    }
  });
  return { forward: tensor2d(forward, [count, length]), back: tensor2d(back, [length, count]) };
}
