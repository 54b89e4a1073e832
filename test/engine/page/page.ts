/** Puts the engine and its parts within reach of the tests, which run in node and drive this page. */
import { add, clipByValue, grad, memory, tensor4d, type Tensor4D } from '@tensorflow/tfjs-core';
import { canonicalBox, CANONICAL_SIZE, similarityTransform } from '../../../src/engine/align';
import { startBackend, type BackendChoice } from '../../../src/engine/backend';
import { cropFrom } from '../../../src/engine/crop';
import { decodeFile } from '../../../src/engine/decode';
import { readDlibWeights, RECOGNISER_SIZE, recogniserBox } from '../../../src/engine/dlibResNet';
import { Engine } from '../../../src/engine/engine';
import { lookFor } from '../../../src/engine/nullswap/faceSize';
import { Generator } from '../../../src/engine/nullswap/network';
import { NullSwap } from '../../../src/engine/nullswap/nullSwap';
import { Projection } from '../../../src/engine/nullswap/projection';
import { touch } from '../../../src/engine/nullswap/touch';
import { loadTrainedNetwork } from '../../../src/engine/nullswap/weights';
import { PatchedPicture } from '../../../src/engine/patchedPicture';
import { Refiner, seen, straightView } from '../../../src/engine/refine/refiner';
import { MobileFaceNet, type RecogniserName, recogniserNames } from '../../../src/engine/refine/mobileFaceNet';
import { readRefineSettings } from '../../../src/engine/refine/settings';
import { FaceRecogniser } from '../../../src/engine/selfCheck/recogniser';
import type { Box, CloakOptions, CloakReport, Point } from '../../../src/engine/types';

const assets = new URL('/', location.href);
const engines = new Map<BackendChoice, Promise<Engine>>();

function engineOn(backend: BackendChoice): Promise<Engine> {
  const engine = engines.get(backend) ?? Engine.load({ assets, backend });
  engines.set(backend, engine);
  return engine;
}

let loadingRecogniser: Promise<FaceRecogniser> | null = null;

function recogniser(): Promise<FaceRecogniser> {
  loadingRecogniser ??= startBackend(assets, 'wasm').then(async () => new FaceRecogniser(await readDlibWeights(assets)));
  return loadingRecogniser;
}

interface Picked {
  /** A file input that holds one file. */
  input: HTMLInputElement;
}

async function pictureOf(file: File): Promise<PatchedPicture> {
  return new PatchedPicture((await decodeFile(file))!.bitmap);
}

