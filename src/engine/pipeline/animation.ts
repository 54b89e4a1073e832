/**
 * Cloaks animations (GIF, animated PNG and WebP): every face in every frame. A face keeps its fields and paint as long as it looks
 * about the same, and goes on from them when it does not, so that nothing flickers. Frames without a face keep their bytes.
 */
import { similarityTransform } from '../align';
import { changesOf, type Overlay } from '../cloak/apply';
import type { FaceCloak } from '../cloak/nullSwap';
import { psnr, type Crop } from '../crop';
import { bareFile, drawUpright } from '../decode';
import { fileLike } from '../encode';
import { type FrameFaces, type Sketch, trackFaces, type TrackedFace } from '../faceTracks';
import { concatenate } from '../formats/bytes';
import type { Change } from '../formats/change';
import type { AnimationEditor } from '../formats/format';
import { formats, readHeader } from '../formats/registry';
import { Unreadable } from '../formats/unreadable';
import { MetadataEditor } from '../metadata/metadata';
import { ChangedPicture, Picture } from '../picture';
import { defaultMetadataPolicy } from '../../shared/metadataPolicies';
import type { ImageType } from '../../shared/imageType';
import { uprightSize } from '../orientation';
import { refuseTooLarge, type SourceFile } from '../sourceFile';
import { storedChanges } from '../storedChanges';
import { Stopwatch } from '../stopwatch';
import { type Box, CloakError, type CloakOptions, type CloakResult, type FaceReport } from '../types';
import { canonicalCrop, cloakFaces, layersOf, likenessesOf, newReport, type CloakedFace, type Models, type OnProgress } from './cloak';
import { type Expectation, expectationOf, findingOf, isAsMeant, isSameSize, type Look, lookAt } from './verify';
import { passWithoutFace } from './withoutFace';

/** Longer animations would take minutes. */
const MOST_FRAMES = 600;
/** A face that differs more than this from the one its cloak was made for, dB on the canonical crop, has it refined anew. */
const ALIKE = 18;

/** Whether it is for `cloakAnimation`. */
export function isAnimation({ type: { format }, header }: SourceFile): boolean {
  return header?.animated === true && formats[format]?.openAnimation !== undefined;
}

/** As `cloak` in cloak.ts, for animations. */
export async function cloakAnimation(
  source: SourceFile,
  options: CloakOptions,
  models: Models,
  signal: AbortSignal,
  onProgress: OnProgress = () => {},
): Promise<CloakResult> {
  const { file, bytes, type } = source;
  const stopwatch = new Stopwatch();
  const report = newReport(file, options, models);
  report.outcome = 'no-face';
  report.type = type.type;
  const frames = await stopwatch.time('decode', () => Frames.open(bytes, type));
  try {
    const tracked = await findFaces(frames, models, stopwatch, signal, (share) => onProgress(share / 2));
    [report.width, report.height] = [frames.width, frames.height];
    const isFaceless = tracked.every((faces) => !faces.length);
    if (isFaceless && options.metadata === 'all') return { file, report: stopwatch.finish(report) };
    const editor = openEditor(type, bytes, frames);
    if (editor.count !== frames.count) throw unreadable(type); // a frame that nobody has looked at
    if (isFaceless) return await passWithoutFace(source, options, report, stopwatch, (metadata) => editor.finish(metadata));
    const cloaks = new Cloaks(options, models, stopwatch, signal);
    const expected = new Map<number, Expectation>();
    for (const [i, faces] of tracked.entries()) {
      if (faces.length) expected.set(i, await cloakFrame(editor, i, await frames.show(i), faces, cloaks, stopwatch));
      signal.throwIfAborted();
      onProgress((1 + (i + 1) / frames.count) / 2);
    }
    const metadata = new MetadataEditor(options.metadata ?? defaultMetadataPolicy);
    const cloaked = fileLike(file, await stopwatch.time('encode', () => editor.finish(metadata)));
    await stopwatch.time('verify', () => verifyFrames(frames, cloaked, type, expected, signal));
    Object.assign(report, { outcome: 'cloaked', verified: true, faces: cloaks.reports, metadata: metadata.report });
    report.bytes.after = cloaked.size;
    return { file: cloaked, report: stopwatch.finish(report) };
  } catch (cause) {
    if (cause instanceof Unreadable) throw unreadable(type, cause);
    throw cause;
  } finally {
    frames.close();
  }
}

