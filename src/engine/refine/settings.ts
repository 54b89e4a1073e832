/** How cloaks are refined, as training/refine.py says it. */
import type { Strength } from '../../shared/strengths';
import { readDescription } from '../weightFile';

const FORMAT = 2;

export interface RefineSettings {
  format: number;
  /** Of Adam on the residual at the first step, times the root of the number of steps. */
  rate: number;
  betas: [number, number];
  steps: Record<Strength, number>;
  /** Standard deviations: of the logarithm of the scale, and of the shift in half sides of the crop. */
  jitter: { scale: number; shift: number };
  /** Share of the steps in which the picture is shrunk and enlarged again on the way. */
  resize_share: number;
  /** Weight of what is cut off the residual. */
  overshoot: number;
  /** Whether half of the steps see the mirror image. */
  flip: boolean;
  /** Share of the visibility at which the steps are taken, the residual being enlarged at the end. */
  at: number;
}

/** @param assets directory with what `npm run assets` made */
export function readRefineSettings(assets: URL): Promise<RefineSettings> {
  return readDescription(new URL('models/nullswap/refine.json', assets), FORMAT);
}
