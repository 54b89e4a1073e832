/** Luma and chroma of a picture as its file has them, so that nothing is lost by turning them into RGB and back where it need not be. */
import { type ColourCode, UnreadableAvif } from './avif';
import { type Change, STEPS_PER_LEVEL } from './change';

interface Plane {
  samples: Uint8Array | Uint16Array;
  /** Samples from one row to the next. */
  stride: number;
}

export interface Planes {
  format: keyof typeof SAMPLING;
  /** Of a sample: 8 or 10. */
  bits: number;
  width: number;
  height: number;
  /** Luma, blue-yellow, red-green. */
  planes: readonly [Plane, Plane, Plane];
  colour: ColourCode;
}

/** Pixels that a sample of chroma covers. */
export const SAMPLING = { I420: { x: 2, y: 2 }, I422: { x: 2, y: 1 }, I444: { x: 1, y: 1 } } as const;

/**
 * @param avif one opaque picture, not turned
 * Throws `UnreadableAvif` where the browser gives no luma and chroma of 8 or 10 bits, or names colours that are not known here.
 */
export async function decodePlanes(avif: Uint8Array<ArrayBuffer>): Promise<Planes> {
  const decoder = new ImageDecoder({ data: avif, type: 'image/avif', colorSpaceConversion: 'none' });
  try {
    const { image } = await decoder.decode().catch((cause: unknown) => Promise.reject(new UnreadableAvif('not decoded', { cause })));
    const { visibleRect, colorSpace } = image;
    const [, format, deep] = /^(I4\d\d)(P10)?$/.exec(image.format ?? '') ?? [];
    if (!isSampling(format) || !visibleRect) throw new UnreadableAvif(`pixels ${image.format}`);
    const data = new Uint8Array(image.allocationSize());
    const layout = await image.copyTo(data);
    image.close();
    const planes = layout.map(({ offset, stride }) => (deep ? { samples: new Uint16Array(data.buffer, offset), stride: stride / 2 } : { samples: data.subarray(offset), stride }));
    const [luma, blue, red] = planes;
    return { format, bits: deep ? 10 : 8, width: visibleRect.width, height: visibleRect.height, planes: [luma!, blue!, red!], colour: codeOf(colorSpace) };
  } finally {
    decoder.close();
  }
}

function isSampling(format: string | undefined): format is Planes['format'] {
  return format !== undefined && format in SAMPLING;
}

const PRIMARIES: Record<string, number> = { bt709: 1, bt470bg: 5, smpte170m: 6, bt2020: 9, smpte432: 12 };
const TRANSFERS: Record<string, number> = { bt709: 1, smpte170m: 6, linear: 8, 'iec61966-2-1': 13, pq: 16, hlg: 18 };
const MATRICES: Record<string, number> = { bt709: 1, bt470bg: 5, smpte170m: 6, 'bt2020-ncl': 9 };

function codeOf({ primaries, transfer, matrix, fullRange }: VideoColorSpace): ColourCode {
  const code = { primaries: PRIMARIES[primaries ?? ''], transfer: TRANSFERS[transfer ?? ''], matrix: MATRICES[matrix ?? ''] };
  if (!code.primaries || !code.transfer || !code.matrix) throw new UnreadableAvif('colours');
  return { primaries: code.primaries, transfer: code.transfer, matrix: code.matrix, fullRange: fullRange ?? false };
}

/** Shares of red and blue in luma (ITU-T H.273), by code of the matrix. */
const SHARES: Record<number, [red: number, blue: number]> = { 1: [0.2126, 0.0722], 5: [0.299, 0.114], 6: [0.299, 0.114], 9: [0.2627, 0.0593] };

/** Adds a change of RGB to the planes in place. */
export function addChange({ format, bits, width, height, planes, colour }: Planes, change: Change): void {
  const [kr, kb] = SHARES[colour.matrix]!;
  const luma = [kr, 1 - kr - kb, kb];
  const chroma = (own: number, share: number): number[] => luma.map((weight, i) => ((i === own ? 1 : 0) - weight) / (2 * (1 - share)));
  const [most, step] = [2 ** bits - 1, 2 ** (bits - 8)];
  const range = (colour.fullRange ? [most, most] : [step * 219, step * 224]).map((full) => full / (255 * STEPS_PER_LEVEL));
  const weights = [luma.map((w) => w * range[0]!), chroma(2, kb).map((w) => w * range[1]!), chroma(0, kr).map((w) => w * range[1]!)];
  weights.forEach(([red, green, blue], number) => {
    const { samples, stride } = planes[number]!;
    const scale = number ? SAMPLING[format] : SAMPLING.I444;
    const sums = new Map<number, number>();
    for (let row = 0, at = 0; row < change.height; row++) {
      for (let column = 0; column < change.width; column++, at += 3) {
        const [x, y] = [change.x + column, change.y + row];
        if (x < 0 || y < 0 || x >= width || y >= height) continue;
        const value = red! * change.difference[at]! + green! * change.difference[at + 1]! + blue! * change.difference[at + 2]!;
        if (!value) continue;
        const sample = Math.floor(y / scale.y) * stride + Math.floor(x / scale.x);
        sums.set(sample, (sums.get(sample) ?? 0) + value / (scale.x * scale.y));
      }
    }
    for (const [sample, sum] of sums) samples[sample] = Math.min(most, Math.max(0, Math.round(samples[sample]! + sum)));
  });
}

/**
 * Pixels that become these planes again in an encoder that takes RGB only and makes luma and chroma of it by BT.601 at full range:
 * the planes' numbers are treated as such, whatever they mean. Rounding costs next to nothing; numbers that no RGB gives are clamped.
 * @returns RGBA, opaque, of as many bits as the planes
 */
export function carrierOf({ format, bits, width, height, planes: [luma, blue, red] }: Planes): Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
  const pixels = bits > 8 ? new Uint16Array(4 * width * height) : new Uint8Array(4 * width * height);
  const [most, neutral] = [2 ** bits - 1, 2 ** (bits - 1)];
  const clamp = (value: number): number => Math.min(most, Math.max(0, Math.round(value)));
  const scale = SAMPLING[format];
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor(y / scale.y);
    for (let x = 0; x < width; x++, at += 4) {
      const column = Math.floor(x / scale.x);
      const value = luma.samples[y * luma.stride + x]!;
      const cb = blue.samples[row * blue.stride + column]! - neutral;
      const cr = red.samples[row * red.stride + column]! - neutral;
      pixels[at] = clamp(value + 1.402 * cr);
      pixels[at + 1] = clamp(value - (0.114 * 1.772 * cb + 0.299 * 1.402 * cr) / 0.587);
      pixels[at + 2] = clamp(value + 1.772 * cb);
      pixels[at + 3] = most;
    }
  }
  return pixels;
}
