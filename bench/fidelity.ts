/**
 * How far two pictures are apart to the eye: PSNR, SSIM, the largest residual, and Butteraugli and SSIMULACRA by Debian's
 * libjxl-devtools.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { apply, canonicalBox, invert, type Similarity } from '../src/engine/align';
import { type Picture, toSharp } from './picture';

export interface Fidelity {
  /** Largest local difference; 1 is about just noticeable. */
  butteraugliMax: number;
  butteraugli3Norm: number;
  /** 0 is identical; the first SSIMULACRA, higher is worse. */
  ssimulacra: number;
  /** dB over all three channels. */
  psnr: number;
  /** Mean structural similarity of luma: Wang et al. 2004, Gaussian window 11 x 11, sigma 1.5. */
  ssim: number;
  /** Of 255. */
  largestResidual: number;
}

export async function compare(before: Picture, after: Picture): Promise<Fidelity> {
  const perceived = await asFiles(before, after, async (a, b) => {
    const [{ max, norm3 }, ssimulacra] = await Promise.all([butteraugliOf(a, b), ssimulacraOf(a, b)]);
    return { butteraugliMax: max, butteraugli3Norm: norm3, ssimulacra };
  });
  return { ...perceived, ...compareNumerically(before, after) };
}

export function butteraugli(before: Picture, after: Picture): Promise<{ max: number; norm3: number }> {
  return asFiles(before, after, butteraugliOf);
}

function compareNumerically(before: Picture, after: Picture): Pick<Fidelity, 'psnr' | 'ssim' | 'largestResidual'> {
  let squares = 0;
  let largestResidual = 0;
  for (let i = 0; i < before.data.length; i++) {
    const difference = Math.abs(before.data[i]! - after.data[i]!);
    squares += difference * difference;
    largestResidual = Math.max(largestResidual, difference);
  }
  // a picture that did not change counts as one changed by one level in one value, so that means stay finite
  const psnr = 10 * Math.log10((255 * 255 * before.data.length) / Math.max(1, squares));
  return { psnr, ssim: ssim(luma(before), luma(after), before.width), largestResidual };
}

/** Peak signal to noise ratio, dB, of values up to 255. */
export function decibels(meanSquare: number): number {
  return 10 * Math.log10(255 ** 2 / meanSquare);
}

/** Mean absolute difference between a picture and its mirror image, of 255. */
export function asymmetryOf({ data, width, height }: Picture): number {
  let sum = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [here, mirrored] = [3 * (y * width + x), 3 * (y * width + width - 1 - x)];
      for (let channel = 0; channel < 3; channel++) sum += Math.abs(data[here + channel]! - data[mirrored + channel]!);
    }
  }
  return sum / data.length;
}

export interface Outside {
  /** Share of the pixels that are in no face's crop. */
  share: number;
  /** Mean absolute and largest difference of their values, of 255. */
  mean: number;
  largest: number;
  meanSquare: number;
}

/** What changed outside the canonical crops of the faces; null where the crops cover the picture. */
export function compareOutside(before: Picture, after: Picture, faces: readonly Similarity[]): Outside | null {
  const [left, top, right, bottom] = canonicalBox;
  const toTemplate = faces.map(invert);
  let [pixels, sum, squares, largest] = [0, 0, 0, 0];
  for (let y = 0; y < before.height; y++) {
    for (let x = 0; x < before.width; x++) {
      const inCrop = toTemplate.some((transform) => {
        const point = apply(transform, { x: x + 0.5, y: y + 0.5 });
        return point.x >= left && point.x <= right && point.y >= top && point.y <= bottom;
      });
      if (inCrop) continue;
      pixels++;
      const first = 3 * (y * before.width + x);
      for (let i = first; i < first + 3; i++) {
        const difference = Math.abs(before.data[i]! - after.data[i]!);
        sum += difference;
        squares += difference * difference;
        largest = Math.max(largest, difference);
      }
    }
  }
  return pixels === 0 ? null : { share: pixels / (before.width * before.height), mean: sum / (3 * pixels), largest, meanSquare: squares / (3 * pixels) };
}

