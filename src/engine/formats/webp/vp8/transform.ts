/** VP8's transforms of 4 x 4 values (RFC 6386, section 14), and their inverses. */

const SINE = 35468;
const COSINE_LESS_ONE = 20091;

const lines = new Int32Array(16);
const eighths = new Int32Array(16);

/** From dequantised coefficients to eighths of what is added to 4 x 4 samples, to be rounded half up (section 14.3). */
export function inverse(coefficients: Int32Array, result: Int32Array): void {
  for (let i = 0; i < 4; i++) rotate(coefficients, lines, i, 4);
  for (let i = 0; i < 16; i += 4) rotate(lines, result, i, 1);
}

function rotate(from: Int32Array, to: Int32Array, at: number, step: number): void {
  const [c0, c1, c2, c3] = [from[at]!, from[at + step]!, from[at + 2 * step]!, from[at + 3 * step]!];
  const [a, b] = [c0 + c2, c0 - c2];
  const c = ((c1 * SINE) >> 16) - (c3 + ((c3 * COSINE_LESS_ONE) >> 16));
  const d = c1 + ((c1 * COSINE_LESS_ONE) >> 16) + ((c3 * SINE) >> 16);
  to[at] = a + d;
  to[at + step] = b + c;
  to[at + 2 * step] = b - c;
  to[at + 3 * step] = a - d;
}

/** Adds to 4 x 4 samples what dequantised coefficients stand for. */
export function addInverse(coefficients: Int32Array, data: Uint8Array, at: number, stride: number): void {
  inverse(coefficients, eighths);
  for (let i = 0; i < 16; i++) {
    const place = at + (i >> 2) * stride + (i & 3);
    data[place] = clamp(data[place]! + ((eighths[i]! + 4) >> 3));
  }
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/** From the second-order coefficients to the first ones of the 16 luma blocks, in place (section 14.3). */
export function inverseSecond(values: Int32Array): void {
  for (let i = 0; i < 4; i++) butterfly(values, i, 4, 0, 0);
  for (let i = 0; i < 16; i += 4) butterfly(values, i, 1, 3, 3);
}

function butterfly(values: Int32Array, at: number, step: number, rounding: number, shift: number): void {
  const [v0, v1, v2, v3] = [values[at]!, values[at + step]!, values[at + 2 * step]!, values[at + 3 * step]!];
  const [a, b, c, d] = [v0 + v3, v1 + v2, v1 - v2, v0 - v3];
  values[at] = (a + b + rounding) >> shift;
  values[at + step] = (c + d + rounding) >> shift;
  values[at + 2 * step] = (a - b + rounding) >> shift;
  values[at + 3 * step] = (d - c + rounding) >> shift;
}

const [LONG, SHORT] = [1 + COSINE_LESS_ONE / 65536, SINE / 65536];

/** What a coefficient of each vertical or horizontal frequency adds to four samples, before the division by 8. */
const BASIS: readonly (readonly number[])[] = [[1, 1, 1, 1], [LONG, SHORT, -SHORT, -LONG], [1, -1, -1, 1], [SHORT, -LONG, LONG, -SHORT]];
const SECOND_BASIS: readonly (readonly number[])[] = [[1, 1, 1, 1], [1, 1, -1, -1], [1, -1, -1, 1], [1, -1, 1, -1]];

/** What one of a coefficient adds to 16 samples; 16 for each coefficient. */
export const PATTERNS = Float64Array.from({ length: 256 }, (_, i) => {
  const [frequency, sample] = [i >> 4, i & 15];
  return (BASIS[frequency >> 2]![sample >> 2]! * BASIS[frequency & 3]![sample & 3]!) / 8;
});

/** From 4 x 4 differences to coefficients, not quantised. */
export function forward(samples: Float64Array): Float64Array {
  return transform(samples, BASIS);
}

/** Inverse of `inverseSecond`, not quantised. */
export function forwardSecond(values: Float64Array): Float64Array {
  return transform(values, SECOND_BASIS);
}

/** The basis' rows are orthogonal, each of length 2. */
function transform(values: Float64Array, basis: readonly (readonly number[])[]): Float64Array {
  const rows = new Float64Array(16);
  for (let y = 0; y < 4; y++) {
    for (let u = 0; u < 4; u++) for (let x = 0; x < 4; x++) rows[4 * y + u]! += basis[u]![x]! * values[4 * y + x]!;
  }
  const result = new Float64Array(16);
  for (let v = 0; v < 4; v++) {
    for (let u = 0; u < 4; u++) for (let y = 0; y < 4; y++) result[4 * v + u]! += (basis[v]![y]! * rows[4 * y + u]!) / 2;
  }
  return result;
}
