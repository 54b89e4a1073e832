/**
 * Finds all faces of a picture with MediaPipe's BlazeFace (short range). The network sees 128 x 128 pixels and loses
 * faces under about an eighth of that, so large pictures are searched in overlapping windows of several sizes, and
 * every face is looked at once more in a window of its own, which makes the keypoints independent of where it was found.
 */
import { FaceDetector as BlazeFace } from '@mediapipe/tasks-vision';
import { nextTask } from '../nextTask';
import { CloakError, type Box, type DetectedFace, type Point } from '../types';
import { detectionWindows, intersectionOverUnion, suppressNonMaximum, type Window } from './boxes';

const INPUT = 128;
const MIN_SCORE = 0.5;
/** A face first seen with this score stays even when the second look does not find it. */
const CERTAIN_ON_FIRST_LOOK = 0.8;
/** A smaller one that is less certain in its own window has to be seen in a wider one too. */
const CERTAIN_ON_SECOND_LOOK = 0.87;
/** Where there is a face of this score on the second look, lesser ones are taken for something else. */
const CLEAR_SCORE = 0.65;
/** Without any clear face, a doubtful one counts from this share of the picture's shorter side. */
const LARGE_SHARE = 0.2;
/** Windows searched before other tasks get a turn. */
const WINDOWS_PER_TURN = 8;
const SMALLEST_SHARE = 0.12;
const OVERLAP = 0.25;
/** Side of a face's own window, in sides of its box. */
const CLOSE_UP = 2.2;
/** The same for the third look, at faces of which the second is not certain. */
const WIDER = 3.2;
/** How much a face that the window's edge cuts counts against a whole one. */
const CUT_PENALTY = 0.5;

/** Smallest face looked for, pixels: below it nobody is recognised, and in a large picture it is background. */
export function smallestFace(width: number, height: number): number {
  return Math.max(32, 0.025 * Math.sqrt(width * height));
}

export type Picture = ImageBitmap | OffscreenCanvas;

interface Candidate extends DetectedFace {
  /** Not cut by an edge of the window it was found in. */
  whole: boolean;
}

export class FaceDetector {
  private readonly frame = new OffscreenCanvas(INPUT, INPUT);
  private readonly context: OffscreenCanvasRenderingContext2D;

  private constructor(private readonly blazeFace: BlazeFace) {
    this.context = this.frame.getContext('2d', { alpha: false, willReadFrequently: true })!;
    this.context.imageSmoothingQuality = 'high';
  }

  /**
   * Loads the model and wasm that `npm run assets` put under the directory `assets`. Throws `CloakError` where there is no
   * WebGL: MediaPipe takes pictures by it even when it computes on the processor.
   */
  static async load(assets: URL): Promise<FaceDetector> {
    if (!hasWebgl()) throw new CloakError('no_webgl');
    const wasm = {
      wasmLoaderPath: new URL('wasm/vision_wasm_internal.js', assets).href,
      wasmBinaryPath: new URL('wasm/vision_wasm_internal.wasm', assets).href,
    };
    return new FaceDetector(
      await BlazeFace.createFromOptions(wasm, {
        baseOptions: { modelAssetPath: new URL('models/face_detector.tflite', assets).href, delegate: 'CPU' },
        runningMode: 'IMAGE',
        minDetectionConfidence: MIN_SCORE,
        minSuppressionThreshold: 0.3,
      }),
    );
  }

  /** All faces, largest first, in pixels of the picture. Throws the signal's reason. */
  async detect(picture: Picture, signal: AbortSignal): Promise<DetectedFace[]> {
    const first = suppressNonMaximum(await this.search(picture, signal), ({ score, whole }) => (whole ? score : CUT_PENALTY * score));
    const faces: DetectedFace[] = [];
    for (const [i, face] of first.entries()) {
      if (i % WINDOWS_PER_TURN === 0) await nextTurn(signal);
      const again = this.lookAgain(picture, face, CLOSE_UP) ?? (face.score >= CERTAIN_ON_FIRST_LOOK ? bare(face) : null);
      if (again && this.isConfirmed(picture, again)) faces.push(again);
    }
    const clear = faces.filter(({ score }) => score >= CLEAR_SCORE);
    const least = LARGE_SHARE * Math.min(picture.width, picture.height);
    const kept = clear.length ? clear : faces.filter(({ box }) => box.width >= least);
    return suppressNonMaximum(kept, ({ score }) => score).sort((a, b) => area(b.box) - area(a.box));
  }

