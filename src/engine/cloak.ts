/** The way of a picture through the engine (DESIGN, section 2). */
import { canonicalBox, CANONICAL_SIZE, similarityTransform, type Similarity } from './align';
import { blend, changedRegions, restore, type Overlay } from './blend';
import { cropFrom, psnr, type Crop } from './crop';
import { decode, type DecodedPicture } from './decode';
import type { FaceDetector } from './detect/faceDetector';
import { encode, requireEncodable } from './encode';
import type { NullSwap } from './nullswap/nullSwap';
import { nextTask } from './nextTask';
import { stepsForEach, type Refiner } from './refine/refiner';
import type { RefineSettings } from './refine/surrogate';
import type { Reference, SelfCheck } from './selfCheck/selfCheck';
import { TARGET_SIMILARITY } from './selfCheck/similarity';
import { defaultMetadataPolicy } from '../shared/metadataPolicies';
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

type Context = OffscreenCanvasRenderingContext2D;

/**
 * Cloaks every face of a picture. What is no image or shows no face comes back as the very same object.
 * Throws `CloakError`, or the signal's reason.
 */
export async function cloak(
  file: File,
  options: CloakOptions,
  models: Models,
  signal: AbortSignal,
  onProgress: OnProgress = () => {},
): Promise<CloakResult> {
  const stopwatch = new Stopwatch();
  const report = newReport(file, options, models);
  const picture = await stopwatch.time('decode', () => decode(file));
  if (!picture) return { file, report: stopwatch.finish(report) };
  try {
    signal.throwIfAborted();
    report.outcome = 'no-face';
    report.type = picture.type.type;
    report.width = picture.bitmap.width;
    report.height = picture.bitmap.height;
    const faces = await stopwatch.time('detect', () => models.detector.detect(picture.bitmap, signal));
    if (!faces.length) return { file, report: stopwatch.finish(report) };

    requireEncodable(picture);
    const transforms = faces.map(({ keypoints }) => similarityTransform(keypoints));
    const { context, overlays, reports } = await cloakFaces(picture, faces, transforms, options, models, stopwatch, signal, onProgress);
    const metadata = options.metadata ?? defaultMetadataPolicy;
    const regions = changedRegions(context.canvas, overlays);
    const cloaked = await stopwatch.time('encode', () => encode({ context, regions }, picture, file, metadata, { signal, onAttempt: () => onProgress(1) }));
    signal.throwIfAborted();
    report.outcome = 'cloaked';
    report.faces = reports;
    report.bytes.after = cloaked.file.size;
    report.metadata = cloaked.metadata;
    return { file: cloaked.file, report: stopwatch.finish(report) };
  } finally {
    picture.bitmap.close();
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
    visibility: nullSwap.visibility(options.strength),
    faces: [],
    ms: { total: 0 },
    bytes: { before: file.size, after: file.size },
  };
}

export interface CloakedFaces {
  /** Shows the cloaked picture. */
  context: Context;
  /** What was added to it, face by face. */
  overlays: Overlay[];
  reports: FaceReport[];
}

/** @param transforms template coordinates to pixels of the picture, face by face */
export async function cloakFaces(
  picture: Pick<DecodedPicture, 'bitmap'>,
  faces: DetectedFace[],
  transforms: Similarity[],
  options: CloakOptions,
  { nullSwap, refineSettings, refiner, selfCheck }: Models,
  stopwatch: Stopwatch,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<CloakedFaces> {
  const visibility = nullSwap.visibility(options.strength);
  const context = contextShowing(picture);
  const crops = transforms.map((transform) => canonicalCrop(context, transform));
  const drawn = await stopwatch.time('network', () => oneByOne(crops, signal, (crop) => nullSwap.residual(crop, visibility)));
  const overlays = transforms.map((transform, i): Overlay => ({ transform, residual: drawn[i]! }));

  const steps = stepsForEach(refineSettings.steps[options.strength], faces.length, options.strength);
  const taken = faces.map(() => 0);
  const all = faces.map((_, i) => i);
  if (steps > 0) await refine(all);
  const references = options.selfCheck
    ? await stopwatch.time('selfCheck', () => oneByOne(transforms, signal, (transform) => selfCheck.reference(context, transform)))
    : null;

  await stopwatch.time('blend', () => blend(context, overlays));
  let after = references && (await checkAfter(references));
  const known = all.filter((i) => after && isStillKnown(after[i]!));
  if (steps > 0 && known.length > 0) {
    await refine(known);
    await stopwatch.time('blend', () => {
      restore(context, picture.bitmap, overlays);
      blend(context, overlays);
    });
    after = await checkAfter(references!);
  }

  const reports = faces.map(
    (face, i): FaceReport => ({
      ...face,
      similarity: references && after && { before: references[i]!.similarity, after: after[i]! },
      recognised: after && isStillKnown(after[i]!),
      steps: taken[i]!,
      psnr: psnr(crops[i]!, canonicalCrop(context, transforms[i]!)),
    }),
  );
  return { context, overlays, reports };

  /** Works on from where these faces' residuals are, at the same visibility. */
  async function refine(which: number[]): Promise<void> {
    const onStep = (i: number): void => {
      taken[i]!++;
      const done = taken.reduce((sum, count) => sum + count, 0);
      onProgress(Math.min(1, done / (steps * faces.length)));
    };
    await stopwatch.time('refine', () =>
      oneByOne(which, signal, async (i) => {
        const overlay = overlays[i]!;
        overlay.residual = await (await refiner()).refine(crops[i]!, overlay.residual, { visibility, steps }, signal, () => onStep(i));
      }),
    );
  }

  function checkAfter(references: Reference[]): Promise<number[]> {
    return stopwatch.time('selfCheck', () => oneByOne(references, signal, (reference) => selfCheck.similarityAfter(context, reference)));
  }
}

export function isStillKnown(similarity: number): boolean {
  return similarity > TARGET_SIMILARITY;
}

/** A canvas in memory that the processor reads and writes without a detour over the graphics card. */
export function contextShowing({ bitmap }: Pick<DecodedPicture, 'bitmap'>): Context {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0);
  return context;
}

function canonicalCrop(context: Context, transform: Similarity): Crop {
  return cropFrom(context, transform, canonicalBox, CANONICAL_SIZE);
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