/** Its changes are upright, like the frames. */
function openEditor({ format }: ImageType, bytes: Uint8Array, { width, height, orientation }: Frames): AnimationEditor {
  const editor = formats[format]!.openAnimation!(bytes);
  return {
    count: editor.count,
    change: (frame, changes) => editor.change(frame, storedChanges(changes, { width, height }, orientation)),
    finish: (metadata) => editor.finish(metadata),
  };
}

function unreadable({ format }: ImageType, cause?: unknown): CloakError {
  return new CloakError('animated', [format.toUpperCase()], { cause });
}

/** The frames as they are seen, upright, each on top of what earlier ones left. */
class Frames {
  private constructor(
    private readonly decoder: ImageDecoder,
    readonly count: number,
    /** Of the rows in the file. */
    readonly orientation: number,
    private readonly context: OffscreenCanvasRenderingContext2D,
  ) {}

  /** Throws `CloakError` (`decode`, `too-large`). */
  static async open(bytes: Uint8Array<ArrayBuffer>, type: ImageType): Promise<Frames> {
    const [orientation, parts] = [readHeader(type.format, bytes)?.orientation ?? 1, bareFile({ bytes, type })];
    const decoder = new ImageDecoder({ data: parts.length > 1 ? concatenate(parts) : parts[0]!, type: type.type, colorSpaceConversion: 'none', preferAnimation: true });
    try {
      await Promise.all([decoder.completed, decoder.tracks.ready]);
      const count = decoder.tracks.selectedTrack?.frameCount;
      if (!count) throw unreadable(type);
      if (count > MOST_FRAMES) throw new CloakError('too_long', [count, MOST_FRAMES]);
      const { image } = await decoder.decode({ frameIndex: 0 });
      refuseTooLarge(image.displayWidth, image.displayHeight);
      const size = uprightSize(orientation, { width: image.displayWidth, height: image.displayHeight });
      const canvas = new OffscreenCanvas(size.width, size.height);
      image.close();
      return new Frames(decoder, count, orientation, canvas.getContext('2d', { willReadFrequently: true })!);
    } catch (cause) {
      decoder.close();
      throw cause instanceof CloakError ? cause : unreadable(type, cause);
    }
  }

  get width(): number {
    return this.context.canvas.width;
  }

  get height(): number {
    return this.context.canvas.height;
  }

  /** To be closed by whoever asked for it. Throws `CloakError` (`decode`) where the frame is cut off. */
  async show(frame: number): Promise<ImageBitmap> {
    const { image } = await this.decoder.decode({ frameIndex: frame }).catch((cause: unknown) => {
      throw new CloakError('damaged', [], { cause });
    });
    this.context.reset();
    drawUpright(this.context, image, this.orientation);
    image.close();
    return createImageBitmap(this.context.canvas);
  }

  close(): void {
    this.decoder.close();
  }
}

async function findFaces(frames: Frames, { detector }: Models, stopwatch: Stopwatch, signal: AbortSignal, onProgress: OnProgress): Promise<TrackedFace[][]> {
  const found: FrameFaces[] = [];
  for (let i = 0; i < frames.count; i++) {
    const bitmap = await stopwatch.time('decode', () => frames.show(i));
    const faces = await stopwatch.time('detect', () => detector.find(new Picture(bitmap), signal));
    found.push({ seen: faces.map((face) => ({ face, transform: similarityTransform(face.keypoints) })), sketch: sketchOf(bitmap) });
    bitmap.close();
    onProgress((i + 1) / frames.count);
  }
  await stopwatch.time('detect', () => detector.prove(signal));
  return trackFaces(found);
}

const SKETCH_SIDE = 200;

function sketchOf(bitmap: ImageBitmap): Sketch {
  const scale = Math.min(1, SKETCH_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)));
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
  const values = Float32Array.from({ length: width * height }, (_, i) => 0.299 * data[4 * i]! + 0.587 * data[4 * i + 1]! + 0.114 * data[4 * i + 2]!);
  return { width, height, scale, values };
}

/** What each face is cloaked with. */
class Cloaks {
  /** One for each face, from the frame that showed it first. */
  readonly reports: FaceReport[] = [];
  private readonly known = new Map<number, { cloak: FaceCloak; crop: Crop }>();

  constructor(
    private readonly options: CloakOptions,
    private readonly models: Models,
    private readonly stopwatch: Stopwatch,
    private readonly signal: AbortSignal,
  ) {}

