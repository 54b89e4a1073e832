/**
 * Finds all faces of a picture with MediaPipe's two BlazeFaces. The full-range one searches the picture (faceSearch.ts); every
 * candidate is then looked at by the short-range one in a close-up of its own, turned upright, which tells faces from what is none and
 * makes the keypoints independent of where it was found. The short-range one sees 128 x 128 pixels.
 *
 * When the graphics process ends, MediaPipe goes on without its WebGL context and finds nothing, without an error. So whatever was found, or
 * not, is believed only when the very same detectors have found a known face afterwards.
 */
import { FaceDetector as BlazeFace } from '@mediapipe/tasks-vision';
import { nextTask } from '../nextTask';
import { CloakError, type Box, type DetectedFace, type Point } from '../types';
import { intersectionOverUnion, suppressNonMaximum } from './boxes';
import { FaceSearch, type Candidate, type Picture } from './faceSearch';
import { isKnownFace, loadKnownFace } from './knownFace';
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
/** Faces lean this many degrees and more before their window leans with them. */
const UPRIGHT = 30;

export class FaceDetector {
  private readonly frame = new OffscreenCanvas(INPUT, INPUT);
  private readonly context: OffscreenCanvasRenderingContext2D;
  private readonly search: FaceSearch;

  private constructor(
    private readonly blazeFace: BlazeFace,
    /** MediaPipe's. */
    private readonly graphics: OffscreenCanvas,
    private readonly network: SearchNetwork,
    private readonly knownFace: OffscreenCanvas,
  ) {
    this.search = new FaceSearch(network);
    this.context = this.frame.getContext('2d', { alpha: false, willReadFrequently: true })!;
    this.context.imageSmoothingQuality = 'high';
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
  async detect(picture: Picture, signal: AbortSignal): Promise<DetectedFace[]> {
    const faces = await this.find(picture, signal);
    await this.prove(signal);
    return faces;
  }

  /** As `detect`, but not to be believed before `prove` has been called: for many pictures in a row. */
  async find(picture: Picture, signal: AbortSignal): Promise<DetectedFace[]> {
    return this.confirmedOf(picture, await this.search.find(picture, LEAST_SEARCH_SCORE, signal), signal);
  }

  /** Throws as `detect` does. What is lost does not come back, so this speaks for all that was searched before. */
  async prove(signal: AbortSignal): Promise<void> {
    const candidates = await this.search.find(this.knownFace, LEAST_SEARCH_SCORE, signal, [0]);
    if (!isKnownFace(await this.confirmedOf(this.knownFace, candidates, signal)) || isLost(this.graphics)) throw new CloakError('blind');
  }

  private async confirmedOf(picture: Picture, candidates: readonly Candidate[], signal: AbortSignal): Promise<DetectedFace[]> {
    const faces: DetectedFace[] = [];
    for (const [i, candidate] of candidates.entries()) {
      if (i % LOOKS_PER_TURN === 0) {
        await nextTask();
        signal.throwIfAborted();
      }
      const face = this.confirmed(picture, candidate);
      if (face) faces.push(face);
    }
    return suppressNonMaximum(faces, ({ score }) => score).sort((a, b) => area(b.box) - area(a.box));
  }

  /**
   * The face as a close-up shows it that is placed by the close-up before, so that its keypoints do not depend on how it was found;
   * null where it is none. The wider look is taken only where it can decide. Throws `CloakError` (`blind`).
   */
  private confirmed(picture: Picture, candidate: Candidate): DetectedFace | null {
    const close = this.lookAgain(picture, candidate, CLOSE_UP);
    const sum = candidate.score + (close?.score ?? 0);
    if (sum + 1 < LEAST_SUM) return null;
    const wide = close && sum >= LEAST_SUM ? null : this.lookAgain(picture, close ?? candidate, WIDER);
    if (!close && !wide && candidate.score >= SURE_SEARCH_SCORE) throw new CloakError('blind');
    if (sum + (wide?.score ?? 0) < LEAST_SUM) return null;
    const face = close ?? wide!;
    return this.lookAgain(picture, face, CLOSE_UP) ?? face;
  }

  dispose(): void {
    this.blazeFace.close();
    this.network.dispose();
  }

  /** The same face, seen in a window of its own; null where it is not seen there. */
  private lookAgain(picture: Picture, { box, keypoints }: DetectedFace, sides: number): DetectedFace | null {
    const side = sides * Math.max(box.width, box.height);
    const lean = leanOf(keypoints);
    const toPicture = new DOMMatrix()
      .translate(box.x + box.width / 2, box.y + box.height / 2)
      .rotate(Math.abs(lean) < UPRIGHT ? 0 : lean)
      .scale(side / INPUT)
      .translate(-INPUT / 2, -INPUT / 2);
    const seen = this.detectInWindow(picture, toPicture)
      .map((face) => ({ face, same: intersectionOverUnion(face.box, box) }))
      .sort((a, b) => b.same - a.same)[0];
    return seen && seen.same > 0.25 ? seen.face : null;
  }

  /** @param toPicture takes pixels of the window to the picture's */
  private detectInWindow(picture: Picture, toPicture: DOMMatrix): DetectedFace[] {
    this.context.resetTransform();
    this.context.fillRect(0, 0, INPUT, INPUT);
    this.context.setTransform(toPicture.inverse());
    this.context.drawImage(picture, 0, 0);
    const scale = Math.hypot(toPicture.a, toPicture.b);
    const map = (x: number, y: number): Point => {
      const { x: px, y: py } = toPicture.transformPoint({ x, y });
      return { x: px, y: py };
    };
    const faces: DetectedFace[] = [];
    for (const { boundingBox, categories, keypoints } of this.blazeFace.detect(this.frame).detections) {
      if (!boundingBox || keypoints.length !== 6) continue;
      const { originX, originY } = boundingBox;
      const centre = map(originX + boundingBox.width / 2, originY + boundingBox.height / 2);
      const [width, height] = [boundingBox.width * scale, boundingBox.height * scale];
      faces.push({
        score: categories[0]?.score ?? 0,
        box: { x: centre.x - width / 2, y: centre.y - height / 2, width, height },
        keypoints: keypoints.map(({ x, y }) => map(x * INPUT, y * INPUT)) as DetectedFace['keypoints'],
      });
    }
    return faces;
  }
}

/** Degrees that a face leans to its left, clockwise in the picture: the way its eyes are to each other. */
function leanOf([rightEye, leftEye]: DetectedFace['keypoints']): number {
  return (Math.atan2(leftEye.y - rightEye.y, leftEye.x - rightEye.x) * 180) / Math.PI;
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