  dispose(): void {
    this.blazeFace.close();
  }

  private async search(picture: Picture, signal: AbortSignal): Promise<Candidate[]> {
    const { width, height } = picture;
    const windows = detectionWindows(width, height, {
      minFace: smallestFace(width, height),
      smallestShare: SMALLEST_SHARE,
      overlap: OVERLAP,
    });
    const found: Candidate[] = [];
    for (const [i, window] of windows.entries()) {
      if (i % WINDOWS_PER_TURN === 0) await nextTurn(signal);
      for (const face of this.detectInWindow(picture, window)) {
        found.push({ ...face, whole: isWhole(face.box, window, picture) });
      }
    }
    return found;
  }

  /** The same face, seen in a window of its own; null where it is not seen there. */
  private lookAgain(picture: Picture, { box }: DetectedFace, sides: number): DetectedFace | null {
    const side = sides * Math.max(box.width, box.height);
    const window = { x: box.x + box.width / 2 - side / 2, y: box.y + box.height / 2 - side / 2, side };
    const candidates = this.detectInWindow(picture, window)
      .map((face) => ({ face, same: intersectionOverUnion(face.box, box) }))
      .sort((a, b) => b.same - a.same);
    return candidates[0] && candidates[0].same > 0.25 ? candidates[0].face : null;
  }

  /** Of what is no face a wider window mostly shows nothing; large faces have no room for one. */
  private isConfirmed(picture: Picture, face: DetectedFace): boolean {
    const large = face.box.width >= LARGE_SHARE * Math.min(picture.width, picture.height);
    return large || face.score >= CERTAIN_ON_SECOND_LOOK || this.lookAgain(picture, face, WIDER) !== null;
  }

  private detectInWindow(picture: Picture, { x, y, side }: Window): DetectedFace[] {
    this.context.fillRect(0, 0, INPUT, INPUT);
    this.context.drawImage(picture, x, y, side, side, 0, 0, INPUT, INPUT);
    const scale = side / INPUT;
    const faces: DetectedFace[] = [];
    for (const { boundingBox, categories, keypoints } of this.blazeFace.detect(this.frame).detections) {
      if (!boundingBox || keypoints.length !== 6) continue;
      faces.push({
        score: categories[0]?.score ?? 0,
        box: {
          x: x + boundingBox.originX * scale,
          y: y + boundingBox.originY * scale,
          width: boundingBox.width * scale,
          height: boundingBox.height * scale,
        },
        keypoints: keypoints.map((point): Point => ({
          x: x + point.x * side,
          y: y + point.y * side,
        })) as DetectedFace['keypoints'],
      });
    }
    return faces;
  }
}

function hasWebgl(): boolean {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  gl?.getExtension('WEBGL_lose_context')?.loseContext();
  return gl !== null;
}

function bare({ score, box, keypoints }: Candidate): DetectedFace {
  return { score, box, keypoints };
}

function area({ width, height }: Box): number {
  return width * height;
}

async function nextTurn(signal: AbortSignal): Promise<void> {
  await nextTask();
  signal.throwIfAborted();
}

/** Whether no edge of the window cuts the box; the picture's own edges do not count. */
function isWhole(box: Box, window: Window, { width, height }: Picture): boolean {
  const margin = 0.01 * window.side;
  return (
    (window.x <= 0 || box.x >= window.x + margin) &&
    (window.y <= 0 || box.y >= window.y + margin) &&
    (window.x + window.side >= width || box.x + box.width <= window.x + window.side - margin) &&
    (window.y + window.side >= height || box.y + box.height <= window.y + window.side - margin)
  );
}
