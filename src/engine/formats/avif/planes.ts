/** Luma and chroma of a picture as its file has them, so that nothing is lost by turning them into RGB and back where it need not be. */
import { type ColourCode } from './container';
import { type Change, STEPS_PER_LEVEL } from '../change';
import type { Size } from '../../pixels';
import { Unreadable } from '../unreadable';

interface Plane {
  samples: Uint8Array | Uint16Array;
  /** Samples from one row to the next. */
  stride: number;
}

export interface Planes {
  format: keyof typeof SAMPLING;
  /** Of a sample: 8, 10 or 12. */
  bits: number;
  width: number;
  height: number;
  /** Luma, blue-yellow, red-green; of I400 luma alone. What is RGB has green, blue and red in their places. */
  planes: readonly Plane[];
}

/** Pixels that a sample of chroma covers. */
export const SAMPLING = { I400: { x: 1, y: 1 }, I420: { x: 2, y: 2 }, I422: { x: 2, y: 1 }, I444: { x: 1, y: 1 } } as const;

/**
 * @param avif one opaque picture, not turned
 * Throws `Unreadable` where the browser gives no luma and chroma.
 */
export async function decodePlanes(avif: Uint8Array<ArrayBuffer>): Promise<Planes> {
  const decoder = new ImageDecoder({ data: avif, type: 'image/avif', colorSpaceConversion: 'none' });
  try {
    const { image } = await decoder.decode();
    return await planesOf(image);
  } catch (cause) {
    throw cause instanceof Unreadable ? cause : new Unreadable('not decoded', { cause });
  } finally {
    decoder.close();
  }
}

/** The profile, level and depth of a codec's name are needed, and not looked at. */
const AV1 = 'av01.0.04M.08';

/**
 * As `decodePlanes`, of a picture of luma alone, which browsers' decoder of pictures turns into RGB of 8 bits.
 * @param coded AV1, of 8 or 10 bits
 */
export async function decodeLuma(coded: Uint8Array): Promise<Planes> {
  const frames: VideoFrame[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const decoder = new VideoDecoder({ output: (frame) => frames.push(frame), error: reject });
      decoder.configure({ codec: AV1, hardwareAcceleration: 'prefer-software' });
      decoder.decode(new EncodedVideoChunk({ type: 'key', timestamp: 0, data: coded }));
      decoder.flush().then(() => {
        decoder.close();
        resolve();
      }, reject);
    });
    if (frames.length !== 1) throw new Unreadable(`${frames.length} frames`);
    const { planes, ...rest } = await planesOf(frames[0]!);
    return { ...rest, format: 'I400', planes: planes.slice(0, 1) };
  } catch (cause) {
    throw cause instanceof Unreadable ? cause : new Unreadable('not decoded', { cause });
  } finally {
    for (const frame of frames) frame.close();
  }
}

/** @param image is closed */
async function planesOf(image: VideoFrame): Promise<Planes> {
  try {
    const { visibleRect } = image;
    const [, format, deep] = /^(I4\d\d)(?:P(1[02]))?$/.exec(image.format ?? '') ?? [];
    if (!isSampling(format) || !visibleRect) throw new Unreadable(`pixels ${image.format}`);
    const data = new Uint8Array(image.allocationSize());
    const layout = await image.copyTo(data);
    const planes = layout.map(({ offset, stride }) => (deep ? { samples: new Uint16Array(data.buffer, offset), stride: stride / 2 } : { samples: data.subarray(offset), stride }));
    return { format, bits: Number(deep ?? 8), width: visibleRect.width, height: visibleRect.height, planes };
  } finally {
    image.close();
  }
}

function isSampling(format: string | undefined): format is Planes['format'] {
  return format !== undefined && format in SAMPLING;
}

/** Codes of matrices that need no shares: RGB, luma with green and orange. */
const [RGB, UNSAID, YCGCO] = [0, 2, 8];
/** Shares of red and blue in luma (ITU-T H.273), by code of the matrix; browsers take what is not said (2) for BT.601. */
const SHARES: Record<number, readonly [red: number, blue: number]> = {
  1: [0.2126, 0.0722], 2: [0.299, 0.114], 4: [0.3, 0.11], 5: [0.299, 0.114], 6: [0.299, 0.114], 7: [0.212, 0.087], 9: [0.2627, 0.0593],
};

export function isRgb({ matrix }: ColourCode): boolean {
  return matrix === RGB;
}

type Weights = readonly [red: number, green: number, blue: number];

