/** face-api in node on tf.js's wasm backend: two detectors that `bench:detection` compares with, and the estimators of `bench:looks`. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as FaceApi from '@vladmandic/face-api';
import type { Similarity, TemplateBox } from '../src/engine/align';
import type { Box } from '../src/engine/types';
import type { Estimate } from './looksResult';
import { crop, decode, type Picture } from './picture';

const require = createRequire(import.meta.url);
const THRESHOLD = 0.5; // both detectors' own default
const MOST = 100;
/** The largest of the sizes that the tiny detector is offered with: the one that finds the smallest faces. */
const TINY_INPUT = 608;

export interface Contestant {
  name: string;
  detect(bytes: Buffer): Promise<Box[]>;
}

/** @param nets of its networks, those to load */
async function loadFaceApi(...nets: (keyof typeof FaceApi.nets)[]): Promise<typeof FaceApi> {
  const tf = require('@tensorflow/tfjs') as { setBackend(name: string): Promise<boolean>; ready(): Promise<void> };
  const wasm = require('@tensorflow/tfjs-backend-wasm') as { setWasmPaths(path: string): void };
  wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'))}/`);
  await tf.setBackend('wasm');
  await tf.ready();
  const faceApi = require('@vladmandic/face-api/dist/face-api.node-wasm.js') as typeof FaceApi;
  const model = join(dirname(require.resolve('@vladmandic/face-api/package.json')), 'model');
  await Promise.all(nets.map((net) => faceApi.nets[net].loadFromDisk(model)));
  return faceApi;
}

/** What face-api cuts out for its estimators (`FaceLandmarks.align`), in template coordinates: 2.2 times the distance from eyes to mouth. */
const ESTIMATED_BOX: TemplateBox = [6.7, 22.8, 105.3, 121.4];
const ESTIMATED_SIZE = 224;

/** Tells age, sex and expression of a face. */
export type Estimator = (picture: Picture, alignment: Similarity) => Promise<Estimate>;

export async function faceApiEstimator(): Promise<Estimator> {
  const faceApi = await loadFaceApi('ageGenderNet', 'faceExpressionNet');
  return async (picture, alignment) => {
    const { data, width, height } = crop(picture, alignment, ESTIMATED_BOX, ESTIMATED_SIZE);
    const tensor = faceApi.tf.tensor3d(data, [height, width, 3], 'int32');
    try {
      const input = tensor as unknown as FaceApi.TNetInput;
      const { age, gender } = (await faceApi.nets.ageGenderNet.predictAgeAndGender(input)) as FaceApi.AgeAndGenderPrediction;
      const expressions = (await faceApi.nets.faceExpressionNet.predictExpressions(input)) as FaceApi.FaceExpressions;
      const [likeliest] = expressions.asSortedArray();
      return { age, sex: gender, expression: likeliest!.expression, confidence: likeliest!.probability };
    } finally {
      tensor.dispose();
    }
  };
}

export async function faceApiDetectors(): Promise<Contestant[]> {
  const faceApi = await loadFaceApi('ssdMobilenetv1', 'tinyFaceDetector');
  const detectWith = (options: () => FaceApi.SsdMobilenetv1Options | FaceApi.TinyFaceDetectorOptions) => async (bytes: Buffer) => {
    const { data, width, height } = await decode(bytes);
    const input = faceApi.tf.tensor3d(data, [height, width, 3], 'int32');
    try {
      const found = await faceApi.detectAllFaces(input as unknown as FaceApi.TNetInput, options());
      return found.map(({ box: { x, y, width, height } }) => ({ x, y, width, height }));
    } finally {
      input.dispose();
    }
  };
  return [
    { name: 'SSD MobileNet', detect: detectWith(() => new faceApi.SsdMobilenetv1Options({ minConfidence: THRESHOLD, maxResults: MOST })) },
    { name: 'tiny', detect: detectWith(() => new faceApi.TinyFaceDetectorOptions({ inputSize: TINY_INPUT, scoreThreshold: THRESHOLD })) },
  ];
}