const run = promisify(execFile);

/** Calls `use` with the names of two PNGs that are gone afterwards. */
async function asFiles<T>(before: Picture, after: Picture, use: (a: string, b: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'nullswap-'));
  try {
    const [a, b] = [join(folder, 'a.png'), join(folder, 'b.png')];
    await Promise.all([toSharp(before).png({ compressionLevel: 1 }).toFile(a), toSharp(after).png({ compressionLevel: 1 }).toFile(b)]);
    return await use(a, b);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function butteraugliOf(a: string, b: string): Promise<{ max: number; norm3: number }> {
  const answer = await ask('butteraugli_main', a, b);
  return { max: Number.parseFloat(answer), norm3: numberIn(answer, /3-norm: ([\d.]+)/) };
}

async function ssimulacraOf(a: string, b: string): Promise<number> {
  return numberIn(await ask('ssimulacra_main', a, b), /^(-?[\d.]+)/);
}

/** Throws a sentence that says what to install where the tool is absent. */
async function ask(tool: string, a: string, b: string): Promise<string> {
  try {
    return (await run(tool, [a, b])).stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(`${tool} is needed: install it (on Debian: apt-get install libjxl-devtools).`);
  }
}

function numberIn(answer: string, pattern: RegExp): number {
  const value = Number(pattern.exec(answer)?.[1] ?? NaN);
  if (Number.isNaN(value)) throw new Error(`A measuring tool said something unexpected: ${answer}`);
  return value;
}

function luma({ data }: Picture): Float64Array {
  const plane = new Float64Array(data.length / 3);
  for (let i = 0; i < plane.length; i++) plane[i] = 0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!;
  return plane;
}

const RADIUS = 5;
const WINDOW = (() => {
  const weights = Array.from({ length: 2 * RADIUS + 1 }, (_, i) => Math.exp(-((i - RADIUS) ** 2) / (2 * 1.5 ** 2)));
  const sum = weights.reduce((a, b) => a + b);
  return Float64Array.from(weights, (weight) => weight / sum);
})();

/** Gaussian-weighted means along one axis: values whose whole window lies in the plane. */
function meansAlong(plane: Float64Array, count: number, innerWidth: number, width: number, step: number): Float64Array {
  const means = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const first = Math.floor(i / innerWidth) * width + (i % innerWidth);
    let sum = 0;
    for (let tap = 0; tap < WINDOW.length; tap++) sum += WINDOW[tap]! * plane[first + tap * step]!;
    means[i] = sum;
  }
  return means;
}

/** Gaussian-weighted mean of every whole window of a plane that is `width` wide. */
function windowMean(plane: Float64Array, width: number): Float64Array {
  const height = plane.length / width;
  const innerWidth = width - 2 * RADIUS;
  const rows = meansAlong(plane, innerWidth * height, innerWidth, width, 1);
  return meansAlong(rows, innerWidth * (height - 2 * RADIUS), innerWidth, innerWidth, innerWidth);
}

function ssim(a: Float64Array, b: Float64Array, width: number): number {
  const c1 = (0.01 * 255) ** 2;
  const c2 = (0.03 * 255) ** 2;
  const meanOfProduct = (p: Float64Array, q: Float64Array) => windowMean(p.map((value, index) => value * q[index]!), width);
  const [meanA, meanB] = [windowMean(a, width), windowMean(b, width)];
  const [squareA, squareB, cross] = [meanOfProduct(a, a), meanOfProduct(b, b), meanOfProduct(a, b)];
  let total = 0;
  for (let i = 0; i < meanA.length; i++) {
    const [muA, muB] = [meanA[i]!, meanB[i]!];
    const variance = squareA[i]! - muA * muA + squareB[i]! - muB * muB;
    const covariance = cross[i]! - muA * muB;
    total += ((2 * muA * muB + c1) * (2 * covariance + c2)) / ((muA * muA + muB * muB + c1) * (variance + c2));
  }
  return total / meanA.length;
}
