/** The way of a picture through the engine: found, cloaked, written. */
import { canonicalBox, canonicalSide, CANONICAL_SIZE, similarityTransform, symmetryOf, type Similarity } from '../align';
import { changesOf } from '../cloak/apply';
import type { Drawn, FaceCloak, NullSwap } from '../cloak/nullSwap';
import { isGrey } from '../cloak/paint';
import { stepsFor, type Refiner } from '../cloak/refiner';
import type { RefineSettings } from '../cloak/settings';
import { cropFrom, type Crop } from '../crop';
import { decode } from '../decode';
import type { FaceDetector } from '../detect/faceDetector';
import { encode, requireEncodable } from '../encode';
import { nextTask } from '../nextTask';
import { ChangedPicture, Picture } from '../picture';
import type { PixelSource } from '../pixels';
import type { SelfCheck } from '../selfCheck/selfCheck';
import { TARGET_SIMILARITY } from '../selfCheck/similarity';
import type { SourceFile } from '../sourceFile';
import { Stopwatch } from '../stopwatch';
import { type Backend, CloakError, type CloakLayers, type CloakOptions, type CloakReport, type CloakResult, type DetectedFace, type FaceLikeness } from '../types';
import { expectationOf, lookAt, verify } from './verify';
import { passWithoutFace } from './withoutFace';

export interface Models {
  backend: Backend;
  detector: FaceDetector;
  nullSwap: NullSwap;
  refineSettings: RefineSettings;
  /** Loaded when a face is first refined. */
  refiner: () => Promise<Refiner>;
  selfCheck: SelfCheck;
}

/** Hears now and then which share of the work on the faces is done, 0 to 1. */
export type OnProgress = (share: number) => void;

/**
 * Cloaks every face of a picture. What shows no face comes back as `passWithoutFace` has it.
 * Throws `CloakError`, or the signal's reason.
 */
export async function cloak(
  source: SourceFile,
  options: CloakOptions,
  models: Models,
  signal: AbortSignal,
  onProgress: OnProgress = () => {},
): Promise<CloakResult> {
  const stopwatch = new Stopwatch();
  const report = newReport(source.file, options, models);
  const decoded = await stopwatch.time('decode', () => decode(source));
  const { bitmap } = decoded;
  try {
    signal.throwIfAborted();
    report.outcome = 'no-face';
    report.type = source.type.type;
    report.width = bitmap.width;
    report.height = bitmap.height;
    const picture = new Picture(bitmap);
    const faces = await stopwatch.time('detect', () => models.detector.detect(picture, signal));
    if (!faces.length && decoded.isCutOff) throw new CloakError('damaged'); // there may be one in what is not shown, or half of one
    if (!faces.length) return await passWithoutFace(source, options, report, stopwatch);

    requireEncodable(source);
    const transforms = faces.map(({ keypoints }) => similarityTransform(keypoints));
    const cloaked = await cloakFaces({ picture, faces, transforms, options, models, stopwatch, signal, onProgress });
    const changes = await stopwatch.time('blend', () => changesOf(picture, transforms.map((transform, i) => ({ transform, raster: cloaked[i]!.drawn.raster }))));
    const likenesses = await likenessesOf(picture, new ChangedPicture(picture, changes), transforms, options, models, stopwatch, signal);
    const expectation = await stopwatch.time('verify', () => expectationOf(picture, changes, transforms));
    const before = await stopwatch.time('verify', () => lookAt(picture, expectation));
    const watch = { signal, onAttempt: () => onProgress(1) };
    const written = await stopwatch.time('encode', () => encode(changes, decoded, options, watch));
    signal.throwIfAborted();
    await stopwatch.time('verify', () => verify(written.file, source, before, expectation, written.fidelity));
    signal.throwIfAborted();
    report.outcome = 'cloaked';
    report.verified = true;
    report.faces = faces.map((face, i) => ({ ...face, ...likenesses[i]!, steps: cloaked[i]!.steps, warp: cloaked[i]!.drawn.warp }));
    report.bytes.after = written.file.size;
    report.metadata = written.metadata;
    return { file: written.file, report: stopwatch.finish(report) };
  } finally {
    bitmap.close();
  }
}

