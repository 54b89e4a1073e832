/** What the readers of all formats find. */

export interface ImageHeader {
  /** Pixels as stored, before any orientation is applied. */
  width: number;
  height: number;
  animated: boolean;
  /** Quality that the encoder was given, 1 to 100, as far as the file tells; null for lossless files. */
  quality: number | null;
  /** The colour profile (ICC) where there is one; PNG's is still compressed by zlib. */
  profile: Uint8Array | null;
  /** How browsers turn the stored rows, as EXIF numbers it, 1 to 8. */
  orientation: number;
  /** Four inks, which the browser turns into red, green and blue. */
  isCmyk?: boolean;
}
