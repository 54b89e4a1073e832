/** face-api's two detectors, run in node on tf.js's wasm backend: what `bench:detection` compares with. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as FaceApi from '@vladmandic/face-api';
import type { Box } from '../src/engine/types';
import { decode } from './picture';

const require = createRequire(import.meta.url);
const THRESHOLD = 0.5; // both detectors' own default
const MOST = 100;
/** The largest of the sizes that the tiny detector is offered with: the one that finds the smallest faces. */
const TINY_INPUT = 608;

export interface Contestant {
  name: string;
  detect(bytes: Buffer): Promise<Box[]>;
}

export async function faceApiDetectors(): Promise<Contestant[]> {
  const tf = require('@tensorflow/tfjs') as { setBackend(name: string): Promise<boolean>; ready(): Promise<void> };
  const wasm = require('@tensorflow/tfjs-backend-wasm') as { setWasmPaths(path: string): void };
  wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'))}/`);
  await tf.setBackend('wasm');
  await tf.ready();
  const faceApi = require('@vladmandic/face-api/dist/face-api.node-wasm.js') as typeof FaceApi;
  const model = join(dirname(require.resolve('@vladmandic/face-api/package.json')), 'model');
  await Promise.all([faceApi.nets.ssdMobilenetv1.loadFromDisk(model), faceApi.nets.tinyFaceDetector.loadFromDisk(model)]);
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