/** What a plane's numbers are of red, green and blue, and whether limited range leaves them what it leaves luma. */
function weightsOf({ matrix }: ColourCode): { weights: Weights; isLuma: boolean }[] {
  if (matrix === RGB) return [[0, 1, 0], [0, 0, 1], [1, 0, 0]].map((weights) => ({ weights: weights as unknown as Weights, isLuma: true }));
  const shares = SHARES[matrix];
  if (!shares && matrix !== YCGCO) throw new Unreadable('colours');
  const [kr, kb] = shares ?? [0.25, 0.25];
  const luma: Weights = [kr, 1 - kr - kb, kb];
  const chroma = (own: number, share: number): Weights => luma.map((weight, i) => ((i === own ? 1 : 0) - weight) / (2 * (1 - share))) as unknown as Weights;
  const [first, second]: [Weights, Weights] = shares ? [chroma(2, kb), chroma(0, kr)] : [[-0.25, 0.5, -0.25], [0.5, 0, -0.5]];
  return [{ weights: luma, isLuma: true }, { weights: first, isLuma: false }, { weights: second, isLuma: false }];
}

/** Adds a change of RGB to the planes in place. Throws `Unreadable` where the colours are not known here. */
export function addChange({ format, bits, width, height, planes }: Planes, colour: ColourCode, change: Change): void {
  const [most, step] = [2 ** bits - 1, 2 ** (bits - 8)];
  const known = format === 'I400' && isRgb(colour) ? { ...colour, matrix: UNSAID } : colour; // grey has no matrix
  weightsOf(known).slice(0, planes.length).forEach(({ weights, isLuma }, number) => {
    const full = colour.fullRange ? most : step * (isLuma ? 219 : 224);
    const [red, green, blue] = weights.map((weight) => (weight * full) / (255 * STEPS_PER_LEVEL)) as unknown as Weights;
    const { samples, stride } = planes[number]!;
    const scale = number ? SAMPLING[format] : SAMPLING.I444;
    const sums = new Map<number, number>();
    for (let row = 0, at = 0; row < change.height; row++) {
      for (let column = 0; column < change.width; column++, at += 3) {
        const [x, y] = [change.x + column, change.y + row];
        if (x < 0 || y < 0 || x >= width || y >= height) continue;
        const value = red * change.difference[at]! + green * change.difference[at + 1]! + blue * change.difference[at + 2]!;
        if (!value) continue;
        const sample = Math.floor(y / scale.y) * stride + Math.floor(x / scale.x);
        sums.set(sample, (sums.get(sample) ?? 0) + value / (scale.x * scale.y));
      }
    }
    for (const [sample, sum] of sums) samples[sample] = Math.min(most, Math.max(0, Math.round(samples[sample]! + sum)));
  });
}

/** Gives what lies to the right of or below the visible part of the planes the numbers at its edge, in place. */
export function hideBeyond({ format, width, height, planes }: Planes, visible: Size): void {
  if (visible.width >= width && visible.height >= height) return;
  planes.forEach(({ samples, stride }, number) => {
    const scale = number ? SAMPLING[format] : SAMPLING.I444;
    const [columns, rows] = [Math.ceil(width / scale.x), Math.ceil(height / scale.y)];
    const [right, bottom] = [Math.max(0, Math.ceil(visible.width / scale.x) - 1), Math.max(0, Math.ceil(visible.height / scale.y) - 1)];
    for (let row = 0; row < rows; row++) {
      const from = Math.min(row, bottom) * stride;
      for (let column = row > bottom ? 0 : right + 1; column < columns; column++) samples[row * stride + column] = samples[from + Math.min(column, right)]!;
    }
  });
}

/**
 * Pixels that become these planes again in an encoder that takes RGB only. It makes luma and chroma of it by BT.601 at full range, so
 * the planes' numbers are treated as such, whatever they mean; rounding costs next to nothing, and numbers that no RGB gives are clamped.
 * What is RGB is handed over as it is.
 * @returns RGBA, opaque, of as many bits as the planes
 */
export function carrierOf({ format, bits, width, height, planes: [luma, blue, red] }: Planes, colour: ColourCode): Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
  const pixels = bits > 8 ? new Uint16Array(4 * width * height) : new Uint8Array(4 * width * height);
  const [most, neutral] = [2 ** bits - 1, 2 ** (bits - 1)];
  const clamp = (value: number): number => Math.min(most, Math.max(0, Math.round(value)));
  const scale = SAMPLING[format];
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor(y / scale.y);
    for (let x = 0; x < width; x++, at += 4) {
      const column = Math.floor(x / scale.x);
      const value = luma!.samples[y * luma!.stride + x]!;
      const first = blue ? blue.samples[row * blue.stride + column]! : neutral;
      const second = red ? red.samples[row * red.stride + column]! : neutral;
      if (isRgb(colour) && red) {
        pixels[at] = second;
        pixels[at + 1] = value;
        pixels[at + 2] = first;
      } else {
        pixels[at] = clamp(value + 1.402 * (second - neutral));
        pixels[at + 1] = clamp(value - (0.114 * 1.772 * (first - neutral) + 0.299 * 1.402 * (second - neutral)) / 0.587);
        pixels[at + 2] = clamp(value + 1.772 * (first - neutral));
      }
      pixels[at + 3] = most;
    }
  }
  return pixels;
}