/** Of a picture that goes on as it is. */
export function newReport(file: File, options: CloakOptions, { backend }: Models): CloakReport {
  return {
    outcome: 'not-an-image',
    type: file.type,
    width: 0,
    height: 0,
    backend,
    strength: options.strength,
    faces: [],
    ms: { total: 0 },
    bytes: { before: file.size, after: file.size },
  };
}

/** What is to be done to some faces of a picture. */
export interface FaceJob {
  picture: PixelSource;
  faces: readonly DetectedFace[];
  /** Template coordinates to pixels of the picture, face by face. */
  transforms: readonly Similarity[];
  /** Cloaks that the faces had in an earlier frame, to go on from; the network draws the others. */
  earlier?: readonly (FaceCloak | undefined)[];
  options: CloakOptions;
  models: Models;
  stopwatch: Stopwatch;
  signal: AbortSignal;
  onProgress: OnProgress;
}

export interface CloakedFace {
  cloak: FaceCloak;
  drawn: Drawn;
  /** Of refinement, that were taken. */
  steps: number;
}

/** Draws and refines the cloak of each face; changes nothing yet. */
export async function cloakFaces({ picture, faces, transforms, earlier, options, models, stopwatch, signal, onProgress }: FaceJob): Promise<CloakedFace[]> {
  const { nullSwap, refineSettings, refiner } = models;
  const layers = layersOf(options);
  const allowance = nullSwap.allowance(options.strength, layers);
  const sides = transforms.map(canonicalSide);
  const steps = stepsFor(refineSettings.steps[options.strength], sides);
  const stepsOfAll = steps.reduce((sum, count) => sum + count, 0);
  let taken = 0;
  const onStep = (): void => onProgress(Math.min(1, ++taken / stepsOfAll));
  const all = faces.map((_, i) => i);
  return oneByOne(all, signal, async (i) => {
    const crop = canonicalCrop(picture, transforms[i]!);
    const view = { side: sides[i]!, detail: await nullSwap.paint.detail(crop), symmetry: symmetryOf(faces[i]!.keypoints), isGrey: isGrey(crop) };
    const own = nullSwap.allowanceOf(allowance, view);
    const before = earlier?.[i];
    let cloak = before ? { ...before, allowance: own } : await stopwatch.time('network', () => nullSwap.draw(crop, own));
    if (steps[i]! > 0) {
      const loaded = await refiner();
      const start = before ? cloak : loaded.begin(cloak);
      cloak = await stopwatch.time('refine', () => loaded.refine(crop, start, steps[i]!, signal, onStep));
    }
    return { cloak, steps: steps[i]!, drawn: await stopwatch.time('blend', () => nullSwap.rasterOf(crop, cloak, layers)) };
  });
}

export function layersOf({ layers }: CloakOptions): CloakLayers {
  return layers ?? 'all';
}

/** What the on-device recogniser makes of the faces before and after. */
export async function likenessesOf(
  before: PixelSource,
  after: PixelSource,
  transforms: readonly Similarity[],
  options: CloakOptions,
  { selfCheck }: Models,
  stopwatch: Stopwatch,
  signal: AbortSignal,
): Promise<FaceLikeness[]> {
  if (!options.selfCheck) return transforms.map(() => ({ similarity: null, recognised: null }));
  return stopwatch.time('selfCheck', () =>
    oneByOne(transforms, signal, async (transform) => {
      const reference = await selfCheck.reference(before, transform);
      const similarity = { before: reference.similarity, after: await selfCheck.similarityAfter(after, reference) };
      return { similarity, recognised: isStillKnown(similarity.after) };
    }),
  );
}

export function isStillKnown(similarity: number): boolean {
  return similarity > TARGET_SIMILARITY;
}

export function canonicalCrop(picture: PixelSource, transform: Similarity): Crop {
  return cropFrom(picture, transform, canonicalBox, CANONICAL_SIZE);
}

/**
 * The networks take one face at a time: a batch is no faster on wasm, and on WebGL every new batch size would have all
 * programs compiled again. In between, other tasks run and the signal is looked at.
 */
export async function oneByOne<T, R>(items: readonly T[], signal: AbortSignal, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) {
    await nextTask();
    signal.throwIfAborted();
    results.push(await work(item));
  }
  return results;
}