const tests = {
  /** The raw and the projected residual of a picture at working size, as the trainer's parity vectors give them. */
  async residual({ backend, small, size, visibility }: { backend: BackendChoice; small: number[]; size: number; visibility: number }) {
    const used = await startBackend(assets, backend);
    const network = await loadTrainedNetwork(new URL('models/nullswap/', assets));
    const projection = new Projection(network.description);
    const ground = projection.groundOf(tensor4d(small, [1, size, size, 3]), false, null);
    const raw = touch(new Generator(network.tensors).run(ground.picture), ground, network.description.touch);
    const projected = projection.project(raw, ground, visibility).residual;
    return { used, raw: [...(await raw.data())], projected: [...(await projected.data())] };
  },

  /** What a recogniser that cloaks are refined through makes of a crop at working size, clean and cloaked, and the gradient of how alike it finds them. */
  async refinesThrough({ model, backend, small, residual, size }: { model: RecogniserName; backend: BackendChoice; small: number[]; residual: number[]; size: number }) {
    const used = await startBackend(assets, backend);
    const recogniser = await MobileFaceNet.load(assets, model);
    const view = straightView(size, recogniser);
    const [picture, change] = [small, residual].map((values) => tensor4d(values, [1, size, size, 3])) as [Tensor4D, Tensor4D];
    const cloakedPicture = clipByValue(add<Tensor4D>(picture, change), 0, 1);
    const clean = recogniser.embed(seen(picture, view));
    const cloaked = recogniser.embed(seen(cloakedPicture, view));
    const gradient = grad((x) => recogniser.similarity(seen(x as Tensor4D, view), clean))(cloakedPicture);
    return { used, clean: [...(await clean.data())], cloaked: [...(await cloaked.data())], gradient: [...(await gradient.data())] };
  },

  /** A face's residual as the network draws it and after as many steps of refinement as `maximum` takes: what MobileFaceNet makes of it, and what it shows. */
  async refine({ input, keypoints }: Picked & { keypoints: Point[] }) {
    await startBackend(assets, 'wasm');
    const nullSwap = await NullSwap.load(assets);
    const recognisers = await Promise.all(recogniserNames.map((name) => MobileFaceNet.load(assets, name)));
    const recogniser = recognisers[0]!;
    const refiner = new Refiner(recognisers, nullSwap.projection, await readRefineSettings(assets));
    const steps = refiner.settings.steps.maximum;
    const crop = cropFrom(await pictureOf(input.files![0]!), similarityTransform(keypoints), canonicalBox, CANONICAL_SIZE);
    const look = lookFor(nullSwap.allowance('standard'), CANONICAL_SIZE);
    const { signal } = new AbortController();
    const drawn = await nullSwap.residual(crop, look);
    const tensors = memory().numTensors;
    const refined = await refiner.refine(crop, drawn, look, steps, signal);
    const again = await refiner.refine(crop, drawn, look, steps, signal);
    const leaked = memory().numTensors - tensors;

    const ground = nullSwap.projection.ground(crop, look);
    const view = straightView(drawn.size, recogniser);
    const clean = recogniser.embed(seen(ground.picture, view));
    const figures = [drawn, refined].map(({ size, values }) => {
      const residual: Tensor4D = tensor4d(values, [1, size, size, 3]);
      const cloaked = clipByValue(add<Tensor4D>(ground.picture, residual), 0, 1);
      const [similarity] = recogniser.similarity(seen(cloaked, view), clean).dataSync();
      const [visibility] = nullSwap.projection.visibility(residual, ground).dataSync();
      return { similarity: similarity!, visibility: visibility!, largest: values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) };
    });
    const isSame = refined.values.every((value, i) => value === again.values[i]);
    return { drawn: figures[0]!, refined: figures[1]!, isSame, leaked };
  },

  /** What the network and one step of refinement cost: draw calls (none on wasm) and milliseconds, the median of three. */
  async costs({ backend }: { backend: BackendChoice }) {
    await startBackend(assets, backend);
    const nullSwap = await NullSwap.load(assets);
    const recognisers = await Promise.all(recogniserNames.map((name) => MobileFaceNet.load(assets, name)));
    const refiner = new Refiner(recognisers, nullSwap.projection, await readRefineSettings(assets));
    const crop = Float32Array.from({ length: CANONICAL_SIZE ** 2 * 3 }, (_, i) => 0.5 + 0.4 * Math.sin(i / 7));
    const look = lookFor(nullSwap.allowance('standard'), CANONICAL_SIZE);
    const { signal } = new AbortController();
    const drawn = await nullSwap.residual(crop, look);
    const few = recognisers.length; // each is asked once
    const refine = (steps: number) => refiner.refine(crop, drawn, look, steps, signal);
    await refine(few);

    let draws = 0;
    const { drawElements } = WebGL2RenderingContext.prototype;
    WebGL2RenderingContext.prototype.drawElements = function (...args) {
      draws++;
      drawElements.apply(this, args);
    };
    async function cost(work: () => Promise<unknown>): Promise<{ draws: number; ms: number }> {
      const times: number[] = [];
      for (let i = 0; i < 3; i++) {
        [draws, times[i]] = [0, -performance.now()];
        await work();
        times[i]! += performance.now();
      }
      return { draws, ms: times.sort((a, b) => a - b)[1]! };
    }
    const [network, short, long] = [await cost(() => nullSwap.residual(crop, look)), await cost(() => refine(few)), await cost(() => refine(3 * few))];
    WebGL2RenderingContext.prototype.drawElements = drawElements;
    const perStep = (of: 'draws' | 'ms'): number => (long[of] - short[of]) / (2 * few);
    return { network, step: { draws: perStep('draws'), ms: perStep('ms') } };
  },

  /** How many samples of a strip are other than in the original after a patch is written in its midst, after another place is restored, and after all is. */
  async patched({ input }: Picked) {
    const picture = await pictureOf(input.files![0]!);
    const strip: Box = { x: 300, y: 0, width: 200, height: 700 };
    const patch: Box = { x: 480, y: 250, width: 50, height: 10 };
    const original = picture.readOriginal(strip).data;
    const others = (): number => picture.read(strip).data.reduce((count, value, i) => count + (value === original[i] ? 0 : 1), 0);
    const inverted = picture.read(patch);
    picture.write({ ...inverted, data: inverted.data.map((value, i) => (i % 4 === 3 ? value : value ^ 0x80)) });
    const written = others();
    picture.restore({ ...patch, width: 49 });
    const kept = others();
    picture.restore({ ...patch, x: 0, width: 1000 });
    return { written, kept, restored: others() };
  },

  async detect({ input }: Picked) {
    return (await engineOn('wasm')).detect(input.files![0]!, new AbortController().signal);
  },

  /** The canonical crop, 0..1 RGB. */
  async canonicalCrop({ input, keypoints }: Picked & { keypoints: Point[] }) {
    return [...cropFrom(await pictureOf(input.files![0]!), similarityTransform(keypoints), canonicalBox, CANONICAL_SIZE)];
  },

  /** The recogniser's crop, and the embedding of it. */
  async embedding({ input, keypoints }: Picked & { keypoints: Point[] }) {
    const crop = cropFrom(await pictureOf(input.files![0]!), similarityTransform(keypoints), recogniserBox, RECOGNISER_SIZE);
    return { crop: [...crop], embedding: [...(await (await recogniser()).embed(crop))] };
  },

  async cloak({ input, options, backend = 'wasm' }: Picked & { options: CloakOptions; backend?: BackendChoice }) {
    const file = input.files![0]!;
    try {
      const result = await (await engineOn(backend)).cloak(file, options, new AbortController().signal);
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

  /** What comes of a picture whose signal is aborted when that share of its refinement is done, and what is left of it. */
  async abortedAtProgress({ input, share }: Picked & { share: number }) {
    const controller = new AbortController();
    const shares: number[] = [];
    const onProgress = (done: number): void => {
      shares.push(done);
      if (done >= share) controller.abort(new Error('stopped by the test'));
    };
    const engine = await engineOn('wasm');
    const before = memory().numTensors;
    const message = await engine.cloak(input.files![0]!, { strength: 'maximum', selfCheck: true }, controller.signal, onProgress).then(
      () => 'finished',
      (error: Error) => error.message,
    );
    return { message, shares, tensors: memory().numTensors - before };
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
