/** The way of a picture through the engine (DESIGN, section 2). */
import { canonicalBox, canonicalSide, CANONICAL_SIZE, similarityTransform, type Similarity } from './align';
import { blend, type Overlay } from './blend';
import { cropFrom, psnr, type Crop } from './crop';
import { decode } from './decode';
import type { FaceDetector } from './detect/faceDetector';
import { encode, requireEncodable } from './encode';
import { lookFor } from './nullswap/faceSize';
import type { NullSwap } from './nullswap/nullSwap';
import { nextTask } from './nextTask';
import { PatchedPicture } from './patchedPicture';
import type { PixelSource } from './pixels';
import { stepsFor, type Refiner } from './refine/refiner';
import type { RefineSettings } from './refine/settings';
import type { Reference, SelfCheck } from './selfCheck/selfCheck';
import { TARGET_SIMILARITY } from './selfCheck/similarity';
import type { SourceFile } from './sourceFile';
import { Stopwatch } from './stopwatch';
import type { Backend, CloakOptions, CloakReport, CloakResult, DetectedFace, FaceReport } from './types';

export interface Models {
  backend: Backend;
  detector: FaceDetector;
  nullSwap: NullSwap;
  refineSettings: RefineSettings;
  /** Loaded when a strength first asks for it. */
  refiner: () => Promise<Refiner>;
  selfCheck: SelfCheck;
}

/** Hears now and then which share of the work on the faces is done, 0 to 1. */
export type OnProgress = (share: number) => void;

/**
 * Cloaks every face of a picture. What shows no face comes back as the very same object.
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
    const faces = await stopwatch.time('detect', () => models.detector.detect(bitmap, signal));
    if (!faces.length) return { file: source.file, report: stopwatch.finish(report) };

    requireEncodable(source);
    const picture = new PatchedPicture(bitmap);
    const transforms = faces.map(({ keypoints }) => similarityTransform(keypoints));
    const { overlays, reports } = await cloakFaces(picture, faces, transforms, options, models, stopwatch, signal, onProgress);
    const watch = { signal, onAttempt: () => onProgress(1) };
    const cloaked = await stopwatch.time('encode', () => encode({ picture, overlays }, decoded, options, watch));
    signal.throwIfAborted();
    report.outcome = 'cloaked';
    report.faces = reports;
    report.bytes.after = cloaked.file.size;
    report.metadata = cloaked.metadata;
    return { file: cloaked.file, report: stopwatch.finish(report) };
  } finally {
    bitmap.close();
  }
}

/** Of a picture that goes on as it is. */
export function newReport(file: File, options: CloakOptions, { backend, nullSwap }: Models): CloakReport {
  return {
    outcome: 'not-an-image',
    type: file.type,
    width: 0,
    height: 0,
    backend,
    strength: options.strength,
    visibility: nullSwap.allowance(options.strength).visibility,
    faces: [],
    ms: { total: 0 },
    bytes: { before: file.size, after: file.size },
  };
}

export interface CloakedFaces {
  /** What was added to the picture, face by face. */
  overlays: Overlay[];
  reports: FaceReport[];
}

/**
 * @param picture comes out cloaked
 * @param transforms template coordinates to pixels of the picture, face by face
 */
export async function cloakFaces(
  picture: PatchedPicture,
  faces: DetectedFace[],
  transforms: Similarity[],
  options: CloakOptions,
  { nullSwap, refineSettings, refiner, selfCheck }: Models,
  stopwatch: Stopwatch,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<CloakedFaces> {
  const allowance = nullSwap.allowance(options.strength);
  const crops = transforms.map((transform) => canonicalCrop(picture, transform));
  const sides = transforms.map(canonicalSide);
  const all = faces.map((_, i) => i);
  const looks = await oneByOne(all, signal, async (i) => lookFor(allowance, sides[i]!, await nullSwap.projection.detail(crops[i]!)));
  const drawn = await stopwatch.time('network', () => oneByOne(all, signal, (i) => nullSwap.residual(crops[i]!, looks[i]!)));
  const overlays = transforms.map((transform, i): Overlay => ({ transform, residual: drawn[i]! }));

  const steps = stepsFor(refineSettings.steps[options.strength], sides, options.strength);
  const stepsOfAll = steps.reduce((sum, count) => sum + count, 0);
  const taken = faces.map(() => 0);
  if (stepsOfAll > 0) await refine(all);
  const references = options.selfCheck
    ? await stopwatch.time('selfCheck', () => oneByOne(transforms, signal, (transform) => selfCheck.reference(picture, transform)))
    : null;

  await stopwatch.time('blend', () => blend(picture, overlays));
  let after = references && (await checkAfter(references));
  const known = all.filter((i) => after && isStillKnown(after[i]!));
  if (options.strength === 'maximum' && known.length > 0) {
    await refine(known);
    await stopwatch.time('blend', () => {
      picture.restore();
      blend(picture, overlays);
    });
    after = await checkAfter(references!);
  }

  const reports = faces.map(
    (face, i): FaceReport => ({
      ...face,
      similarity: references && after && { before: references[i]!.similarity, after: after[i]! },
      recognised: after && isStillKnown(after[i]!),
      steps: taken[i]!,
      psnr: psnr(crops[i]!, canonicalCrop(picture, transforms[i]!)),
    }),
  );
  return { overlays, reports };

  /** Works on from where these faces' residuals are, at the same visibility. */
  async function refine(which: number[]): Promise<void> {
    const onStep = (i: number): void => {
      taken[i]!++;
      const done = taken.reduce((sum, count) => sum + count, 0);
      onProgress(Math.min(1, done / stepsOfAll));
    };
    await stopwatch.time('refine', () =>
      oneByOne(which, signal, async (i) => {
        const overlay = overlays[i]!;
        overlay.residual = await (await refiner()).refine(crops[i]!, overlay.residual, looks[i]!, steps[i]!, signal, () => onStep(i));
      }),
    );
  }

  function checkAfter(references: Reference[]): Promise<number[]> {
    return stopwatch.time('selfCheck', () => oneByOne(references, signal, (reference) => selfCheck.similarityAfter(picture, reference)));
  }
}

export function isStillKnown(similarity: number): boolean {
  return similarity > TARGET_SIMILARITY;
}

function canonicalCrop(picture: PixelSource, transform: Similarity): Crop {
  return cropFrom(picture, transform, canonicalBox, CANONICAL_SIZE);
}

/**
 * The networks take one face at a time: a batch is no faster on wasm, and on WebGL every new batch size would have all
 * programs compiled again. In between, other tasks run and the signal is looked at.
 */
export async function oneByOne<T, R>(items: T[], signal: AbortSignal, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) {
    await nextTask();
    signal.throwIfAborted();
    results.push(await work(item));
  }
  return results;
}
