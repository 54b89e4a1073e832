/** What cloaking changes in a picture: one value, computed once, that editors, self-check and preview all read. */
import type { Box } from '../types';

/** Steps of a `Change` in one level of 255. */
export const STEPS_PER_LEVEL = 64;

/** A rectangle at whole pixels of the picture as its file stores it, before any orientation. Changes do not overlap. */
export interface Change extends Box {
  /** What is added to red, green and blue, in 64ths of a level of 255 (-16320 to 16320); rows from the top. */
  difference: Int16Array;
}
