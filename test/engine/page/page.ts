/** Puts the engine and its parts within reach of the tests, which run in node and drive this page. */
import { memory, tensor4d, type Tensor4D } from '@tensorflow/tfjs-core';
import { canonicalBox, CANONICAL_SIZE, similarityTransform } from '../../../src/engine/align';
import { startBackend, type BackendChoice } from '../../../src/engine/backend';
import { cropFrom } from '../../../src/engine/crop';
import { decode } from '../../../src/engine/decode';
import { Engine } from '../../../src/engine/engine';
import { Generator } from '../../../src/engine/nullswap/network';
import { hidingMask, project } from '../../../src/engine/nullswap/project';
import { touch } from '../../../src/engine/nullswap/touch';
import { loadTrainedNetwork } from '../../../src/engine/nullswap/weights';
import { FaceRecogniser, RECOGNISER_SIZE, recogniserBox } from '../../../src/engine/selfCheck/recogniser';
import type { CloakOptions, CloakReport, Point } from '../../../src/engine/types';

const assets = new URL('/', location.href);
const engines = new Map<BackendChoice, Promise<Engine>>();

function engineOn(backend: BackendChoice): Promise<Engine> {
  const engine = engines.get(backend) ?? Engine.load({ assets, backend });
  engines.set(backend, engine);
  return engine;
}

interface Picked {
  /** A file input that holds one file. */
  input: HTMLInputElement;
}

async function contextOf(file: File): Promise<OffscreenCanvasRenderingContext2D> {
  const { bitmap } = (await decode(file))!;
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
  context.drawImage(bitmap, 0, 0);
  return context;
}

const tests = {
  /** The raw and the projected residual of a picture at working size, as the trainer's parity vectors give them. */
  async residual({ backend, small, size, visibility }: { backend: BackendChoice; small: number[]; size: number; visibility: number }) {
    const used = await startBackend(assets, backend);
    const network = await loadTrainedNetwork(new URL('models/nullswap/', assets));
    const picture: Tensor4D = tensor4d(small, [1, size, size, 3]);
    const mask = hidingMask(picture, network.description.perception);
    const raw = touch(new Generator(network.tensors).run(picture), picture, mask, network.description.touch);
    const projected = project(raw, mask, visibility, network.description);
    return { used, raw: [...(await raw.data())], projected: [...(await projected.data())] };
  },

  async detect({ input }: Picked) {
    return (await engineOn('wasm')).detect(input.files![0]!, new AbortController().signal);
  },

  /** The canonical crop, 0..1 RGB. */
  async canonicalCrop({ input, keypoints }: Picked & { keypoints: Point[] }) {
    return [...cropFrom(await contextOf(input.files![0]!), similarityTransform(keypoints), canonicalBox, CANONICAL_SIZE)];
  },

  /** The recogniser's crop, and the embedding of it. */
  async embedding({ input, keypoints }: Picked & { keypoints: Point[] }) {
    await startBackend(assets, 'wasm');
    const recogniser = await FaceRecogniser.load(assets);
    const crop = cropFrom(await contextOf(input.files![0]!), similarityTransform(keypoints), recogniserBox, RECOGNISER_SIZE);
    return { crop: [...crop], embedding: [...(await recogniser.embed(crop))] };
  },

  async cloak({ input, options }: Picked & { options: CloakOptions }) {
    const file = input.files![0]!;
    try {
      const result = await (await engineOn('wasm')).cloak(file, options, new AbortController().signal);
      const { name, type, lastModified } = result.file;
      const bytes = new Uint8Array(await result.file.arrayBuffer());
      return {
        name,
        type,
        keepsDate: lastModified === file.lastModified,
        isSource: result.file === file,
        base64: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')),
        report: result.report as CloakReport | null,
        error: null,
      };
    } catch (error) {
      const { name, code, message } = error as { name: string; code?: string; message: string };
      return { error: { name, code: code ?? null, message } };
    }
  },

  /** Tensors that the engine holds; the same number before and after a picture means it leaks none. */
  tensors() {
    return memory().numTensors;
  },

  /** Tensors that are left when an engine is loaded and disposed of. */
  async tensorsLeftByEngine() {
    await startBackend(assets, 'wasm');
    const before = memory().numTensors;
    (await Engine.load({ assets, backend: 'wasm' })).dispose();
    return memory().numTensors - before;
  },

  /** What comes of a picture whose signal is aborted after some milliseconds. */
  async cloakAborted({ input, milliseconds }: Picked & { milliseconds: number }) {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('stopped by the test')), milliseconds);
    const engine = await engineOn('wasm');
    return engine.cloak(input.files![0]!, { strength: 'standard', selfCheck: true }, controller.signal).then(
      () => 'finished',
      (error: Error) => error.message,
    );
  },
};

export type Tests = typeof tests;

Object.assign(globalThis, { tests });
