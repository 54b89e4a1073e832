/** The networks in TypeScript against what others compute: the trainer's vectors, and dlib's ResNet by onnxruntime. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RECOGNISER_SIZE } from '../../src/engine/dlibResNet';
import { cosineSimilarity } from '../../src/engine/selfCheck/similarity';
import { EnginePage, parityFile, sample, sharedFile } from './harness';

/** In units of the [0, 1] range. */
const TOLERANCE = 2e-3;

/**
 * Of the length of all together. The trainer's dlib has 32 bits a weight and the shipped one 8: their features differ by
 * thousandths, and a gradient, which each rectifier switches on and off, by hundredths.
 */
const RECOGNISER_TOLERANCE = { clean: 0.01, cloaked: 0.01, gradient: 0.15 };

/** Of refinement: each makes more of the last digits in which two backends differ, until by a face's 24th the cloaks do by a tenth. */
const STEPS = 6;

/** Of gradients, in shares of the length of all together: rounding moves where a place is taken from to another pixel here and there. */
const GRADIENT_TOLERANCE = 0.02;

const fields = ['warp', 'shade', 'detail', 'tint'] as const;
const outputs = ['skin', 'plain', 'maps', 'raw', 'paint', 'displacement', 'retouched', ...fields.map((name) => `drawn-${name}`)];

interface Vector {
  working_size: number;
  strength: string;
  symmetry: number;
  visibility: number;
  files: Record<string, { file: string }>;
}

let page: EnginePage;
beforeAll(async () => {
  page = await EnginePage.open({ steps: STEPS });
});
afterAll(() => page?.close());

async function vector(): Promise<Vector> {
  const { vectors } = JSON.parse((await parityFile('parity.json')).toString()) as { vectors: Vector[] };
  return vectors[0]!;
}

async function floats(file: string): Promise<Float32Array> {
  const bytes = await parityFile(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

function largestDifference(actual: ArrayLike<number>, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0);
}

function lengthOf(vector: Float32Array): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}

/** cos(.0011 i), i counting the values of a picture colour by colour, for a picture whose colours lie side by side. */
function countsOf(size: number): number[] {
  return Array.from({ length: 3 * size * size }, (_, i) => Math.cos(0.0011 * ((i % 3) * size * size + Math.floor(i / 3))));
}

it.each([
  ['wasm', 'wasm'],
  ['webgl-software', 'webgl'],
] as const)('draws, bends, retouches and paints as the trainer does, gradients included, on %s', async (backend, name) => {
  const { files, working_size: size, strength, symmetry, visibility } = await vector();
  const read = async (kind: string): Promise<Float32Array> => floats(files[kind]!.file);
  const tried = await Promise.all(fields.map(async (field) => [...(await read(`tried-${field}`))]));
  const small = [...(await read('small'))];
  const { used, outputs: actual } = await page.run('parity', { backend, small, size, strength, symmetry, visibility, tried, counts: countsOf(size) });
  expect(used).toBe(name);
  for (const output of outputs) {
    const expected = await read(output);
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largestDifference(actual[output]!, expected), output).toBeLessThan(TOLERANCE * Math.max(1, largest));
  }
  for (const field of fields) {
    const expected = await read(`gradient-${field}`);
    const difference = expected.map((value, i) => value - actual[`gradient-${field}`]![i]!);
    expect(lengthOf(difference) / lengthOf(expected), `gradient of ${field}`).toBeLessThan(GRADIENT_TOLERANCE);
  }
});

const recogniserOutputs = ['clean', 'cloaked', 'gradient'] as const;

interface RecogniserVector {
  working_size: number;
  files: Record<'small' | 'residual' | (typeof recogniserOutputs)[number], { file: string }>;
}

it.each([
  ['mobilefacenet', 'wasm', 'wasm'],
  ['student', 'wasm', 'wasm'],
  ['student', 'webgl-software', 'webgl'],
] as const)('gives the embeddings of %s and its gradient as the trainer does, on %s', async (model, backend, name) => {
  const { files, working_size: size } = JSON.parse((await parityFile(`${model}.json`)).toString()) as RecogniserVector;
  const [small, residual] = [[...(await floats(files.small.file))], [...(await floats(files.residual.file))]];
  const { used, ...actual } = await page.run('refinesThrough', { model, backend, small, residual, size });
  expect(used).toBe(name);
  for (const output of recogniserOutputs) {
    const expected = await floats(files[output].file);
    const difference = expected.map((value, i) => value - actual[output][i]!);
    expect(lengthOf(difference) / lengthOf(expected), output).toBeLessThan(RECOGNISER_TOLERANCE[output]);
  }
});

const onnx = sharedFile('extractors/dlib_resnet.onnx');
it.skipIf(!onnx)('the on-device recogniser embeds a face as its ONNX form does (needs ../shared)', async () => {
  const picture = sample('portrait.jpg');
  const { faces } = await page.runOn('detect', picture);
  const { crop, embedding } = await page.runOn('embedding', picture, { keypoints: faces[0]!.keypoints });
  const planes = new Float32Array(crop.length);
  const area = RECOGNISER_SIZE ** 2;
  crop.forEach((value, i) => (planes[(i % 3) * area + Math.floor(i / 3)] = 255 * value));
  const session = await InferenceSession.create(onnx!);
  const output = await session.run({ [session.inputNames[0]!]: new Tensor('float32', planes, [1, 3, RECOGNISER_SIZE, RECOGNISER_SIZE]) });
  const expected = output[session.outputNames[0]!]!.data as Float32Array;
  expect(cosineSimilarity(Float32Array.from(embedding), expected)).toBeGreaterThan(0.9999);
});

it('the whole engine cloaks a portrait on WebGL as it does on wasm', async () => {
  const picture = { name: 'portrait.png', type: 'image/png', bytes: await sharp(sample('portrait.jpg')).resize(400).png().toBuffer() };
  const options = { strength: 'gentle', selfCheck: true };
  const onWasm = await page.runOn('cloak', picture, { options });
  const onWebgl = await page.runOn('cloak', picture, { options, backend: 'webgl-software' });
  expect([onWasm.report?.backend, onWebgl.report?.backend]).toEqual(['wasm', 'webgl']);
  const [clean, a, b] = await Promise.all([picture.bytes, ...[onWasm, onWebgl].map(({ base64 }) => Buffer.from(base64!, 'base64'))].map((bytes) => sharp(bytes).raw().toBuffer()));
  expect(a!.length).toBe(b!.length);
  const differenceOf = (one: Buffer, other: Buffer): number => lengthOf(Float32Array.from(one, (value, i) => value - other[i]!));
  expect(differenceOf(a!, b!) / differenceOf(a!, clean!)).toBeLessThan(0.05);
  expect(onWebgl.report!.faces[0]!.similarity!.after).toBeCloseTo(onWasm.report!.faces[0]!.similarity!.after, 3);
});
