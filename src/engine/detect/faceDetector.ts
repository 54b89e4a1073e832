/**
 * Finds all faces of a picture with MediaPipe's two BlazeFaces. The full-range one searches the picture (faceSearch.ts); every
 * candidate is then looked at by the short-range one in a close-up of its own, turned upright, which tells faces from what is none and
 * makes the keypoints independent of where it was found. The short-range one sees 128 x 128 pixels.
 *
 * When the graphics process ends, MediaPipe goes on without its WebGL context and finds nothing, without an error. So whatever was found, or
 * not, is believed only when the very same detectors have found a known face afterwards.
 */
import { FaceDetector as BlazeFace } from '@mediapipe/tasks-vision';
import { apply, scaled, type Similarity } from '../align';
import { cropFrom } from '../crop';
import { nextTask } from '../nextTask';
import type { PixelSource } from '../pixels';
import { CloakError, type Box, type DetectedFace } from '../types';
import { intersectionOverUnion, suppressNonMaximum } from './boxes';
import { FaceSearch, type Candidate } from './faceSearch';
import { isKnownFace, loadKnownFace } from './knownFace';
import { Pyramid } from './pyramid';
import { SearchNetwork } from './searchNetwork';

const INPUT = 128;
/** Lowest score of a candidate. */
const LEAST_SEARCH_SCORE = 0.2;
/** Lowest score in a close-up. */
const LEAST_LOOK_SCORE = 0.3;
/**
 * A face has at least this sum of its scores in the search, the close-up and the wider look. On the collages that `bench:detection` tunes
 * on, the least clear face had 1.57 and the clearest thing that was none 1.40.
 */
const LEAST_SUM = 1.5;
/** The search is never that sure of what then is seen neither in a close-up nor in a wider look (none above 0.5 on 150 photos): these are broken. */
const SURE_SEARCH_SCORE = 0.85;
/** Candidates looked at before other tasks get a turn. */
const LOOKS_PER_TURN = 8;
/** Sides of the windows of the two looks, in sides of the face's box. */
const CLOSE_UP = 2.2;
const WIDER = 3.2;
/** Of the lean from which on a face's window leans with it: 30 degrees. */
const UPRIGHT_COSINE = 0.866;

export class FaceDetector {
  private readonly search: FaceSearch;

  private constructor(
    private readonly blazeFace: BlazeFace,
    /** MediaPipe's. */
    private readonly graphics: OffscreenCanvas,
    private readonly network: SearchNetwork,
    private readonly knownFace: PixelSource,
  ) {
    this.search = new FaceSearch(network);
  }

  /**
   * Loads the models and wasm that `npm run assets` put under the directory `assets`; tf.js's backend must be ready. Throws
   * `CloakError` where there is no WebGL: MediaPipe takes pictures by it even when it computes on the processor.
   */
  static async load(assets: URL): Promise<FaceDetector> {
    if (!hasWebgl()) throw new CloakError('no_webgl');
    const wasm = {
      wasmLoaderPath: new URL('wasm/vision_wasm_internal.js', assets).href,
      wasmBinaryPath: new URL('wasm/vision_wasm_internal.wasm', assets).href,
    };
    const graphics = new OffscreenCanvas(1, 1);
    const blazeFace = BlazeFace.createFromOptions(wasm, {
      canvas: graphics,
      baseOptions: { modelAssetPath: new URL('models/face_detector.tflite', assets).href, delegate: 'CPU' },
      runningMode: 'IMAGE',
      minDetectionConfidence: LEAST_LOOK_SCORE,
      minSuppressionThreshold: 0.3,
    });
    const [closeUp, network, knownFace] = await Promise.all([blazeFace, SearchNetwork.load(assets), loadKnownFace(assets)]);
    return new FaceDetector(closeUp, graphics, network, knownFace);
  }

  /**
   * All faces, largest first, in pixels of the picture. Throws `CloakError` (`blind`) where the detector turns out to be broken, by when it
   * may have missed any of them; or the signal's reason.
   */
  async detect(picture: PixelSource, signal: AbortSignal): Promise<DetectedFace[]> {
    const faces = await this.find(picture, signal);
    await this.prove(signal);
    return faces;
  }

  /** As `detect`, but not to be believed before `prove` has been called: for many pictures in a row. */
  async find(picture: PixelSource, signal: AbortSignal): Promise<DetectedFace[]> {
    const pyramid = new Pyramid(picture);
    return this.confirmedOf(pyramid, await this.search.find(pyramid, LEAST_SEARCH_SCORE, signal), signal);
  }

  /** Throws as `detect` does. What is lost does not come back, so this speaks for all that was searched before. */
  async prove(signal: AbortSignal): Promise<void> {
    const pyramid = new Pyramid(this.knownFace);
    const candidates = await this.search.find(pyramid, LEAST_SEARCH_SCORE, signal, [0]);
    if (!isKnownFace(await this.confirmedOf(pyramid, candidates, signal)) || isLost(this.graphics)) throw new CloakError('blind');
  }

