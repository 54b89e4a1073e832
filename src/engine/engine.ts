/** The engine as the extension, the tests and the benchmarks hold it. */
import { CANONICAL_SIZE } from './align';
import { isBackendLost, startBackend, type BackendChoice } from './backend';
import { compare } from './compare';
import { decodeFile } from './decode';
import { FaceDetector } from './detect/faceDetector';
import { readDlibWeights, RECOGNISER_SIZE } from './dlibResNet';
import { Later } from './later';
import { NullSwap } from './cloak/nullSwap';
import { Refiner } from './cloak/refiner';
import { readRefineSettings, type RefineSettings } from './cloak/settings';
import { cloakAnimation, isAnimation } from './pipeline/animation';
import { cloak, newReport, type Models, type OnProgress } from './pipeline/cloak';
import { MobileFaceNet, recogniserNames } from './recognisers/mobileFaceNet';
import { FaceRecogniser } from './selfCheck/recogniser';
import { SelfCheck } from './selfCheck/selfCheck';
import { Picture } from './picture';
import { openSource } from './sourceFile';
import { CloakError, type Backend, type CloakOptions, type CloakResult, type DetectedFace, type FaceLikeness } from './types';

export interface EngineOptions {
  /** Directory with `models/` and `wasm/`, as `npm run assets` makes it; with a slash at the end. */
  assets: URL;
  /** `auto` where not given. */
  backend?: BackendChoice;
  /** See `BackendOptions`. */
  threads?: number | undefined;
}

export interface FacesOfPicture {
  width: number;
  height: number;
  /** Largest first; empty where the file is no image. */
  faces: DetectedFace[];
}

export class Engine {
  private constructor(
    private readonly models: Models,
    private readonly recogniser: FaceRecogniser,
    private readonly refiner: Later<Refiner>,
  ) {}

  /**
   * Loads the models of every picture and runs each once, so that the first is as fast as the next; takes a second or two.
   * What refines is loaded when a strength first asks for it.
   */
  static async load({ assets, backend = 'auto', threads }: EngineOptions): Promise<Engine> {
    const used = await startBackend({ assets, choice: backend, threads });
    const detector = await FaceDetector.load(assets); // before the others: it changes tf.js's backend for a moment
    const [nullSwap, dlib, refineSettings] = await Promise.all([
      NullSwap.load(assets),
      readDlibWeights(assets),
      readRefineSettings(assets),
    ]);
    const recogniser = new FaceRecogniser(dlib);
    const blank = new Float32Array(CANONICAL_SIZE ** 2 * 3).fill(0.5);
    const allowance = nullSwap.allowanceOf(nullSwap.allowance('standard'), { side: CANONICAL_SIZE, detail: Infinity, symmetry: 1, isGrey: false });
    await nullSwap.rasterOf(blank, await nullSwap.draw(blank, allowance), 'all');
    await recogniser.embed(new Float32Array(RECOGNISER_SIZE ** 2 * 3));
    await detector.prove(new AbortController().signal);
    const refiner = new Later(() => loadRefiner(assets, nullSwap, refineSettings));
    const models = { backend: used, detector, nullSwap, refineSettings, refiner: () => refiner.get(), selfCheck: new SelfCheck(recogniser) };
    return new Engine(models, recogniser, refiner);
  }

  get backend(): Backend {
    return this.models.backend;
  }

  /** See `cloak` in cloak.ts; what is no image comes back as the very same object. One picture at a time. Throws `CloakError`, or the signal's reason. */
  cloak(file: File, options: CloakOptions, signal: AbortSignal, onProgress?: OnProgress): Promise<CloakResult> {
    return this.judged(signal, async () => {
      const source = await openSource(file);
      if (!source) return { file, report: newReport(file, options, this.models) };
      const work = isAnimation(source) ? cloakAnimation : cloak;
      return work(source, options, this.models, signal, onProgress);
    });
  }

  /** See `compare` in compare.ts. Throws as `cloak` does. */
  compare(original: File, copy: File, faces: DetectedFace[], signal: AbortSignal): Promise<FaceLikeness[]> {
    return this.judged(signal, () => compare(original, copy, faces, this.models.selfCheck, signal));
  }

  /** Throws as `cloak` does. */
  detect(file: File, signal: AbortSignal): Promise<FacesOfPicture> {
    return this.judged(signal, async () => {
      const picture = await decodeFile(file);
      if (!picture) return { width: 0, height: 0, faces: [] };
      const { bitmap } = picture;
      try {
        return { width: bitmap.width, height: bitmap.height, faces: await this.models.detector.detect(new Picture(bitmap), signal) };
      } finally {
        bitmap.close();
      }
    });
  }

  /** An error that nobody foresaw is the file's where the engine is sound afterwards; else the engine's, and of code `engine`. */
  private async judged<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      if (isBackendLost()) throw new CloakError('lost');
      return result;
    } catch (cause) {
      if (cause instanceof CloakError || signal.aborted) throw cause;
      throw new CloakError((await this.isSound()) ? 'damaged' : 'unexpected', [], { cause });
    }
  }

  private async isSound(): Promise<boolean> {
    try {
      await this.models.detector.prove(new AbortController().signal);
      return !isBackendLost();
    } catch {
      return false;
    }
  }

  dispose(): void {
    this.models.detector.dispose();
    this.models.nullSwap.dispose();
    void this.refiner.loaded?.then((refiner) => refiner.dispose());
    this.recogniser.dispose();
  }
}

async function loadRefiner(assets: URL, nullSwap: NullSwap, settings: RefineSettings): Promise<Refiner> {
  try {
    return new Refiner(await Promise.all(recogniserNames.map((name) => MobileFaceNet.load(assets, name))), nullSwap, settings);
  } catch (cause) {
    throw new CloakError('refiner', [], { cause });
  }
}
