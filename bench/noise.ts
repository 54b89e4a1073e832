/** The plainest baseline: seeded Gaussian noise, as visible as the cloak it stands beside. */
import { randomFrom } from '../src/engine/cloak/random';
import { butteraugli } from './fidelity';
import type { Picture } from './picture';

/** Adds noise of standard deviation `amplitude` (of 255) to every value. */
export function addNoise({ width, height, data }: Picture, amplitude: number, seed: number): Picture {
  const { normal } = randomFrom(seed + 1);
  return { width, height, data: data.map((value) => Math.min(255, Math.max(0, Math.round(value + amplitude * normal())))) };
}

/** The picture with noise of the wanted Butteraugli 3-norm on the crop, to 3%, by the secant's fixed point. */
export async function noiseOfEqualButteraugli(
  picture: Picture,
  cut: (picture: Picture) => Picture,
  wanted: number,
  seed: number,
): Promise<Picture> {
  if (wanted === 0) return picture; // it went out uncloaked
  const before = cut(picture);
  let amplitude = 5 * wanted;
  let noisy = addNoise(picture, amplitude, seed);
  for (let step = 0; step < 8; step++) {
    const { norm3 } = await butteraugli(before, cut(noisy));
    if (Math.abs(norm3 / wanted - 1) < 0.03) break;
    amplitude *= wanted / norm3;
    noisy = addNoise(picture, amplitude, seed);
  }
  return noisy;
}