  private async confirmedOf(pyramid: Pyramid, candidates: readonly Candidate[], signal: AbortSignal): Promise<DetectedFace[]> {
    const faces: DetectedFace[] = [];
    for (const [i, candidate] of candidates.entries()) {
      if (i % LOOKS_PER_TURN === 0) {
        await nextTask();
        signal.throwIfAborted();
      }
      const face = this.confirmed(pyramid, candidate);
      if (face) faces.push(face);
    }
    return suppressNonMaximum(faces, ({ score }) => score).sort((a, b) => area(b.box) - area(a.box));
  }

  /**
   * The face as a close-up shows it that is placed by the close-up before, so that its keypoints do not depend on how it was found;
   * null where it is none. The wider look is taken only where it can decide. Throws `CloakError` (`blind`).
   */
  private confirmed(pyramid: Pyramid, candidate: Candidate): DetectedFace | null {
    const close = this.lookAgain(pyramid, candidate, CLOSE_UP);
    const sum = candidate.score + (close?.score ?? 0);
    if (sum + 1 < LEAST_SUM) return null;
    const wide = close && sum >= LEAST_SUM ? null : this.lookAgain(pyramid, close ?? candidate, WIDER);
    if (!close && !wide && candidate.score >= SURE_SEARCH_SCORE) throw new CloakError('blind');
    if (sum + (wide?.score ?? 0) < LEAST_SUM) return null;
    const face = close ?? wide!;
    return this.lookAgain(pyramid, face, CLOSE_UP) ?? face;
  }

  dispose(): void {
    this.blazeFace.close();
    this.network.dispose();
  }

  /** The same face, seen in a window of its own; null where it is not seen there. */
  private lookAgain(pyramid: Pyramid, { box, keypoints }: DetectedFace, sides: number): DetectedFace | null {
    const scale = (sides * Math.max(box.width, box.height)) / INPUT;
    const { a, b } = scaled(windowLean(keypoints), scale);
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const toPicture = { a, b, tx: x - ((a - b) * INPUT) / 2, ty: y - ((a + b) * INPUT) / 2 };
    const seen = this.detectInWindow(pyramid, toPicture, scale)
      .map((face) => ({ face, same: intersectionOverUnion(face.box, box) }))
      .sort((one, other) => other.same - one.same)[0];
    return seen && seen.same > 0.25 ? seen.face : null;
  }

  /**
   * @param toPicture takes pixels of the window to the picture's
   * @param scale pixels of the picture along one of the window
   */
  private detectInWindow(pyramid: Pyramid, toPicture: Similarity, scale: number): DetectedFace[] {
    const faces: DetectedFace[] = [];
    for (const { boundingBox, categories, keypoints } of this.blazeFace.detect(windowOf(pyramid, toPicture, scale)).detections) {
      if (!boundingBox || keypoints.length !== 6) continue;
      const { originX, originY } = boundingBox;
      const centre = apply(toPicture, { x: originX + boundingBox.width / 2, y: originY + boundingBox.height / 2 });
      const [width, height] = [boundingBox.width * scale, boundingBox.height * scale];
      faces.push({
        score: categories[0]?.score ?? 0,
        box: { x: centre.x - width / 2, y: centre.y - height / 2, width, height },
        keypoints: keypoints.map(({ x, y }) => apply(toPicture, { x: x * INPUT, y: y * INPUT })) as DetectedFace['keypoints'],
      });
    }
    return faces;
  }
}

/** What of the picture lies in a window, at a level that still has to be reduced for it. */
function windowOf(pyramid: Pyramid, toPicture: Similarity, scale: number): ImageData {
  const level = pyramid.fineEnough(2 / scale);
  const crop = cropFrom(level.source, scaled(toPicture, level.scale), [0, 0, INPUT, INPUT], INPUT);
  const image = new ImageData(INPUT, INPUT);
  image.data.fill(255);
  for (let from = 0, to = 0; from < crop.length; from += 3, to += 4) {
    for (let channel = 0; channel < 3; channel++) image.data[to + channel] = 255 * crop[from + channel]!;
  }
  return image;
}

/**
 * The turn of a face's window, of scale 1: as the face's eyes are to each other, where it leans much. Without sines: browsers differ in their last digits.
 */
function windowLean([rightEye, leftEye]: DetectedFace['keypoints']): Similarity {
  const [x, y] = [leftEye.x - rightEye.x, leftEye.y - rightEye.y];
  const length = Math.sqrt(x * x + y * y);
  const isUpright = x / length > UPRIGHT_COSINE;
  return isUpright || length === 0 ? { a: 1, b: 0, tx: 0, ty: 0 } : { a: x / length, b: y / length, tx: 0, ty: 0 };
}

function isLost(graphics: OffscreenCanvas): boolean {
  return graphics.getContext('webgl2')?.isContextLost() ?? true;
}

function hasWebgl(): boolean {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  gl?.getExtension('WEBGL_lose_context')?.loseContext();
  return gl !== null;
}

function area({ width, height }: Box): number {
  return width * height;
}
