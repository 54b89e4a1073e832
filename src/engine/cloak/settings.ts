/** How cloaks are refined, as training/refine.py says it. */
import type { Strength } from '../../shared/strengths';
import { readDescription } from '../weightFile';
import type { FieldName } from './fields';

const FORMAT = 3;

export interface RefineSettings {
  format: number;
  /** Of Adam at the first step, times the root of the number of steps: on the paint where it goes alone, and on each field's parameters. */
  rates: Record<FieldName | 'paint', number>;
  betas: [number, number];
  /** The share of its first rate that the last step has, along half a cosine. */
  last_rate: number;
  steps: Record<Strength, number>;
  /** Standard deviations: of the logarithm of the scale, and of the shift in half sides of the crop. */
  jitter: { scale: number; shift: number };
  /** Share of the steps in which the picture is shrunk and enlarged again on the way. */
  resize_share: number;
  /** Weight of what is cut off the paint. */
  overshoot: number;
  /** Whether half of the steps see the mirror image. */
  flip: boolean;
  /** Share of the visibility at which paint is refined, and enlarged at the end. */
  visibility_share: number;
  /** Share of what the network drew that the fields begin with: at their bounds they would hardly move any more. */
  field_share: number;
}

/** @param assets directory with what `npm run assets` made */
export function readRefineSettings(assets: URL): Promise<RefineSettings> {
  return readDescription(new URL('models/nullswap/refine.json', assets), FORMAT);
}
