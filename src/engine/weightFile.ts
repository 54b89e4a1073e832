/** Reads what the trainer writes: a description (JSON) that says which tensor is where in a file of 16-bit floats, little endian. */

export interface TensorEntry {
  name: string;
  shape: number[];
  /** Of its first value, counted in values. */
  offset: number;
}

export interface Values {
  shape: number[];
  values: Float32Array;
}

export interface WeightFile<Description> {
  description: Description;
  tensors: Map<string, Values>;
}

/** Throws where the file is missing or of another format. */
export async function readDescription<Description extends { format: number }>(address: URL, format: number): Promise<Description> {
  const description = (await (await fetched(address)).json()) as Description;
  if (description.format !== format) throw new Error(`${address.pathname} has format ${description.format}, not ${format}.`);
  return description;
}

/** Throws where the files are missing or of another format. */
export async function readWeightFile<Description extends { format: number; tensors: TensorEntry[] }>(
  description: URL,
  weights: URL,
  format: number,
): Promise<WeightFile<Description>> {
  const [read, bytes] = await Promise.all([
    readDescription<Description>(description, format),
    fetched(weights).then((response) => response.arrayBuffer()),
  ]);
  return { description: read, tensors: tensorsIn(new Uint16Array(bytes), read.tensors) };
}

/** The tensors by their names, out of the 16-bit floats of a whole file. */
export function tensorsIn(halves: Uint16Array, entries: readonly TensorEntry[]): Map<string, Values> {
  return new Map(
    entries.map(({ name, shape, offset }) => {
      const length = shape.reduce((product, side) => product * side, 1);
      return [name, { shape, values: toFloat32(halves.subarray(offset, offset + length)) }];
    }),
  );
}

async function fetched(address: URL): Promise<Response> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address.pathname} is not there.`);
  return response;
}

/** 2 to the power of each exponent that a 16-bit float can have. */
const POWERS = Float64Array.from({ length: 31 }, (_, exponent) => 2 ** (exponent - 15));

/** 16-bit to 32-bit floats (IEEE 754). By a plain loop: `Float32Array.from` with a function takes ten times as long, for millions of values. */
export function toFloat32(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i += 1) values[i] = valueOf(halves[i]!);
  return values;
}

function valueOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * POWERS[exponent]!;
}
