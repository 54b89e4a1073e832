/** Puts the engine and its parts within reach of the tests, which run in node and drive this page. */
import { FaceDetector as MediaPipe } from '@mediapipe/tasks-vision';
import { getThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import { add, clipByValue, grad, grads, memory, mul, sum, tensor4d, tidy, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { damaged } from '../../../bench/damage';
import { boundsInPicture, canonicalBox, CANONICAL_SIZE, similarityTransform } from '../../../src/engine/align';
import { startBackend, type BackendChoice } from '../../../src/engine/backend';
import type { FaceAllowance } from '../../../src/engine/cloak/allowance';
import { fieldNames, mirroredMean, RetouchFields, type FieldTensors } from '../../../src/engine/cloak/fields';
import { Generator } from '../../../src/engine/cloak/network';
import { byName, NullSwap, type FaceCloak } from '../../../src/engine/cloak/nullSwap';
import { Paint } from '../../../src/engine/cloak/paint';
import { Refiner, seen, straightView } from '../../../src/engine/cloak/refiner';
import { readRefineSettings } from '../../../src/engine/cloak/settings';
import { touch } from '../../../src/engine/cloak/touch';
import { loadTrainedNetwork } from '../../../src/engine/cloak/weights';
import { cropFrom, type Crop } from '../../../src/engine/crop';
import { decode, decodeFile } from '../../../src/engine/decode';
import { neighboursOf } from '../../../src/engine/differentiable';
import { readDlibWeights, RECOGNISER_SIZE, recogniserBox } from '../../../src/engine/dlibResNet';
import { encode } from '../../../src/engine/encode';
import type { Fidelity } from '../../../src/engine/formats/format';
import { Engine } from '../../../src/engine/engine';
import { STEPS_PER_LEVEL, type Change } from '../../../src/engine/formats/change';
import { WebpAnimationEditor } from '../../../src/engine/formats/webp/animation';
import { MetadataEditor } from '../../../src/engine/metadata/metadata';
import { Picture } from '../../../src/engine/picture';
import { expectationOf, lookAt, verify } from '../../../src/engine/pipeline/verify';
import { wholePixels } from '../../../src/engine/pixels';
import { MobileFaceNet, type RecogniserName, recogniserNames } from '../../../src/engine/recognisers/mobileFaceNet';
import { FaceRecogniser } from '../../../src/engine/selfCheck/recogniser';
import { openSource } from '../../../src/engine/sourceFile';
import { type Box, CloakError, type CloakOptions, type CloakReport, type Point } from '../../../src/engine/types';
import { defaultStrength, type Strength } from '../../../src/shared/strengths';
import { fileTests } from './files';

const assets = new URL('/', location.href);
const threads = Number(new URLSearchParams(location.search).get('threads')) || undefined;

/** All that were made, so that they can be lost: as they are when the graphics process ends. */
const graphics: WebGL2RenderingContext[] = [];
const { getContext } = OffscreenCanvas.prototype;
OffscreenCanvas.prototype.getContext = function (this: OffscreenCanvas, ...args: Parameters<OffscreenCanvas['getContext']>) {
  const context = getContext.apply(this, args);
  if (context instanceof WebGL2RenderingContext && !graphics.includes(context)) graphics.push(context);
  return context;
} as OffscreenCanvas['getContext'];
const engines = new Map<BackendChoice, Promise<Engine>>();

function engineOn(backend: BackendChoice): Promise<Engine> {
  const engine = engines.get(backend) ?? Engine.load({ assets, backend, threads });
  engines.set(backend, engine);
  return engine;
}

let loadingRecogniser: Promise<FaceRecogniser> | null = null;

function recogniser(): Promise<FaceRecogniser> {
  loadingRecogniser ??= startBackend({ assets, choice: 'wasm', threads }).then(async () => new FaceRecogniser(await readDlibWeights(assets)));
  return loadingRecogniser;
}

interface Picked {
  /** A file input that holds one file. */
  input: HTMLInputElement;
}

async function pictureOf(file: File): Promise<Picture> {
  return new Picture((await decodeFile(file))!.bitmap);
}

/** A face that is shown large, straight and sharp. */
const VIEW = { side: CANONICAL_SIZE, detail: Infinity, symmetry: 1, isGrey: false };

const valuesOf = async (tensor: Tensor): Promise<number[]> => [...(await tensor.data())];

interface ParityCase {
  backend: BackendChoice;
  small: number[];
  size: number;
  strength: Strength;
  symmetry: number;
  visibility: number;
  /** Parameters of the fields to try, in the order of `fieldNames`. */
  tried: number[][];
  /** What each value of the retouched picture counts in the sum that gradients are of. */
  counts: number[];
}

const tests = {
  ...fileTests,

  /** As many as wasm computes with, once it does. */
  threads: () => Promise.resolve(getThreadsCount()),

  /** What the network draws on a picture at working size, and what comes of paint and fields, as the trainer's parity vectors give them. */
  async parity({ backend, small, size, strength, symmetry, visibility, tried, counts }: ParityCase) {
    const used = await startBackend({ assets, choice: backend, threads });
    const { description, tensors } = await loadTrainedNetwork(new URL('models/nullswap/', assets));
    const paint = new Paint(description);
    const retouch = new RetouchFields(description.fields, (picture) => paint.lumaChroma(picture), size);
    const canvas = paint.canvasOf(tensor4d(small, [1, size, size, 3]), false, null);
    const { fields, maps } = new Generator(tensors).run(canvas.picture);
    const raw = touch(maps, canvas);
    const places = retouch.placesOf(canvas.picture);
    const face = { neighbours: neighboursOf(canvas.picture), places, symmetry };
    const bounds = description.strengths[strength];
    const { grids } = description.fields;
    const parameters: FieldTensors = byName((name, i) => tensor4d(tried[i]!, [1, grids[name].side, grids[name].side, grids[name].channels]));
    const { retouched } = retouch.retouched(parameters, face, bounds);
    const counted = tensor4d(counts, [1, size, size, 3]);
    const gradients = grads((...at) => sum(mul(retouch.retouched(byName((_, i) => at[i] as Tensor4D), face, bounds).retouched, counted)))(fieldNames.map((name) => parameters[name]));
    const outputs: Record<string, Tensor> = {
      skin: places.skin,
      plain: places.plain,
      maps,
      raw,
      paint: paint.project(raw, canvas, visibility).residual,
      displacement: retouch.displacement(parameters.warp, face, bounds),
      retouched,
      ...Object.fromEntries(fieldNames.flatMap((name, i) => [[`drawn-${name}`, mirroredMean(name, fields[name], 1)], [`gradient-${name}`, gradients[i]!]] as [string, Tensor][])),
    };
    const values = await Promise.all(Object.entries(outputs).map(async ([name, tensor]) => [name, await valuesOf(tensor)] as const));
    return { used, outputs: Object.fromEntries(values) };
  },

  /** What a recogniser that cloaks are refined through makes of a crop at working size, clean and cloaked, and the gradient of how alike it finds them. */
  async refinesThrough({ model, backend, small, residual, size }: { model: RecogniserName; backend: BackendChoice; small: number[]; residual: number[]; size: number }) {
    const used = await startBackend({ assets, choice: backend, threads });
    const recogniser = await MobileFaceNet.load(assets, model);
    const view = straightView(size, recogniser);
    const [picture, change] = [small, residual].map((values) => tensor4d(values, [1, size, size, 3])) as [Tensor4D, Tensor4D];
    const cloakedPicture = clipByValue(add<Tensor4D>(picture, change), 0, 1);
    const clean = recogniser.embed(seen(picture, view));
    const cloaked = recogniser.embed(seen(cloakedPicture, view));
    const gradient = grad((x) => recogniser.similarity(seen(x as Tensor4D, view), clean))(cloakedPicture);
    return { used, clean: [...(await clean.data())], cloaked: [...(await cloaked.data())], gradient: [...(await gradient.data())] };
  },

  /** A face's cloak as the network draws it and refined: what MobileFaceNet makes of it, how far it goes, and how visible its paint is. */
  async refine({ input, keypoints, strength }: Picked & { keypoints: Point[]; strength: Strength }) {
    await startBackend({ assets, choice: 'wasm', threads });
    const { nullSwap, refiner, recognisers } = await loadRefining();
    const crop = cropFrom(await pictureOf(input.files![0]!), similarityTransform(keypoints), canonicalBox, CANONICAL_SIZE);
    const allowance = nullSwap.allowanceOf(nullSwap.allowance(strength), VIEW);
    const { signal } = new AbortController();
    const drawn = await nullSwap.draw(crop, allowance);
    const tensors = memory().numTensors;
    const refine = (): Promise<FaceCloak> => refiner.refine(crop, refiner.begin(drawn), refiner.settings.steps[strength], signal);
    const [refined, again] = [await refine(), await refine()];
    await nullSwap.rasterOf(crop, refined, 'all');
    const leaked = memory().numTensors - tensors;
    const isSame = [...fieldNames.map((name) => [refined.fields[name], again.fields[name]] as const), [refined.paint, again.paint] as const].every(([a, b]) =>
      a.every((value, i) => value === b[i]),
    );
    const figuresOf = (cloak: FaceCloak) => figures(crop, cloak, nullSwap, recognisers[0]!);
    return { drawn: await figuresOf(drawn), refined: await figuresOf(refined), isSame, leaked, bounds: allowance.fields };
  },

  /** What the network and one step of refinement cost: draw calls (none on wasm) and milliseconds, the median of three. */
  async costs({ backend }: { backend: BackendChoice }) {
    await startBackend({ assets, choice: backend, threads });
    const { nullSwap, refiner, recognisers } = await loadRefining();
    const crop = Float32Array.from({ length: CANONICAL_SIZE ** 2 * 3 }, (_, i) => 0.5 + 0.4 * Math.sin(i / 7));
    const allowance = nullSwap.allowanceOf(nullSwap.allowance(defaultStrength), VIEW);
    const { signal } = new AbortController();
    const drawn = await nullSwap.draw(crop, allowance);
    const few = recognisers.length; // each is asked once
    const refine = (steps: number) => refiner.refine(crop, drawn, steps, signal);
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
    const [network, short, long] = [await cost(() => nullSwap.draw(crop, allowance)), await cost(() => refine(few)), await cost(() => refine(3 * few))];
    WebGL2RenderingContext.prototype.drawElements = drawElements;
    const perStep = (of: 'draws' | 'ms'): number => (long[of] - short[of]) / (2 * few);
    return { network, step: { draws: perStep('draws'), ms: perStep('ms') } };
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

  /**
   * Whether a file is taken for a source with its changes: `verified`, or the reason why not.
   * @param meant PNG of the source with its changes
   * @param written the file, base64 like `meant`
   */
  async verifies({ input, keypoints, meant, written, fidelity }: Picked & { keypoints: Point[]; meant: string; written: string; fidelity: Fidelity }) {
    const source = (await openSource(input.files![0]!))!;
    const [before, after] = [new Picture((await decode(source)).bitmap), await pictureOf(fileOf(meant))];
    const transform = similarityTransform(keypoints);
    const box = wholePixels(boundsInPicture(transform, canonicalBox), before)!;
    const [was, is] = [before.read(box).data, after.read(box).data];
    const difference = Int16Array.from({ length: 3 * box.width * box.height }, (_, i) => {
      const at = 4 * Math.floor(i / 3) + (i % 3);
      return STEPS_PER_LEVEL * (is[at]! - was[at]!);
    });
    const expectation = expectationOf(before, [{ ...box, difference }], [transform]);
    const look = lookAt(before, expectation);
    return verify(fileOf(written), source, look, expectation, fidelity).then(() => 'verified', (error: CloakError) => error.reason);
  },

  /** What comes of a file that is damaged, for each seed. */
  async cloakDamaged({ input, seeds, options }: Picked & { seeds: number[]; options: CloakOptions }) {
    const file = input.files![0]!;
    const bytes = new Uint8Array(await file.arrayBuffer());
    const engine = await engineOn('wasm');
    const outcomes: { seed: number; outcome: string }[] = [];
    for (const seed of seeds) outcomes.push({ seed, outcome: await outcomeOf(engine, new File([damaged(bytes, seed)], file.name, { type: file.type }), options) });
    return outcomes;
  },

  /** Writes a file with as much added to red, green and blue everywhere in a box of the upright picture, and what the browser shows before and after. */
  async write({ input, box, levels, options }: Picked & { box: Box; levels: number[]; options: CloakOptions }) {
    const file = input.files![0]!;
    try {
      const decoded = (await decodeFile(file))!;
      const watch = { signal: new AbortController().signal, onAttempt: () => {} };
      const { file: written, metadata } = await encode([evenChange(box, levels)], decoded, options, watch);
      return { written: await base64Of(written), metadata, before: await shown(file, decoded.type.type), after: await shown(written, decoded.type.type), error: null };
    } catch (error) {
      const { name, message, cause } = error as Error;
      return { error: { name, message, cause: String(cause) } };
    }
  },

  /** Writes an animated WebP with as much added everywhere in a box of one frame. */
  async writeFrame({ input, frame, box, levels }: Picked & { frame: number; box: Box; levels: number[] }) {
    const editor = new WebpAnimationEditor(new Uint8Array(await input.files![0]!.arrayBuffer()));
    await editor.change(frame, [evenChange(box, levels)]);
    return base64Of(new Blob(editor.finish(new MetadataEditor('all'))));
  },

  /** Tensors that the engine holds; the same number before and after a picture means it leaks none. */
  tensors() {
    return memory().numTensors;
  },

  /** Tensors that are left when an engine is loaded and disposed of. */
  async tensorsLeftByEngine() {
    await startBackend({ assets, choice: 'wasm', threads });
    const before = memory().numTensors;
    (await Engine.load({ assets, backend: 'wasm' })).dispose();
    return memory().numTensors - before;
  },

  /**
   * What becomes of a picture when an engine of its own loses its graphics.
   * @param looks that MediaPipe takes at the picture before
   */
  async cloakAfterLoss({ input, looks }: Picked & { looks: number }) {
    const from = graphics.length;
    const engine = await Engine.load({ assets, backend: 'wasm' });
    const own = graphics.slice(from).filter((context) => !context.isContextLost());
    let left = looks;
    const lose = (): void => own.forEach((context) => context.getExtension('WEBGL_lose_context')!.loseContext());
    const { detect } = MediaPipe.prototype;
    MediaPipe.prototype.detect = function (...args) {
      if (left-- === 0) lose();
      return detect.apply(this, args);
    };
    try {
      const end = await outcomeOfGentle(engine, input.files![0]!);
      return { contexts: own.length, isLost: own.every((context) => context.isContextLost()), end };
    } finally {
      MediaPipe.prototype.detect = detect;
    }
  },

  /** What becomes of files, one after the other, by one engine. */
  async outcomes({ files }: { files: { name: string; base64: string }[] }) {
    const ends: string[] = [];
    for (const { name, base64 } of files) {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      ends.push(await outcomeOfGentle(await engineOn('wasm'), new File([bytes], name)));
    }
    return ends;
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
    const message = await engine.cloak(input.files![0]!, { strength: 'strong', selfCheck: true }, controller.signal, onProgress).then(
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

function fileOf(base64: string): File {
  return new File([Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0))], 'picture');
}

/** Longer, and a picture counts as stuck. */
const MOST_MILLISECONDS = 60_000;

/** `cloaked`, `no-face`, `not-an-image`, `held: REASON`; anything else is a fault. */
async function outcomeOf(engine: Engine, file: File, options: CloakOptions): Promise<string> {
  try {
    const result = await engine.cloak(file, options, AbortSignal.timeout(MOST_MILLISECONDS));
    const { outcome, verified } = result.report;
    if (outcome === 'cloaked') return verified ? outcome : 'cloaked but not verified';
    return result.file === file ? outcome : `${outcome} but changed`;
  } catch (error) {
    return error instanceof CloakError ? `held: ${error.reason}` : `uncaught: ${(error as Error).stack ?? String(error)}`;
  }
}

function evenChange(box: Box, levels: readonly number[]): Change {
  return { ...box, difference: Int16Array.from({ length: 3 * box.width * box.height }, (_, i) => STEPS_PER_LEVEL * levels[i % 3]!) };
}

async function base64Of(blob: Blob): Promise<string> {
  return btoa(Array.from(new Uint8Array(await blob.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(''));
}

/** The numbers that the browser shows, RGBA, turned as it turns them. */
async function shown(file: Blob, type: string): Promise<{ width: number; height: number; base64: string }> {
  const bitmap = await createImageBitmap(file.slice(0, file.size, type), { colorSpaceConversion: 'none' });
  const { width, height, data } = new Picture(bitmap).read({ x: 0, y: 0, width: bitmap.width, height: bitmap.height });
  bitmap.close();
  return { width, height, base64: await base64Of(new Blob([data])) };
}

/** Outcome of a cloaking, or the reason why there is none. */
function outcomeOfGentle(engine: Engine, file: File): Promise<string> {
  return engine.cloak(file, { strength: 'gentle', selfCheck: false }, new AbortController().signal).then(
    ({ report }) => report.outcome,
    (error: unknown) => (error instanceof CloakError ? error.reason : String(error)),
  );
}

async function loadRefining(): Promise<{ nullSwap: NullSwap; refiner: Refiner; recognisers: MobileFaceNet[] }> {
  const nullSwap = await NullSwap.load(assets);
  const recognisers = await Promise.all(recogniserNames.map((name) => MobileFaceNet.load(assets, name)));
  return { nullSwap, recognisers, refiner: new Refiner(recognisers, nullSwap, await readRefineSettings(assets)) };
}

/** What a recogniser makes of a cloaked crop, how visible its paint is, and how far it was bent. */
async function figures(crop: Crop, cloak: FaceCloak, nullSwap: NullSwap, recogniser: MobileFaceNet) {
  const face = nullSwap.face(crop, cloak.allowance as FaceAllowance);
  const { picture } = face.canvas;
  const size = picture.shape[1];
  const [similarity, visibility] = tidy(() => {
    const view = straightView(size, recogniser);
    const paint: Tensor4D = tensor4d(cloak.paint, [1, size, size, 3]);
    const { retouched } = nullSwap.fields.retouched(nullSwap.fieldTensors(cloak.fields), face, cloak.allowance.fields);
    const cloaked = clipByValue(add<Tensor4D>(retouched, paint), 0, 1);
    const clean = recogniser.embed(seen(picture, view));
    return [recogniser.similarity(seen(cloaked, view), clean).dataSync()[0]!, nullSwap.paint.visibility(paint, face.canvas).dataSync()[0]!];
  });
  const { warp } = await nullSwap.rasterOf(crop, cloak, 'all');
  return { similarity, visibility, largest: cloak.paint.reduce((most, value) => Math.max(most, Math.abs(value)), 0), ...warp };
}

export type Tests = typeof tests;

Object.assign(globalThis, { tests });
