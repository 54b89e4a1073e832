/** What `bench:looks` keeps: a figure a picture, so that any table can be made of it later. */
import { Results } from './result';

/** What estimators make of a face. */
export interface Estimate {
  /** Years. */
  age: number;
  sex: 'male' | 'female';
  /** The likeliest of seven. */
  expression: string;
  /** How sure of the expression, 0 to 1. */
  confidence: number;
}

export interface PictureLooks {
  id: string;
  kind: 'portrait' | 'lfw';
  /** With paint against without, on the canonical crop at 256 x 256; null for `CONTROL`. */
  paint: { butteraugli3Norm: number; psnr: number } | null;
  /** Of every face, as `FaceReport.warp` has it. */
  warps: { distance: number; strain: number }[];
  /** Mean absolute difference between the face and its mirror image, of 255. */
  asymmetry: { before: number; after: number };
  estimate: { before: Estimate; after: Estimate };
}

export interface LooksResult {
  /** A strength; or `CONTROL`, whose pictures have no paint and no warps. */
  name: string;
  /** Equal where the same was measured on the same pictures. */
  key: string;
  revision: string;
  /** In which no face was found. */
  uncloaked: number;
  pictures: PictureLooks[];
}

/** Clean pictures saved as JPEG: what the estimators' own nervousness is worth. */
export const CONTROL = 'clean, JPEG 75';

export const looksResults = new Results<LooksResult>('looks-results');
