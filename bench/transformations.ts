/** What happens to a picture between its upload and whoever reads it: what websites do, and what an attacker may try. */
import sharp from 'sharp';
import { CANONICAL_SIZE, canonicalBox, type Similarity } from '../src/engine/align';
import { crop, decode, type Picture, pixelsOf, toSharp } from './picture';
import type { Placed } from './recogniser';

export interface Transformation {
  name: string;
  /** `cleaning`: meant to take the cloak off again. */
  by: 'nobody' | 'website' | 'cleaning';
  apply(source: Placed): Promise<Placed>;
}

type Step = (source: Placed) => Promise<Placed>;

const jpeg =
  (quality: number): Step =>
  async ({ picture, alignment }) => ({
    picture: await decode(await toSharp(picture).jpeg({ quality, chromaSubsampling: '4:2:0' }).toBuffer()),
    alignment,
  });

/** Resamples the whole picture to `scale` times its width. */
const resize =
  (scale: number, kernel: 'lanczos3' | 'linear' = 'lanczos3'): Step =>
  async ({ picture, alignment }) => {
    const width = Math.round(picture.width * scale);
    const resized = await pixelsOf(toSharp(picture).resize({ width, kernel }));
    return { picture: resized, alignment: scaled(alignment, width / picture.width) };
  };

/** The canonical crop alone, at `size` x `size` pixels: a profile picture. */
const profile =
  (size: number): Step =>
  async ({ picture, alignment }) => {
    const cut = toSharp(crop(picture, alignment, canonicalBox, CANONICAL_SIZE)).resize(size, size);
    const [left, top, right] = canonicalBox;
    const unit = size / (right - left);
    return {
      picture: await pixelsOf(cut),
      alignment: { a: unit, b: 0, tx: -left * unit, ty: -top * unit },
    };
  };

const gaussianBlur =
  (sigma: number): Step =>
  async ({ picture, alignment }) => ({ picture: await pixelsOf(toSharp(picture).blur(sigma)), alignment });

const boxBlur =
  (side: number): Step =>
  async ({ picture, alignment }) => {
    const kernel = { width: side, height: side, kernel: Array<number>(side * side).fill(1) };
    return { picture: await pixelsOf(toSharp(picture).convolve(kernel)), alignment };
  };

/** Means of the neighbours, the nearer in place (Gaussian, pixels) and colour (Gaussian, of 255) the more. */
const bilateral =
  (radius: number, sigmaPlace: number, sigmaColour: number): Step =>
  ({ picture, alignment }) =>
    Promise.resolve({ picture: bilateralFilter(picture, radius, sigmaPlace, sigmaColour), alignment });

function bilateralFilter({ data, width, height }: Picture, radius: number, sigmaPlace: number, sigmaColour: number): Picture {
  const gauss = (distance: number, sigma: number) => Math.exp(-(distance * distance) / (2 * sigma * sigma));
  const ofColour = Float64Array.from({ length: 3 * 255 + 1 }, (_, difference) => gauss(difference, sigmaColour));
  const side = 2 * radius + 1;
  const ofPlace = Float64Array.from({ length: side * side }, (_, i) =>
    gauss(Math.hypot((i % side) - radius, Math.floor(i / side) - radius), sigmaPlace),
  );
  const result = new Uint8Array(data.length);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      const [red, green, blue] = [data[at]!, data[at + 1]!, data[at + 2]!];
      let [reds, greens, blues, total] = [0, 0, 0, 0];
      for (let v = Math.max(0, y - radius); v <= Math.min(height - 1, y + radius); v++) {
        for (let u = Math.max(0, x - radius); u <= Math.min(width - 1, x + radius); u++) {
          const near = 3 * (v * width + u);
          const [r, g, b] = [data[near]!, data[near + 1]!, data[near + 2]!];
          const difference = Math.abs(r - red) + Math.abs(g - green) + Math.abs(b - blue);
          const weight = ofColour[difference]! * ofPlace[(v - y + radius) * side + (u - x + radius)]!;
          reds += weight * r;
          greens += weight * g;
          blues += weight * b;
          total += weight;
        }
      }
      result.set([reds / total, greens / total, blues / total].map(Math.round), at);
    }
  }
  return { width, height, data: result };
}

/** Stored and opened again without loss, as a screenshot is. */
const png: Step = async ({ picture, alignment }) => ({
  picture: await decode(await toSharp(picture).png({ compressionLevel: 1 }).toBuffer()),
  alignment,
});

const steps =
  (...all: Step[]): Step =>
  async (source) => {
    let result = source;
    for (const step of all) result = await step(result);
    return result;
  };

function scaled({ a, b, tx, ty }: Similarity, scale: number): Similarity {
  return { a: a * scale, b: b * scale, tx: tx * scale, ty: ty * scale };
}

const transformation = (by: Transformation['by'], name: string, apply: Step): Transformation => ({ by, name, apply });

export const RAW = 'raw';
export const JPEG_75 = 'JPEG 75';
export const PROFILE = 'crop at 128 px + JPEG 75';
export const HALF = 'resize 0.5 + JPEG 75';

/** Nothing happens to the picture; what is asked to look at it is aligned by the face that the detector sees in it, not by the clean photo's. */
export const REALIGNED: Transformation = transformation('nobody', 'raw, realigned', (source) => Promise.resolve(source));

export const TRANSFORMATIONS: readonly Transformation[] = [
  transformation('nobody', RAW, (source) => Promise.resolve(source)),
  transformation('website', 'JPEG 90', jpeg(90)),
  transformation('website', JPEG_75, jpeg(75)),
  transformation('website', 'JPEG 50', jpeg(50)),
  transformation('website', 'resize 0.75', resize(0.75)),
  transformation('website', 'resize 0.5', resize(0.5)),
  transformation('website', HALF, steps(resize(0.5), jpeg(75))),
  transformation('website', PROFILE, steps(profile(128), jpeg(75))),
  transformation('website', 'blur, sigma 1 px', gaussianBlur(1)),
  transformation('website', 'screenshot at 1.25, PNG', steps(resize(1.25, 'linear'), png)),
  transformation('cleaning', 'blur 5 x 5', boxBlur(5)),
  transformation('cleaning', 'JPEG 30', jpeg(30)),
  transformation('cleaning', 'bilateral 9 x 9', bilateral(4, 3, 50)),
  transformation('cleaning', 'half size and back', steps(resize(0.5), resize(2))),
];

sharp.concurrency(1); // pictures are small and done side by side