  /** What changes in a frame; faces that are new, or look different by now, are refined first. */
  async changesOf(picture: Picture, faces: readonly TrackedFace[]): Promise<Change[]> {
    const crops = faces.map(({ transform }) => canonicalCrop(picture, transform));
    const stale = faces.filter((face, i) => !this.suits(face, crops[i]!));
    const fresh = await this.refined(picture, stale);
    stale.forEach((face, i) => this.known.set(face.track, { cloak: fresh[i]!.cloak, crop: crops[faces.indexOf(face)]! }));
    const overlays: Overlay[] = [];
    for (const [i, { track, transform }] of faces.entries()) {
      const { raster } = await this.stopwatch.time('blend', () => this.models.nullSwap.rasterOf(crops[i]!, this.known.get(track)!.cloak, layersOf(this.options)));
      overlays.push({ transform, raster });
    }
    const changes = await this.stopwatch.time('blend', () => changesOf(picture, overlays));
    await this.report(picture, changes, stale, fresh);
    return changes;
  }

  private suits({ track }: TrackedFace, crop: Crop): boolean {
    const known = this.known.get(track);
    return known !== undefined && psnr(known.crop, crop) > ALIKE;
  }

  private async refined(picture: Picture, tracked: readonly TrackedFace[]): Promise<CloakedFace[]> {
    if (!tracked.length) return [];
    const { options, models, stopwatch, signal } = this;
    const faces = tracked.map(({ face }) => face);
    const transforms = tracked.map(({ transform }) => transform);
    const earlier = tracked.map(({ track }) => this.known.get(track)?.cloak);
    return cloakFaces({ picture, faces, transforms, earlier, options, models, stopwatch, signal, onProgress: () => {} });
  }

  private async report(picture: Picture, changes: Change[], tracked: readonly TrackedFace[], cloaked: readonly CloakedFace[]): Promise<void> {
    const first = tracked.map((_, i) => i).filter((i) => !this.reported.has(tracked[i]!.track));
    if (!first.length) return;
    const { options, models, stopwatch, signal } = this;
    const transforms = first.map((i) => tracked[i]!.transform);
    const likenesses = await likenessesOf(picture, new ChangedPicture(picture, changes), transforms, options, models, stopwatch, signal);
    first.forEach((i, place) => {
      const { steps, drawn } = cloaked[i]!;
      this.reported.add(tracked[i]!.track);
      this.reports.push({ ...tracked[i]!.face, ...likenesses[place]!, steps, warp: drawn.warp });
    });
  }

  private readonly reported = new Set<number>();
}

async function cloakFrame(editor: AnimationEditor, number: number, bitmap: ImageBitmap, faces: readonly TrackedFace[], cloaks: Cloaks, stopwatch: Stopwatch): Promise<Expectation> {
  try {
    const picture = new Picture(bitmap);
    const changes = await cloaks.changesOf(picture, faces);
    await stopwatch.time('encode', () => editor.change(number, changes));
    return await stopwatch.time('verify', () => expectationOf(picture, changes, faces.map(({ transform }) => transform)));
  } finally {
    bitmap.close();
  }
}

/**
 * Reads an animation back, frame by frame. Throws `CloakError` (`unverified`) where one does not show what was meant.
 * @param expected of the frames with faces
 */
async function verifyFrames(source: Frames, file: File, type: ImageType, expected: ReadonlyMap<number, Expectation>, signal: AbortSignal): Promise<void> {
  const fidelity = formats[type.format]?.animationFidelity ?? 'edited';
  const written = await Frames.open(new Uint8Array(await file.arrayBuffer()), type).catch((cause: unknown) => {
    throw new CloakError('unverified', [], { cause });
  });
  try {
    if (written.count !== source.count || !isSameSize(written, source)) throw new CloakError('unverified');
    const nothing: Expectation = { width: source.width, height: source.height, faces: [], changed: [] };
    const changed: Box[] = []; // so far: a frame shows what earlier ones left
    for (let i = 0; i < source.count; i++) {
      signal.throwIfAborted();
      const expectation = expected.get(i) ?? nothing;
      changed.push(...expectation.changed);
      const before = await lookAtFrame(source, i, expectation);
      const after = await lookAtFrame(written, i, expectation).catch((cause: unknown) => {
        throw new CloakError('unverified', [], { cause });
      });
      if (!isAsMeant(findingOf(before, after, expectation, changed), fidelity)) throw new CloakError('unverified');
    }
  } finally {
    written.close();
  }
}

async function lookAtFrame(frames: Frames, number: number, expectation: Expectation): Promise<Look> {
  const bitmap = await frames.show(number);
  try {
    return lookAt(new Picture(bitmap), expectation);
  } finally {
    bitmap.close();
  }
}
