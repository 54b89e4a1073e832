/** What the engine takes and gives back, in types, and how it fails: every part of the extension may import it. */
import english from '../../_locales/en/errors.json';
import type { MetadataPolicy } from '../shared/metadataPolicies';
import type { Strength } from '../shared/strengths';
import type { MetadataReport } from './metadata/metadata';

export type Backend = 'webgl' | 'wasm';

/** Pixels of the upright picture, origin at the top left corner. */
export interface Point {
  x: number;
  y: number;
}

/** Pixels of the upright picture. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface DetectedFace {
  /** Detector's confidence, 0 to 1. */
  score: number;
  box: Box;
  /** Right eye, left eye (the subject's: right is left in the picture), nose tip, mouth centre, right ear, left ear. */
  keypoints: [Point, Point, Point, Point, Point, Point];
}

/** What the on-device recogniser makes of a face; nulls where the self-check was off. */
export interface FaceLikeness {
  /**
   * Cosine similarity by the on-device recogniser between the mirrored original face and the original (`before`) or
   * the cloaked one (`after`).
   */
  similarity: { before: number; after: number } | null;
  /** Whether the on-device recogniser still takes the cloaked face for the same person. */
  recognised: boolean | null;
}

export interface FaceReport extends DetectedFace, FaceLikeness {
  /** Refinement steps that were taken. */
  steps: number;
  /** How far the face was bent. */
  warp: {
    /** The largest distance that a place moved, pixels of the 256 x 256 canonical crop. */
    distance: number;
    /** Of small squares, as training/fields.py bounds it: 0.1 stretches them by about a tenth. */
    strain: number;
  };
}

export type Stage = 'decode' | 'detect' | 'network' | 'refine' | 'blend' | 'selfCheck' | 'encode' | 'verify';

/** Where there is no face, the pixels stay byte for byte; what is no picture, the whole file. */
export type Outcome = 'cloaked' | 'no-face' | 'not-an-image';

/** What popup, studio, bench and tests all read. Holds nothing of the picture itself. */
export interface CloakReport {
  outcome: Outcome;
  type: string;
  width: number;
  height: number;
  backend: Backend;
  strength: Strength;
  faces: FaceReport[];
  /** Milliseconds spent in each stage that ran; `total` includes what is between the stages. */
  ms: Partial<Record<Stage, number>> & { total: number };
  bytes: { before: number; after: number };
  /** The file was decoded again once written, and shows what was meant at every face and nothing else; absent where nothing was changed. */
  verified?: true;
  /** What the file kept of the source's metadata, and what not; absent where it is the very same, byte for byte. */
  metadata?: MetadataReport;
}

/** What of a cloak is applied: `without-paint` leaves it out of a whole cloak, `paint-alone` makes one of nothing else. For measuring. */
export type CloakLayers = 'all' | 'without-paint' | 'paint-alone';

export interface CloakOptions {
  strength: Strength;
  /** Run the on-device recogniser before and after. */
  selfCheck: boolean;
  /** `private` where not given. */
  metadata?: MetadataPolicy;
  /** `all` where not given. */
  layers?: CloakLayers;
}

export interface CloakResult {
  /** Same name, type and lastModified as the source; the very same object where the report has no `metadata`. */
  file: File;
  report: CloakReport;
}

/** The kind of a failure: what the program does about it. */
export type CloakErrorCode = 'decode' | 'too-large' | 'unsupported' | 'engine' | 'timeout' | 'aborted';

/** Why a picture could not be cloaked: what the user is told, by the text `errors_REASON` of `_locales`. */
const codes = {
  damaged: 'decode',
  unreadable: 'decode',
  too_large: 'too-large',
  too_long: 'too-large',
  animated: 'unsupported',
  unwritable: 'unsupported',
  unverified: 'unsupported',
  not_allowed: 'unsupported',
  no_webgl: 'engine',
  models: 'engine',
  blind: 'engine',
  refiner: 'engine',
  refining: 'engine',
  lost: 'engine',
  disconnected: 'engine',
  unexpected: 'engine',
  timeout: 'timeout',
  aborted: 'aborted',
} as const satisfies Record<ErrorsOf<typeof english>, CloakErrorCode>;

type ErrorsOf<T> = keyof T extends infer K ? (K extends `errors_${infer Reason}` ? Reason : never) : never;

export type CloakErrorReason = keyof typeof codes;

/** Its message is the English text, for logs and scripts; what people see is `errorText` (shared/errorText.ts). */
export class CloakError extends Error {
  readonly code: CloakErrorCode;

  constructor(
    readonly reason: CloakErrorReason,
    /** What takes the places `$1`, `$2` … of the text. */
    readonly values: (string | number)[] = [],
    options?: ErrorOptions,
  ) {
    super(english[`errors_${reason}`].message.replace(/\$(\d)/g, (_, place: string) => String(values[Number(place) - 1])), options);
    this.name = 'CloakError';
    this.code = codes[reason];
  }
}
