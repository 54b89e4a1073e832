/** What cloaking adds to a picture: all that the writers of the formats need to know of it. */
import type { Box } from '../types';

/** A rectangle at whole pixels of the picture as its file stores it, before any orientation. Changes do not overlap. */
export interface Change extends Box {
  /** What is added to red, green and blue, of 255; rows from the top. */
  difference: Int16Array;
}
