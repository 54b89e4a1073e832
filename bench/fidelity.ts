/** How far two crops are apart to the eye: PSNR, SSIM, the largest residual, and Butteraugli by Debian's libjxl-devtools. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Picture, toSharp } from './picture';

export interface Fidelity {
  /** Largest local difference; 1 is about just noticeable. */
  butteraugliMax: number;
  butteraugli3Norm: number;
  /** dB over all three channels. */
  psnr: number;
  /** Mean structural similarity of luma: Wang et al. 2004, Gaussian window 11 x 11, sigma 1.5. */
  ssim: number;
  /** Of 255. */
  largestResidual: number;
}

export async function compare(before: Picture, after: Picture): Promise<Fidelity> {
  const { max, norm3 } = await butteraugli(before, after);
  return { butteraugliMax: max, butteraugli3Norm: norm3, ...compareNumerically(before, after) };
}

function compareNumerically(before: Picture, after: Picture): Pick<Fidelity, 'psnr' | 'ssim' | 'largestResidual'> {
  let squares = 0;
  let largestResidual = 0;
  before.data.forEach((value, index) => {
    const difference = Math.abs(value - (after.data[index] ?? 0));
    squares += difference * difference;
    largestResidual = Math.max(largestResidual, difference);
  });
  const psnr = 10 * Math.log10((255 * 255 * before.data.length) / squares);
  return { psnr, ssim: ssim(luma(before), luma(after), before.width), largestResidual };
}

const run = promisify(execFile);

/** Throws a sentence that says what to install where `butteraugli_main` is absent. */
export async function butteraugli(before: Picture, after: Picture): Promise<{ max: number; norm3: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'nullswap-'));
  try {
    const [a, b] = [join(folder, 'a.png'), join(folder, 'b.png')];
    await Promise.all([toSharp(before).png({ compressionLevel: 1 }).toFile(a), toSharp(after).png({ compressionLevel: 1 }).toFile(b)]);
    const { stdout } = await run('butteraugli_main', [a, b]);
    const max = Number.parseFloat(stdout);
    const norm3 = Number(/3-norm: ([\d.]+)/.exec(stdout)?.[1]);
    if (Number.isNaN(max) || Number.isNaN(norm3)) throw new Error(`butteraugli_main said something unexpected: ${stdout}`);
    return { max, norm3 };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new Error('Butteraugli is needed: install butteraugli_main (on Debian: apt-get install libjxl-devtools).');
    }
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function luma({ data }: Picture): Float64Array {
  return Float64Array.from({ length: data.length / 3 }, (_, pixel) => {
    const [red = 0, green = 0, blue = 0] = data.subarray(pixel * 3, pixel * 3 + 3);
    return 0.299 * red + 0.587 * green + 0.114 * blue;
  });
}

const RADIUS = 5;
const WINDOW = (() => {
  const weights = Array.from({ length: 2 * RADIUS + 1 }, (_, i) => Math.exp(-((i - RADIUS) ** 2) / (2 * 1.5 ** 2)));
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / sum);
})();

/** Gaussian-weighted mean of every whole window of a plane that is `width` wide. */
function windowMean(plane: Float64Array, width: number): Float64Array {
  const height = plane.length / width;
  const innerWidth = width - 2 * RADIUS;
  const innerHeight = height - 2 * RADIUS;
  const rows = new Float64Array(innerWidth * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < innerWidth; x++) {
      rows[y * innerWidth + x] = WINDOW.reduce((sum, weight, i) => sum + weight * (plane[y * width + x + i] ?? 0), 0);
    }
  }
  return Float64Array.from({ length: innerWidth * innerHeight }, (_, index) =>
    WINDOW.reduce((sum, weight, i) => sum + weight * (rows[index + i * innerWidth] ?? 0), 0),
  );
}

function ssim(a: Float64Array, b: Float64Array, width: number): number {
  const c1 = (0.01 * 255) ** 2;
  const c2 = (0.03 * 255) ** 2;
  const product = (p: Float64Array, q: Float64Array) => p.map((value, index) => value * (q[index] ?? 0));
  const [meanA, meanB] = [windowMean(a, width), windowMean(b, width)];
  const [squareA, squareB, cross] = [product(a, a), product(b, b), product(a, b)].map((plane) => windowMean(plane, width));
  const total = meanA.reduce((sum, muA, index) => {
    const muB = meanB[index] ?? 0;
    const variance = (squareA?.[index] ?? 0) - muA * muA + (squareB?.[index] ?? 0) - muB * muB;
    const covariance = (cross?.[index] ?? 0) - muA * muB;
    return sum + ((2 * muA * muB + c1) * (2 * covariance + c2)) / ((muA * muA + muB * muB + c1) * (variance + c2));
  }, 0);
  return total / meanA.length;
}
